/** What was measured of the embedder, for people: figures beside their goals, a table of every way, what went wrong. */
import { columns, type Figure } from '../bench/figure.ts';
import { type Failure, type Retrieval, type Way, ways } from './retrieval.ts';
import type { Score } from './retrieval-scores.ts';

/** The goals: good enough alone, better than words alone, and both together better than either. */
export function retrievalFigures({ scores, questionMs, sentences, belowFloor }: Retrieval): Figure[] {
  const { vectors, bm25, agent } = scores;
  const { pairs } = vectors.all;
  const note = `${pairs} questions, ${sentences} sentences`;
  /** One question more than the best of the others. */
  const above = (name: 'recallAt1' | 'recallAt5', ...others: readonly Score[]) => ({
    atLeast: Number((Math.max(...others.map((score) => score[name])) + 1 / pairs).toFixed(3)),
  });
  const figure = (name: string, value: number, reach?: Figure['reach']): Figure => ({
    ...{ name, value, unit: '', note },
    ...(reach && { reach }),
  });
  return [
    figure('embedder, recall@1', vectors.all.recallAt1, { atLeast: 0.85 }),
    figure('embedder, recall@5', vectors.all.recallAt5, { atLeast: 0.95 }),
    figure('embedder, MRR', vectors.all.meanReciprocalRank),
    figure('embedder beside BM25, recall@1', vectors.all.recallAt1, above('recallAt1', bm25.all)),
    figure('embedder beside BM25, recall@5', vectors.all.recallAt5, above('recallAt5', bm25.all)),
    figure(
      "agent's recall beside either, recall@1",
      agent.all.recallAt1,
      above('recallAt1', bm25.all, vectors.all),
    ),
    figure(
      "agent's recall beside either, recall@5",
      agent.all.recallAt5,
      above('recallAt5', bm25.all, vectors.all),
    ),
    figure("found, but below the agent's floor", belowFloor),
    {
      name: 'question embedded',
      value: questionMs.median,
      unit: 'ms',
      note: `95th percentile ${questionMs.p95.toFixed(1)} ms`,
    },
  ];
}

/** All ways beside each other, for all pairs and for each kind of them. */
export function retrievalTable({ scores }: Retrieval): string {
  const all = Object.keys(ways) as Way[];
  const kinds = ['all', ...Object.keys(scores.vectors.kinds)];
  const scoreIn = (way: Way, kind: string) => (kind === 'all' ? scores[way].all : scores[way].kinds[kind]);
  const rows = kinds.map((kind) => [
    kind,
    String(scoreIn('vectors', kind)?.pairs ?? 0),
    ...all.map((way) => {
      const score = scoreIn(way, kind);
      const figures = score ? [score.recallAt1, score.recallAt5, score.meanReciprocalRank] : [];
      return figures.map((figure) => figure.toFixed(3)).join(' ');
    }),
  ]);
  const head = ['recall@1 recall@5 MRR', 'pairs', ...all.map((way) => ways[way])];
  return columns([head, ...rows]);
}

/** A question whose sentence was not first, with what was. */
export function retrievalFailure({ pair, places, first }: Failure): string {
  const told = (Object.keys(ways) as Way[])
    .map((way) => `${way} ${(places[way] ?? -1) + 1 || '–'}`)
    .join(', ');
  const instead = (way: 'vectors' | 'agent'): string[] =>
    places[way] === 0 ? [] : [`  ${way}: ${first[way] ?? '(nothing)'}`];
  return [
    `${pair.id} (${pair.shared}): ${told}`,
    `  ? ${pair.question}`,
    `  = ${pair.sentence}`,
    ...instead('vectors'),
    ...instead('agent'),
  ].join('\n');
}
