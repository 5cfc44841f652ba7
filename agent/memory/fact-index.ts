/** Both indexes over the facts, words and vectors, kept and asked together. */
import type { Database } from '../store/sqlite.ts';
import type { FactRow, FactRows } from './fact-rows.ts';
import { type Embedded, openFactVectors } from './fact-vectors.ts';
import { openFactWords } from './fact-words.ts';
import type { Candidate } from './rank.ts';
import { type Visible, visibleTo } from './visible.ts';

export interface Question {
  asked: string;
  /** Left out while there is no embedder: words alone are searched. */
  embedded?: Embedded | undefined;
}

/** How many each of the two searches brings to the fusion. */
const searched = 32;

export type FactIndex = ReturnType<typeof openFactIndex>;

export function openFactIndex(db: Database, rows: FactRows) {
  const words = openFactWords(db);
  const vectors = openFactVectors(db);

  function addVector(row: FactRow, embedded: Embedded): void {
    if (row.supersededAt !== null || row.embedded === 1) return;
    if (vectors.add(row.id, visibleTo(row), embedded)) rows.mark(row.id);
  }

  /** Of those found by only one of the searches, what the other makes of them is looked up. */
  function likenesses(ids: readonly number[], { embedded }: Question, visible: readonly Visible[]) {
    if (!embedded) return new Map<number, number>();
    const near = new Map(
      vectors.nearest(visible, embedded, searched).map(({ id, likeness }) => [id, likeness]),
    );
    const apart = ids.filter((id) => !near.has(id));
    return new Map([...near, ...vectors.likenesses(apart, embedded)]);
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

    candidates(visible: readonly Visible[], question: Question): Candidate[] {
      const worded = words.search(visible, question.asked, searched);
      const likeness = likenesses(
        worded.map(({ id }) => id),
        question,
        visible,
      );
      const places = new Map(worded.map(({ id, share }, place) => [id, { share, place }]));
      return [...new Set([...likeness.keys(), ...places.keys()])].map((id) => {
        const { share, place } = places.get(id) ?? { share: 0, place: null };
        const subject = rows.get(id)?.subject ?? null;
        return { id, subject, likeness: likeness.get(id) ?? null, share, place };
      });
    },
  };
}
