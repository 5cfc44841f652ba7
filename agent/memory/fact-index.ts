/** Both indexes over the facts, words and vectors, kept and asked together. */
import type { Database } from '../store/sqlite.ts';
import { paling } from './consolidation/decay.ts';
import { isNarrowed, type Narrowed, openFactFilter } from './fact-filter.ts';
import { type FactRow, type FactRows, holdsAt } from './fact-rows.ts';
import { type Embedded, openFactVectors } from './fact-vectors.ts';
import { openFactWords, type Worded } from './fact-words.ts';
import type { Candidate } from './rank.ts';
import { type Visible, visibleTo } from './visible.ts';

/** What the two searches have to go by; words are looked up while the vector is still being made. */
export interface Question {
  worded: readonly Worded[];
  /** In its own words; left out: only what the searches found decides. */
  asked?: string | undefined;
  /** Left out while there is no embedder: words alone decide. */
  embedded?: Embedded | undefined;
  /** When it is asked: what is yet to hold then is no answer. */
  at?: number | undefined;
  /** Nothing else is looked for. */
  narrowed?: Narrowed | undefined;
}

/** How many each of the two searches brings to the fusion. */
const searched = 24;

export type FactIndex = ReturnType<typeof openFactIndex>;

export function openFactIndex(db: Database, rows: FactRows) {
  const words = openFactWords(db);
  const vectors = openFactVectors(db);
  const filter = openFactFilter(db);
  if (words.isEmpty()) writeWords();

  /** After a migration that changed how they are written. */
  function writeWords(): void {
    db.transaction(() => {
      for (const row of rows.all()) words.add(row.id, visibleTo(row), row.text);
    }).immediate();
  }

  function addVector(row: FactRow, embedded: Embedded): void {
    if (row.supersededAt !== null || row.embedded === 1 || row.origin === 'untrusted') return;
    if (vectors.add(row.id, visibleTo(row), embedded)) rows.mark(row.id);
  }

  return {
    embedder: vectors.embedder,
    useEmbedder: vectors.use,
    holding: words.holding,
    stored: vectors.stored,
    alike: vectors.alike,
    addVector,

    add(row: FactRow, embedded: Embedded | undefined): void {
      words.add(row.id, visibleTo(row), row.text);
      if (embedded) addVector(row, embedded);
    },

    remove(id: number): void {
      words.remove(id);
      vectors.remove(id);
    },
    removeMany(ids: readonly number[]): void {
      words.removeMany(ids);
      for (const id of ids) vectors.remove(id);
    },

    worded: (visible: readonly Visible[], asked: string, narrowed?: Narrowed): Worded[] =>
      words.search(visible, asked, searched, isNarrowed(narrowed) ? filter(visible, narrowed) : undefined),

    candidates(visible: readonly Visible[], { worded, embedded, at, narrowed }: Question): Candidate[] {
      const within = isNarrowed(narrowed) ? filter(visible, narrowed) : undefined;
      const likeness = new Map<number, number>();
      if (embedded) {
        for (const near of vectors.nearest(visible, embedded, searched, within))
          likeness.set(near.id, near.likeness);
        const apart = worded.map(({ id }) => id).filter((id) => !likeness.has(id));
        for (const [id, value] of vectors.likenesses(apart, embedded)) likeness.set(id, value);
      }
      const places = new Map(worded.map(({ id, share }, place) => [id, { share, place }]));
      const found = [...new Set([...likeness.keys(), ...places.keys()])];
      const ids = within ? within.passing(found) : found;
      const known = rows.some(ids);
      return ids.flatMap((id) => {
        const row = known.get(id);
        // The words were looked up a moment ago: meanwhile it may have become history, or another's.
        if (!row || !visible.includes(visibleTo(row))) return [];
        if (at !== undefined && !holdsAt(row, at)) return [];
        const { share, place } = places.get(id) ?? { share: 0, place: null };
        const { text, subject, saidAt, validFrom, importance, uses } = row;
        const paled = at === undefined ? 0 : paling(row, at);
        // Said again later, it is the newer word on the matter, however long it has been so.
        const one = {
          id,
          text,
          subject,
          at: Math.max(validFrom ?? saidAt, saidAt),
          importance,
          uses,
          paled,
          isEvent: row.kind === 'episode',
        };
        return [{ ...one, likeness: likeness.get(id) ?? null, share, place }];
      });
    },
  };
}
