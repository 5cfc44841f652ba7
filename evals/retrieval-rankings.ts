/** The ways to find a sentence for a question that are compared: by vectors, by words, and by both as the agent does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchQuery } from '../agent/host/words.ts';
import { openFactIndex } from '../agent/memory/fact-index.ts';
import { type FactRow, hashOf, openFactRows } from '../agent/memory/fact-rows.ts';
import { among } from '../agent/memory/fact-words.ts';
import { factsSchema } from '../agent/memory/facts.ts';
import { rank, strengthOf } from '../agent/memory/rank.ts';
import type { Usual } from '../agent/memory/usual.ts';
import { type Visible, visibleTo } from '../agent/memory/visible.ts';
import { openDatabase } from '../agent/store/sqlite.ts';

/** Places in the list of sentences, best first; those that are not found are left out. */
export type Ranking = (question: string, vector: Float32Array) => number[];

export interface Embedder {
  digest: string;
  dimensions: number;
}

/** As many as a question is answered from; see `recall` in memory. */
const recalled = 6;
/** Of reciprocal rank fusion; its authors' constant, as in the agent's ranking. */
const k = 60;

/** By cosine, compared with every sentence. */
export const byVectors =
  (vectors: readonly Float32Array[]): Ranking =>
  (_, asked) => {
    const likeness = vectors.map((vector) => dot(vector, asked));
    return likeness.map((_, i) => i).sort((a, b) => (likeness[b] ?? 0) - (likeness[a] ?? 0));
  };

/** Both orders as they are, without the agent's floor and window. */
export const byReciprocalRank =
  (...rankings: readonly Ranking[]): Ranking =>
  (question, vector) => {
    const worth = new Map<number, number>();
    for (const ranking of rankings) {
      for (const [place, i] of ranking(question, vector).entries())
        worth.set(i, (worth.get(i) ?? 0) + 1 / (k + place + 1));
    }
    return [...worth].sort(([, a], [, b]) => b - a).map(([i]) => i);
  };

/** A memory of the agent's, in a file of its own, that holds the sentences as the office's facts. */
export function openRankings(
  sentences: readonly string[],
  vectors: readonly Float32Array[],
  embedder: Embedder,
  usual: Usual,
) {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-retrieval-'));
  const db = openDatabase(join(folder, 'facts.db'), factsSchema);
  const rows = openFactRows(db);
  const index = openFactIndex(db, rows);
  const { digest } = embedder;
  const added = db.transaction(() => {
    index.useEmbedder(embedder, usual);
    // Ties go by id: told in no order, none of the sentences that answer has an advantage.
    const order = sentences.map((text, i) => ({ text, i, hash: hashOf(text) }));
    return order
      .sort((a, b) => (a.hash < b.hash ? -1 : 1))
      .map(({ text, i }) => {
        const row = rows.get(rows.insert(draftOf(text)));
        const vector = vectors[i];
        if (!row || !vector) throw new Error(`sentence ${i} could not be stored`);
        index.add(row, { digest, vector });
        return { row, i };
      });
  })();
  const placeOf = new Map(added.map(({ row, i }) => [row.id, i]));
  const places = (ids: readonly number[]): number[] => ids.flatMap((id) => placeOf.get(id) ?? []);
  const visible = visibleIn(added.map(({ row }) => row));
  const candidatesFor = (question: string, vector: Float32Array) =>
    index.candidates(visible, {
      asked: question,
      worded: index.worded(visible, question),
      embedded: { digest, vector },
    });
  const matching = db
    .prepare<[string], number>(
      'SELECT rowid FROM fact_words WHERE fact_words MATCH ? ORDER BY bm25(fact_words), rowid',
    )
    .pluck();

  return {
    /** FTS5's own, over the text as the agent writes it and the question as the agent asks it. */
    byBm25: ((question) => {
      const match = matchQuery(question, { any: true });
      return match === null ? [] : places(matching.all(among(visible, match)));
    }) as Ranking,
    /** The agent's, which counts a rare word for more and no length. */
    byAgentsWords: ((question) => places(index.worded(visible, question).map(({ id }) => id))) as Ranking,
    /** What memory would answer from: candidates of both searches, the floor, the fusion. */
    byAgent: ((question, vector) => {
      return places(rank(candidatesFor(question, vector), recalled, question).map(({ id }) => id));
    }) as Ranking,
    /** The same candidates by how well each fits on its own, without floor or fusion. */
    byStrength: ((question, vector) => {
      const candidates = candidatesFor(question, vector).sort((a, b) => strengthOf(b) - strengthOf(a));
      return places(candidates.map(({ id }) => id));
    }) as Ranking,
    /** Whether a sentence is a candidate and yet would never be recalled, were it the only one. */
    isBelowFloor(question: string, vector: Float32Array, i: number): boolean {
      const own = candidatesFor(question, vector).filter(({ id }) => placeOf.get(id) === i);
      return own.length > 0 && rank(own, recalled, question).length === 0;
    },
    close(): void {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type Rankings = ReturnType<typeof openRankings>;

/** Without a subject: nothing here puts anything else right. */
const draftOf = (text: string) => ({
  ...{ owner: 0, saidBy: 'office', scope: 'office' as const, text, subject: null, saidAt: 0 },
  ...{ sessionId: null, messageId: null, origin: 'owner' as const },
});

const visibleIn = (rows: readonly FactRow[]): Visible[] => [...new Set(rows.map(visibleTo))];

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
