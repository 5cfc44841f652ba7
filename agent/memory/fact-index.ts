/** Both indexes over the facts, words and vectors, kept and asked together. */
import type { Database } from '../store/sqlite.ts';
import type { FactRow, FactRows } from './fact-rows.ts';
import { type Embedded, openFactVectors } from './fact-vectors.ts';
import { openFactWords, type Worded } from './fact-words.ts';
import type { Candidate } from './rank.ts';
import { type Visible, visibleTo } from './visible.ts';

/** What the two searches have to go by; words are looked up while the vector is still being made. */
export interface Question {
  worded: readonly Worded[];
  /** Left out while there is no embedder: words alone decide. */
  embedded?: Embedded | undefined;
}

/** How many each of the two searches brings to the fusion. */
const searched = 32;
/** Of those that only words found, how many are also compared by their vectors. */
const compared = 12;

export type FactIndex = ReturnType<typeof openFactIndex>;

export function openFactIndex(db: Database, rows: FactRows) {
  const words = openFactWords(db);
  const vectors = openFactVectors(db);

  function addVector(row: FactRow, embedded: Embedded): void {
    if (row.supersededAt !== null || row.embedded === 1) return;
    if (vectors.add(row.id, visibleTo(row), embedded)) rows.mark(row.id);
  }

  return {
    embedder: vectors.embedder,
    useEmbedder: vectors.use,
    holding: words.holding,
    addVector,

    add(row: FactRow, embedded: Embedded | undefined): void {
      words.add(row.id, visibleTo(row), row.text);
      if (embedded) addVector(row, embedded);
    },

    remove(id: number): void {
      words.remove(id);
      vectors.remove(id);
    },

    worded: (visible: readonly Visible[], asked: string): Worded[] => words.search(visible, asked, searched),

    candidates(visible: readonly Visible[], { worded, embedded }: Question): Candidate[] {
      const likeness = new Map<number, number>();
      if (embedded) {
        for (const near of vectors.nearest(visible, embedded, searched)) likeness.set(near.id, near.likeness);
        const apart = worded.map(({ id }) => id).filter((id) => !likeness.has(id));
        for (const [id, value] of vectors.likenesses(apart.slice(0, compared), embedded))
          likeness.set(id, value);
      }
      const places = new Map(worded.map(({ id, share }, place) => [id, { share, place }]));
      return [...new Set([...likeness.keys(), ...places.keys()])].flatMap((id) => {
        const row = rows.get(id);
        // The words were looked up a moment ago: meanwhile it may have become history, or another's.
        if (!row || !visible.includes(visibleTo(row))) return [];
        const { share, place } = places.get(id) ?? { share: 0, place: null };
        return [{ id, subject: row.subject, likeness: likeness.get(id) ?? null, share, place }];
      });
    },
  };
}
