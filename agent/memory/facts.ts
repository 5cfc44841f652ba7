/** The facts on disk: every change of a row, its words and its vector is one transaction. Runs in the store's thread. */
import type { Fact, FullFact, MemorySpace, Reembedding } from '@rockpool/protocol/memory';
import type { Database } from '../store/sqlite.ts';
import { openNights } from './consolidation/nights.ts';
import { openSpending } from './extraction/spending-table.ts';
import { factChanges, type Move, type NewFact, type Remembered } from './fact-changes.ts';
import type { Narrowed } from './fact-filter.ts';
import { type Arrived, factImport, type Imported, type Succession } from './fact-import.ts';
import { openFactIndex, type Question } from './fact-index.ts';
import { type FactRow, type Listing, openFactRows, toFact, toFullFact } from './fact-rows.ts';
import { namespaceOf, openFactSpaces, type Quota, quotaReached } from './fact-spaces.ts';
import { countFactUses } from './fact-uses.ts';
import type { Embedded, Embedder } from './fact-vectors.ts';
import type { Worded } from './fact-words.ts';
import { type Candidate, type Ranked, rank, strengthOf } from './rank.ts';
import type { Usual } from './usual.ts';
import { type Namespace, ofGroup, ownOf, pastSeenBy, seenBy } from './visible.ts';

export { factsSchema } from './facts-table.ts';

export interface Recalled {
  fact: Fact;
  /** How well it fits; comparable among the answers to one question. */
  score: number;
  /** Of the words asked for, the part it holds: 0 to 1. */
  words: number;
  /** What it contradicts, or put right: it is so since then, and before that was told. */
  before?: Earlier;
  /** All that were found beside it and are no longer so since it was said. */
  replaces: readonly number[];
}

export interface Earlier {
  id: number;
  text: string;
  /** Since when it is no longer so. */
  until: number;
}

type Found = Candidate & Partial<Pick<Ranked, 'fit' | 'replaces'>>;

/** Who is in which group of people; `all` tells which groups there are. */
export interface Groups {
  of(personId: number): readonly number[];
  all(): readonly number[];
}

const noGroups: Groups = { of: () => [], all: () => [] };

export function openFacts(db: Database, groups: Groups = noGroups) {
  const rows = openFactRows(db);
  const index = openFactIndex(db, rows);
  const changes = factChanges(rows, index);
  const imports = factImport(rows, changes);
  const spaces = openFactSpaces(db);
  const uses = countFactUses(db);
  /** As they are now: who left a group sees its facts no longer, from the next question on. */
  const seen = (personId: number): Namespace[] => seenBy(personId, groups.of(personId));
  const together = <A extends unknown[], R>(change: (...args: A) => R) => {
    const transaction = db.transaction(change);
    return (...args: A): R => {
      try {
        return transaction.immediate(...args);
      } catch (error) {
        throw quotaReached(error) ?? error;
      }
    };
  };
  const scrub = scrubLog(db);
  /** Deleted pages are overwritten, but the log still holds what they were. */
  const erasing = <A extends unknown[], R>(change: (...args: A) => R) => {
    const changed = together(change);
    return (...args: A): R => {
      const result = changed(...args);
      scrub();
      return result;
    };
  };
  const recalled = (found: readonly Found[]): Recalled[] => {
    const known = rows.some(found.flatMap(({ id, replaces = [] }) => [id, ...replaces]));
    const history = rows.lastReplaced(found.map(({ id }) => id));
    /** What it contradicts and is still told by somebody, or else what its owner put right with it. */
    const earlier = ({ id, text, validFrom, saidAt }: FactRow, replaces: readonly number[]) => {
      const contradicted = replaces
        .flatMap((one) => known.get(one) ?? [])
        .sort((a, b) => b.saidAt - a.saidAt);
      const was = contradicted[0] ?? history.get(id);
      if (!was || was.text === text || was.origin === 'untrusted') return {};
      return { before: { id: was.id, text: was.text, until: validFrom ?? saidAt } };
    };
    return found.flatMap(({ id, share, replaces = [], ...candidate }) => {
      const row = known.get(id);
      // Looked at once more where it leaves for a prompt: what nobody confirmed is no fact, whatever was searched.
      if (!row || row.origin === 'untrusted') return [];
      const score = candidate.fit ?? strengthOf({ ...candidate, share });
      return [{ fact: toFact(row), score, words: share, replaces, ...earlier(row, replaces) }];
    });
  };
  const current = (found: readonly FactRow[]): Fact[] =>
    found.filter(({ supersededAt }) => supersededAt === null).map(toFact);
  const inFull = (found: readonly FactRow[]): FullFact[] => {
    const evidence = rows.evidence(found.map(({ id }) => id));
    return found.map((row) => toFullFact(row, evidence.get(row.id) ?? []));
  };
  const disband = (name: Namespace): number => {
    for (const { owner, ...held } of rows.heldIn(name)) spaces.widen(ownOf(owner), held);
    const back = changes.disband(name);
    spaces.remove(name);
    return back;
  };
  const settle = together((at: number): number => changes.settle(at, settledAtOnce));

  return {
    ...openNights({ db, rows, index, changes }),
    ...openSpending(db),

    embedder: index.embedder,
    /** Drops the vectors of any other embedder; `unembedded` then tells whose are missing. */
    useEmbedder: together((embedder: Embedder, usual: Usual): void => index.useEmbedder(embedder, usual)),
    /** Current facts that wait for a vector. */
    unembedded: (limit: number): Pick<Fact, 'id' | 'text'>[] =>
      rows.unembedded(limit).map(({ id, text }) => ({ id, text })),
    /** A fact's text never changes, so what was made of it still fits; unless it is gone, or history by now. */
    addVectors: together((made: readonly (Embedded & { id: number })[]): void => {
      for (const { id, ...embedded } of made) {
        const row = rows.get(id);
        if (row) index.addVector(row, embedded);
      }
    }),

    remember: together((facts: readonly NewFact[]): Remembered[] => facts.map(changes.add)),
    move: erasing((id: number, to: Move): Remembered | undefined => changes.move(id, to)),

    /** What shares words with a question; the first half of `recall` and of `alike`. */
    worded: (personId: number, asked: string, narrowed?: Narrowed): Worded[] =>
      index.worded(seen(personId), asked, narrowed),
    ownWorded: (personId: number, asked: string): Worded[] => index.worded([ownOf(personId)], asked),
    /** What the person may be answered from, best first; nothing below the floor. `counted`: it was of use. */
    recall(personId: number, question: Question, limit: number, counted = false): Recalled[] {
      const { at } = question;
      if (at !== undefined) while (rows.anyEnded(at)) settle(at);
      const found = recalled(rank(index.candidates(seen(personId), question), limit, question.asked));
      const ids = found.map(({ fact }) => fact.id);
      if (counted && at !== undefined) uses.count(ids, at);
      return found;
    },
    /** What was counted since the last time is on disk; what a reader kept in the log of an erasure goes. */
    keepUses(): void {
      uses.keepUses();
      scrub(false);
    },
    scrub: (): void => scrub(),
    /** The person's own facts by how well each fits, without a floor. */
    alike: (personId: number, question: Question): Recalled[] =>
      recalled(index.candidates([ownOf(personId)], question)).sort(
        (a, b) => b.score - a.score || b.fact.id - a.fact.id,
      ),
    ownWithText: (personId: number, text: string): Fact[] => current(rows.sameText(ownOf(personId), text)),
    ownAbout: (personId: number, subject: string): Fact[] =>
      current(rows.sameSubject(ownOf(personId), subject)),
    ownWithWords: (personId: number, words: string): Fact[] =>
      current(index.holding([ownOf(personId)], words).flatMap((id) => rows.get(id) ?? [])),

    holding: (personId: number, ids: readonly number[]): number[] =>
      ids.filter((id) => {
        const row = rows.seen(seen(personId), id);
        return row?.supersededAt === null && row.origin !== 'untrusted';
      }),

    get(personId: number, id: number): FullFact | undefined {
      const row = rows.seen(seen(personId), id);
      return row && inFull([row])[0];
    },
    /** Newest first; with `words`, those that hold all of them. */
    list(
      personId: number,
      { words, ...listing }: Omit<Listing, 'ids'> & { words?: string | undefined },
    ): FullFact[] {
      const now = seen(personId);
      const everSeen = [...now, ...pastSeenBy(personId, groups.of(personId))];
      const ids = words === undefined ? undefined : index.holding(everSeen, words);
      return inFull(rows.list(now, { ...listing, ids }));
    },
    /** In the order of the ids; what the person may not see is left out. */
    full: (personId: number, ids: readonly number[]): FullFact[] =>
      inFull(ids.flatMap((id) => rows.seen(seen(personId), id) ?? [])),
    /** How many of these texts the person's memory holds already, in one state or another. */
    countKnown: (personId: number, texts: readonly string[]): number =>
      texts.filter((text) => rows.sameText(ownOf(personId), text).length > 0).length,
    pin: together((id: number, pinned: boolean): void => rows.pin(id, pinned)),
    /** What others wrote becomes the person's own word, because they say so. */
    confirm: together((id: number, by: number, at: number): Remembered | undefined =>
      changes.confirm(id, by, at),
    ),
    /** What no longer holds in the world becomes history; recalls do it by themselves. How many. */
    settle,

    /** Of a person, a group, or the office. */
    space: (whose: Whose): MemorySpace => spaces.space(nameOf(whose)),
    /** Counts of every namespace, never a word of what is in it. */
    spaces: (): (MemorySpace & { personId: number | null; groupId?: number })[] =>
      spaces.spaces().map(({ name, ...counts }) => {
        const id = Number(name.slice(1));
        if (name.startsWith('g')) return { personId: null, groupId: id, ...counts };
        return { personId: name === 'office' ? null : id, ...counts };
      }),
    limit: together((whose: Whose, quota: Quota): MemorySpace => spaces.limit(nameOf(whose), quota)),
    groupsOf: (personId: number): number[] => [...groups.of(personId)],
    ownerOf: (id: number): number | undefined => rows.get(id)?.owner,
    /** What was said in groups that are gone goes back to who said it: how many. */
    disband: together((): number => {
      const there = new Set(groups.all().map((id): Namespace => ofGroup(id)));
      const gone = spaces.spaces().filter(({ name }) => name.startsWith('g') && !there.has(name));
      return gone.reduce((sum, { name }) => sum + disband(name), 0);
    }),
    /** How far the vectors of today's embedder are. */
    reembedding: (): Reembedding => ({
      facts: spaces.spaces().reduce((sum, { current: now }) => sum + now, 0),
      waiting: rows.countUnembedded(),
    }),

    /** Gone with what they replaced: rows, words and vectors. */
    forget: erasing((ids: readonly number[]): void => ids.forEach(changes.remove)),
    forgetOwn: erasing(changes.removeOwn),
    /** What they gave to the office stays the office's. */
    removePerson: erasing((personId: number): void => {
      changes.removeOwn(personId);
      rows.orphan(personId);
      spaces.remove(namespaceOf(personId));
    }),

    arrive: together((facts: readonly Imported[]): Arrived[] => facts.map(imports.arrive)),
    link: together((successions: readonly Succession[]): void => successions.forEach(imports.link)),
  };
}

/** A person by their id, a group by its own, or null: the office. */
export type Whose = number | { group: number } | null;

const nameOf = (whose: Whose): Namespace =>
  typeof whose === 'object' && whose !== null ? ofGroup(whose.group) : namespaceOf(whose);

/** Facts that ended, in one transaction: more would hold up whoever asks next. */
const settledAtOnce = 200;

/** Empty pages that are given back to the disk after an erasure. */
const givenBackPages = 2_000;

/**
 * What was erased leaves the file and its log. Under a reader the log can't be emptied: then it is the next time, and
 * nobody waits for whoever reads.
 */
function scrubLog(db: Database): (owed?: boolean) => void {
  let isOwed = false;
  return (owed = true) => {
    if (!owed && !isOwed) return;
    const patience = db.pragma('busy_timeout', { simple: true }) as number;
    db.pragma('busy_timeout = 50');
    try {
      db.pragma(`incremental_vacuum(${givenBackPages})`);
      const [emptied] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      isOwed = emptied?.busy !== 0;
    } finally {
      db.pragma(`busy_timeout = ${patience}`);
    }
  };
}
