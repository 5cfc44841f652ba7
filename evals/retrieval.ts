/** How well the embedder finds the one sentence that answers, among 5,500: alone, beside words alone, and both together. */
import { usualFor } from '../agent/memory/usual.ts';
import { median, quantile } from '../bench/figure.ts';
import { makeDistractors } from '../models/pebble/eval/retrieval/distractors.ts';
import { loadPairs, type Pair } from '../models/pebble/eval/retrieval/pairs.ts';
import {
  byReciprocalRank,
  byVectors,
  type Embedder,
  openRankings,
  type Ranking,
} from './retrieval-rankings.ts';
import { type Place, type Scores, scoresOf } from './retrieval-scores.ts';

export interface RetrievalParts {
  /** Unit vectors, one per text. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  embedding: Embedder;
  /** Told from time to time how many of all texts have their vector. */
  progress?: (done: number, of: number) => void;
}

export const ways = {
  vectors: 'vectors only',
  bm25: 'words only, BM25',
  words: "words only, the agent's",
  agent: "both, the agent's recall",
  strength: "both, the agent's strength",
  reciprocal: 'both, reciprocal rank',
} as const;
export type Way = keyof typeof ways;

/** A question whose sentence did not come first. */
export interface Failure {
  pair: Pair;
  /** By each way. */
  places: Record<Way, Place>;
  /** What stood first instead, by vectors and by the agent. */
  first: { vectors: string | undefined; agent: string | undefined };
}

export interface Retrieval {
  sentences: number;
  scores: Record<Way, Scores>;
  failures: Failure[];
  /** Of the questions, those whose sentence was a candidate of the agent's and lies below its floor. */
  belowFloor: number;
  /** One question into a vector. */
  questionMs: { median: number; p95: number };
}

/** The embedder's process takes as many at once. */
const batch = 50;

export async function measureRetrieval({ embed, embedding, progress }: RetrievalParts): Promise<Retrieval> {
  const pairs = loadPairs();
  const sentences = [...pairs, ...makeDistractors()].map(({ sentence }) => sentence);
  const vectors: Float32Array[] = [];
  for (let from = 0; from < sentences.length; from += batch) {
    vectors.push(...(await embed(sentences.slice(from, from + batch))));
    progress?.(vectors.length, sentences.length + pairs.length);
  }
  const { asked, took } = await embedQuestions(pairs, embed);
  progress?.(sentences.length + pairs.length, sentences.length + pairs.length);

  const rankings = openRankings(sentences, vectors, embedding, await usualFor(embed));
  try {
    const nearest = byVectors(vectors);
    const by: Record<Way, Ranking> = {
      vectors: nearest,
      bm25: rankings.byBm25,
      words: rankings.byAgentsWords,
      agent: rankings.byAgent,
      strength: rankings.byStrength,
      reciprocal: byReciprocalRank(nearest, rankings.byBm25),
    };
    const found = pairs.map((pair, i) => {
      const vector = vectorOf(asked, i);
      const ranked = perWay((way) => by[way](pair.question, vector));
      return { places: perWay((way) => placeIn(ranked[way], i)), ranked };
    });
    return {
      sentences: sentences.length,
      scores: perWay((way) =>
        scoresOf(
          pairs,
          found.map(({ places }) => places[way]),
        ),
      ),
      failures: pairs.flatMap((pair, i) => {
        const { places, ranked } = found[i] ?? {};
        if (!places || !ranked || (places.vectors === 0 && places.agent === 0)) return [];
        const first = (way: Way): string | undefined => sentences[ranked[way][0] ?? -1];
        return [{ pair, places, first: { vectors: first('vectors'), agent: first('agent') } }];
      }),
      belowFloor: pairs.filter((pair, i) => rankings.isBelowFloor(pair.question, vectorOf(asked, i), i))
        .length,
      questionMs: { median: median(took), p95: quantile(took, 0.95) },
    };
  } finally {
    rankings.close();
  }
}

/** One at a time, as people ask. */
async function embedQuestions(pairs: readonly Pair[], embed: RetrievalParts['embed']) {
  const asked: Float32Array[] = [];
  const took: number[] = [];
  for (const { question } of pairs) {
    const from = performance.now();
    asked.push(...(await embed([question])));
    took.push(performance.now() - from);
  }
  return { asked, took };
}

const perWay = <T>(make: (way: Way) => T): Record<Way, T> => ({
  vectors: make('vectors'),
  bm25: make('bm25'),
  words: make('words'),
  agent: make('agent'),
  strength: make('strength'),
  reciprocal: make('reciprocal'),
});

function vectorOf(vectors: readonly Float32Array[], i: number): Float32Array {
  const vector = vectors[i];
  if (!vector) throw new Error(`question ${i} has no vector`);
  return vector;
}

function placeIn(ranked: readonly number[], i: number): Place {
  const place = ranked.indexOf(i);
  return place < 0 ? undefined : place;
}
