/** How facts come, replace each other and go. Each of these runs inside a transaction of `facts.ts`. */
import type { Fact } from '@rockpool/protocol/memory';
import type { FactIndex } from './fact-index.ts';
import { evidenceOf, type FactDraft, type FactRow, type FactRows, toFact } from './fact-rows.ts';
import type { Embedded } from './fact-vectors.ts';
import { type Namespace, namespaceFor, ownOf, type Reaching, type Visible } from './visible.ts';

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

export interface Move extends Reaching {
  /** Whose it is from then on; they vouch for it. */
  owner: number;
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

  /** Text that nobody confirmed replaces nothing; and what is yet to come says when the older one will end. */
  function supersedeOlder(row: FactRow, at: number, corrects?: number): Fact[] {
    if (row.origin === 'untrusted') return [];
    const reaches = namespaceFor(row);
    const isYetToCome = ({ validFrom }: FactRow): boolean => (validFrom ?? at) > at;
    const about = row.subject === null ? [] : rows.sameSubject(reaches, row.subject);
    const older = about.filter(
      (one) => one.saidAt <= at && one.origin !== 'untrusted' && (isYetToCome(row) || !isYetToCome(one)),
    );
    const corrected = corrects === undefined ? undefined : rows.get(corrects);
    const isOwn = corrected?.supersededAt === null && ownReach(corrected) === reaches;
    if (corrected && isOwn) older.push(corrected);
    const others = new Map(older.filter(({ id }) => id !== row.id).map((one) => [one.id, one]));
    const from = row.validFrom;
    return [...others.values()].flatMap((one) => {
      const began = one.validFrom ?? null;
      if (from !== null && (began === null || began < from)) rows.end(one.id, from);
      const lasts = isYetToCome(row) && (began === null || from === null || began < from);
      return lasts ? [] : [supersede(one.id, row.id, at)];
    });
  }

  /** Now that a person has said it, it is theirs, wherever it was read before. */
  function vouch(row: FactRow, by: number): FactRow {
    if (row.origin === 'owner') return row;
    index.remove(row.id);
    rows.confirm(row.id, by);
    const theirs = written(rows, row.id);
    index.add(theirs, undefined);
    return theirs;
  }

  function addCurrent({ corrects, embedded, ...draft }: NewFact): Remembered {
    const { owner, origin } = draft;
    const known = current(reachOfDraft(draft), draft.text);
    if (!known) {
      const row = write(draft);
      index.add(row, embedded);
      return { fact: toFact(row), superseded: supersedeOlder(row, draft.saidAt, corrects), known: false };
    }
    rows.addEvidence(known.id, evidenceOf(draft));
    if (origin !== 'untrusted') rows.sayAgain(known.id, draft.saidAt);
    const again = written(rows, known.id);
    const row = origin === 'owner' ? vouch(again, owner) : again;
    // Said again it is newer than what was said in between; read again it is not.
    const superseded = origin === 'untrusted' ? [] : supersedeOlder(row, draft.saidAt, corrects);
    return { fact: toFact(row), superseded, known: true };
  }

  /** As history that nothing here replaced, so far. */
  function addPast(draft: FactDraft, at: number): number {
    const { id } = write(draft);
    rows.supersede(id, null, at);
    index.add(written(rows, id), undefined);
    return id;
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

    /** What held until then and no longer does is history from the start. */
    add(fact: NewFact): Remembered {
      const { embedded: _, corrects: __, ...draft } = fact;
      if (draft.validUntil == null || draft.validUntil > draft.saidAt) return addCurrent(fact);
      return {
        fact: toFact(written(rows, addPast(draft, draft.validUntil))),
        ...{ superseded: [], known: false },
      };
    },

    addPast,

    /** What no longer holds in the world becomes history, behind what was said to follow it: how many. */
    settle(at: number, limit: number): number {
      const ended = rows.ended(at, limit);
      for (const row of ended) {
        const about = row.subject === null ? [] : rows.sameSubject(ownReach(row), row.subject);
        const next = about.findLast(
          ({ id, validFrom, origin }) => id !== row.id && validFrom !== null && origin !== 'untrusted',
        );
        supersede(row.id, next?.id ?? null, row.validUntil ?? at);
      }
      return ended.length;
    },

    /** A person has read what others wrote, and it is true: from now on it is their own word. */
    confirm(id: number, by: number, at: number): Remembered | undefined {
      const row = rows.get(id);
      if (!row) return undefined;
      const theirs = vouch(row, by);
      const superseded = theirs.supersededAt === null ? supersedeOlder(theirs, at) : [];
      return { fact: toFact(theirs), superseded, known: false };
    },

    remove,

    /** All that only this person sees; how many of them were current. */
    removeOwn(personId: number): number {
      const own = rows.idsReaching(ownOf(personId));
      const wereCurrent = rows.countCurrent(ownOf(personId));
      index.removeMany(own);
      rows.removeReaching(ownOf(personId));
      return wereCurrent;
    },

    /** A group that is gone: each fact goes back to who said it, and what nobody is left for goes with it. */
    disband(group: Namespace): number {
      index.removeMany(rows.ownerlessIn(group));
      rows.removeOwnerless(group);
      const ids = rows.idsReaching(group);
      for (const id of ids) {
        const stored = index.stored(id);
        index.remove(id);
        rows.leaveGroup(id);
        index.add(written(rows, id), stored);
      }
      return ids.length;
    },

    /** With its history; what it contradicts where it arrives becomes history there. */
    move(id: number, { at, ...to }: Move): Remembered | undefined {
      const { owner } = to;
      const row = rows.get(id);
      if (!row) return undefined;
      const known = current(namespaceFor(to), row.text);
      if (known) {
        remove(id);
        return { fact: toFact(vouch(known, owner)), superseded: [], known: true };
      }
      for (const one of rows.chain(id)) {
        index.remove(one);
        rows.move(one, to);
        index.add(written(rows, one), undefined);
      }
      const moved = written(rows, id);
      return { fact: toFact(moved), superseded: supersedeOlder(moved, at), known: false };
    },
  };
}

const ownReach = (row: FactRow): Namespace => namespaceFor(row);
/** What nobody confirmed is compared with what is of the same person and unconfirmed too. */
const reachOfDraft = (draft: FactDraft): Visible => namespaceFor(draft);

function written(rows: FactRows, id: number): FactRow {
  const row = rows.get(id);
  if (!row) throw new Error(`fact ${id} is gone within the transaction that wrote it`);
  return row;
}
