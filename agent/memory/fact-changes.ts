/** How facts come, replace each other and go. Each of these runs inside a transaction of `facts.ts`. */
import type { Fact, FactScope } from '@rockpool/protocol/memory';
import type { FactIndex } from './fact-index.ts';
import { type FactDraft, type FactRow, type FactRows, type Origin, toFact } from './fact-rows.ts';
import type { Embedded } from './fact-vectors.ts';
import { ownOf, type Visible, visibleTo } from './visible.ts';

export interface NewFact extends FactDraft {
  /** Left out while there is no embedder; the vector follows. */
  embedded?: Embedded | undefined;
  /** The fact that this one was said to correct. */
  corrects?: number | undefined;
}

export interface Remembered {
  fact: Fact;
  superseded: Fact[];
  /** It was remembered already, word for word, and is not stored twice. */
  known: boolean;
}

export interface Move {
  scope: FactScope;
  owner: number;
  origin: Origin;
  at: number;
}

export type FactChanges = ReturnType<typeof factChanges>;

export function factChanges(rows: FactRows, index: FactIndex) {
  const current = (reaches: Visible, text: string): FactRow | undefined =>
    rows.sameText(reaches, text).find((row) => row.supersededAt === null);

  function write(draft: FactDraft): FactRow {
    const id = rows.insert(draft);
    return written(rows, id);
  }

  /** It becomes history: listed, not recalled. */
  function supersede(id: number, by: number | null, at: number): Fact {
    index.remove(id);
    rows.supersede(id, by, at);
    const row = written(rows, id);
    index.add(row, undefined);
    return toFact(row);
  }

  function supersedeOlder(row: FactRow, at: number, corrects?: number): Fact[] {
    const reaches = visibleTo({ ...row, supersededAt: null });
    const about = row.subject === null ? [] : rows.sameSubject(reaches, row.subject);
    const corrected = corrects === undefined ? undefined : rows.get(corrects);
    const older = about.filter(({ saidAt }) => saidAt <= at);
    if (corrected && visibleTo(corrected) === reaches) older.push(corrected);
    const ids = new Set(older.map(({ id }) => id).filter((id) => id !== row.id));
    return [...ids].map((id) => supersede(id, row.id, at));
  }

  /** A current fact takes its history along; what stood before a piece of history then stands behind its successor. */
  function remove(id: number): void {
    const row = rows.get(id);
    if (!row) return;
    const going = row.supersededAt === null ? rows.chain(id) : [id];
    if (row.supersededAt !== null) rows.relink(id, row.supersededBy);
    for (const one of going.toReversed()) {
      index.remove(one);
      rows.remove(one);
    }
  }

  return {
    supersede,

    add({ embedded, corrects, ...draft }: NewFact): Remembered {
      const known = current(visibleTo({ ...draft, supersededAt: null }), draft.text);
      const row = known ?? write(draft);
      if (!known) index.add(row, embedded);
      const superseded = supersedeOlder(row, draft.saidAt, corrects);
      return { fact: toFact(row), superseded, known: known !== undefined };
    },

    /** As history that nothing here replaced, so far. */
    addPast(draft: FactDraft, at: number): number {
      const { id } = write(draft);
      rows.supersede(id, null, at);
      index.add(written(rows, id), undefined);
      return id;
    },

    remove,

    /** All that only this person sees; how many of them were current. */
    removeOwn(personId: number): number {
      const own = rows.idsReaching(ownOf(personId));
      const wereCurrent = own.filter((id) => rows.get(id)?.supersededAt === null).length;
      for (const id of own) {
        index.remove(id);
        rows.remove(id);
      }
      return wereCurrent;
    },

    /** With its history; what it contradicts where it arrives becomes history there. */
    move(id: number, { scope, owner, origin, at }: Move): Remembered | undefined {
      const row = rows.get(id);
      if (!row) return undefined;
      const known = current(visibleTo({ scope, owner, supersededAt: null }), row.text);
      if (known) {
        remove(id);
        return { fact: toFact(known), superseded: [], known: true };
      }
      for (const one of rows.chain(id)) {
        index.remove(one);
        rows.move(one, scope, owner, origin);
        index.add(written(rows, one), undefined);
      }
      const moved = written(rows, id);
      return { fact: toFact(moved), superseded: supersedeOlder(moved, at), known: false };
    },
  };
}

function written(rows: FactRows, id: number): FactRow {
  const row = rows.get(id);
  if (!row) throw new Error(`fact ${id} is gone within the transaction that wrote it`);
  return row;
}
