/** A night's work on the facts, and its journal: each deed is one with what takes it back. Runs in the store's thread. */
import type { Database } from '../../store/sqlite.ts';
import type { FactChanges } from '../fact-changes.ts';
import type { FactIndex } from '../fact-index.ts';
import type { FactRow, FactRows } from '../fact-rows.ts';
import type { Namespace } from '../fact-spaces.ts';
import type { Embedded } from '../fact-vectors.ts';
import { namespaceFor, visibleTo } from '../visible.ts';
import type { Aging } from './decay.ts';
import { better, mayBeTidied, type Statement, saysTheSame } from './duplicates.ts';

export type Deed =
  | { what: 'merged'; fact: number; into: number }
  /** A piece of history with much newer history behind it, or a fact that a full memory has no room for. */
  | { what: 'compacted' | 'evicted'; fact: number };

export interface NightSpace {
  name: Namespace;
  facts: number;
  current: number;
  bytes: number;
  maxFacts: number;
  maxBytes: number;
}

/** A night as its journal tells it; of one namespace, or of all. */
export interface NightAccount {
  night: number;
  beganAt: number;
  endedAt: number | null;
  name: Namespace;
  outcome: 'done' | 'refused';
  facts: number;
  going: number;
  merged: number;
  compacted: number;
  evicted: number;
  undoneAt: number | null;
}

interface Kept {
  row: Record<string, string | number | null>;
  evidence: Evidence[];
  /** What this one had replaced. */
  behind: number[];
  into?: { importance: number; pinned: number; evidence: Evidence[] };
}

interface Evidence {
  session_id: string;
  message_id: number;
  said_at: number;
}

interface Written {
  id: number;
  what: Deed['what'];
  fact: number;
  kept: number | null;
  was: string;
  digest: string | null;
  vector: Uint8Array | null;
}

/** Neighbours by meaning that are looked at for each new fact. */
const neighbours = 8;
/** History that has so much newer history behind it may go. */
const historyKept = 3;

export interface NightParts {
  db: Database;
  rows: FactRows;
  index: FactIndex;
  changes: FactChanges;
}

export function openNights({ db, rows, index, changes }: NightParts) {
  const columns = db
    .prepare<[], string>("SELECT name FROM pragma_table_info('fact')")
    .pluck()
    .all()
    .join(', ');
  const raw = db.prepare<[number], Kept['row']>(`SELECT ${columns} FROM fact WHERE id = ?`);
  const putBack = db.prepare<[Kept['row']]>(
    `INSERT INTO fact (${columns}) VALUES (${columns.replace(/\w+/g, '@$&')})`,
  );
  const evidence = db.prepare<[number], Evidence>(
    'SELECT session_id, message_id, said_at FROM evidence WHERE fact = ? ORDER BY said_at, message_id',
  );
  const addEvidence = db.prepare<[number, string, number, number]>(
    'INSERT OR IGNORE INTO evidence (fact, session_id, message_id, said_at) VALUES (?, ?, ?, ?)',
  );
  const dropEvidence = db.prepare<[number, string, number]>(
    'DELETE FROM evidence WHERE fact = ? AND session_id = ? AND message_id = ?',
  );
  const behind = db
    .prepare<[number], number>('SELECT id FROM fact WHERE superseded_by = ? ORDER BY id')
    .pluck();
  const link = db.prepare<[number, number, number | null]>(
    'UPDATE fact SET superseded_by = ? WHERE id = ? AND superseded_by IS ?',
  );
  const enrich = db.prepare<[number, number, number, number]>(
    'UPDATE fact SET uses = uses + ?, importance = max(importance, ?), pinned = max(pinned, ?) WHERE id = ?',
  );
  const impoverish = db.prepare<[number, number, number, number]>(
    'UPDATE fact SET uses = max(0, uses - ?), importance = ?, pinned = ? WHERE id = ?',
  );
  const revive = db.prepare<[number]>(
    'UPDATE fact SET superseded_by = NULL, superseded_at = NULL, embedded = 0 WHERE id = ?',
  );
  const write = db.prepare<
    [number, Namespace, Deed['what'], number, number | null, string, string | null, Uint8Array | null]
  >(
    'INSERT INTO night_deed (night, name, what, fact, kept, was, digest, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const deeds = db.prepare<[number, Namespace], Written>(
    'SELECT id, what, fact, kept, was, digest, vector FROM night_deed WHERE night = ? AND name = ? ORDER BY id DESC',
  );
  const drop = db.prepare<[number]>('DELETE FROM night_deed WHERE id = ?');
  const done = db
    .prepare<[number, Namespace], number>(
      "SELECT count(*) FROM night_deed WHERE night = ? AND name = ? AND what <> 'compacted'",
    )
    .pluck();
  const open = db.prepare<[], { id: number }>(
    'SELECT id FROM night WHERE ended_at IS NULL ORDER BY id DESC LIMIT 1',
  );
  const begin = db.prepare<[number]>('INSERT INTO night (began_at) VALUES (?)');
  const end = db.prepare<[number, number]>('UPDATE night SET ended_at = ? WHERE id = ?');
  const last = db.prepare<[], number | null>('SELECT max(ended_at) FROM night').pluck();
  const spaces = db.prepare<[number], NightSpace>(`
    SELECT name, facts, current, bytes, max_facts AS maxFacts, max_bytes AS maxBytes FROM namespace
    WHERE facts > 0 AND name NOT IN (SELECT name FROM night_space WHERE night = ?) ORDER BY name`);
  const account = db.prepare<[number, Namespace, 'done' | 'refused', number, number]>(
    'INSERT OR REPLACE INTO night_space (night, name, outcome, facts, going) VALUES (?, ?, ?, ?, ?)',
  );
  const through = db.prepare<[Namespace], number>('SELECT fact FROM night_through WHERE name = ?').pluck();
  const setThrough = db.prepare<[Namespace, number]>('INSERT OR REPLACE INTO night_through VALUES (?, ?)');
  const newer = db
    .prepare<[Namespace, number, number], number>(
      'SELECT id FROM fact WHERE reaches = ? AND id > ? AND superseded_at IS NULL ORDER BY id LIMIT ?',
    )
    .pluck();
  const page = db.prepare<
    [Namespace, number, number],
    Aging & { id: number; bytes: number; supersededAt: number | null; supersededBy: number | null }
  >(`
    SELECT id, kind, pinned, importance, uses, said_at AS saidAt, last_used_at AS lastUsedAt, octet_length(text) AS bytes,
           superseded_at AS supersededAt, superseded_by AS supersededBy
    FROM fact WHERE reaches = ? AND id > ? ORDER BY id LIMIT ?`);
  const accounts = db.prepare<[], NightAccount>(`
    SELECT n.id AS night, n.began_at AS beganAt, n.ended_at AS endedAt, s.name, s.outcome, s.facts, s.going, s.undone_at AS undoneAt,
           (SELECT count(*) FROM night_deed d WHERE d.night = n.id AND d.name = s.name AND d.what = 'merged') AS merged,
           (SELECT count(*) FROM night_deed d WHERE d.night = n.id AND d.name = s.name AND d.what = 'compacted') AS compacted,
           (SELECT count(*) FROM night_deed d WHERE d.night = n.id AND d.name = s.name AND d.what = 'evicted') AS evicted
    FROM night n JOIN night_space s ON s.night = n.id ORDER BY n.id DESC, s.name`);
  const undone = db.prepare<[number, number, Namespace]>(
    'UPDATE night_space SET undone_at = ? WHERE night = ? AND name = ?',
  );
  const wasTakenBack = db
    .prepare<[number], number>('SELECT count(*) FROM night_taken_back WHERE fact = ?')
    .pluck();
  const takenBack = db.prepare<[number, number]>('INSERT OR IGNORE INTO night_taken_back VALUES (?, ?)');
  const forget = db.prepare<[number]>('DELETE FROM night WHERE began_at < ? AND ended_at IS NOT NULL');

  const atWork = db.prepare<[]>('INSERT INTO night_at_work VALUES (1)');
  const atRest = db.prepare<[]>('DELETE FROM night_at_work');

  const statement = ({ pinned, ...row }: FactRow): Statement => ({ ...row, pinned: pinned === 1 });

  function journal(
    night: number,
    name: Namespace,
    deed: Deed,
    was: Kept,
    stored: Embedded | undefined,
  ): void {
    const kept = deed.what === 'merged' ? deed.into : headOf(was.row['superseded_by'] as number | null);
    const vector = stored && Uint8Array.from(Int8Array.from(stored.vector), (number) => number & 0xff);
    write.run(
      night,
      name,
      deed.what,
      deed.fact,
      kept,
      JSON.stringify(was),
      stored?.digest ?? null,
      vector ?? null,
    );
  }

  /** The current fact that a piece of history stands behind. */
  function headOf(successor: number | null): number | null {
    let at = successor === null ? undefined : rows.get(successor);
    while (at && at.supersededBy !== null) at = rows.get(at.supersededBy);
    return at?.id ?? null;
  }

  function remember(id: number): Kept {
    const row = raw.get(id);
    if (!row) throw new Error(`fact ${id} is gone within the transaction that tidies it`);
    return { row, evidence: evidence.all(id), behind: behind.all(id) };
  }

  function merge(night: number, name: Namespace, deed: Extract<Deed, { what: 'merged' }>, at: number): void {
    const into = rows.get(deed.into);
    const row = rows.get(deed.fact);
    if (!into || !row || into.supersededAt !== null || row.supersededAt !== null) return;
    const was = remember(deed.fact);
    const had = evidence.all(deed.into);
    const isNew = (one: Evidence): boolean =>
      !had.some(
        ({ session_id, message_id }) => session_id === one.session_id && message_id === one.message_id,
      );
    const added = was.evidence.filter(isNew);
    const { importance, pinned } = into;
    journal(
      night,
      name,
      deed,
      { ...was, into: { importance, pinned, evidence: added } },
      index.stored(deed.fact),
    );
    for (const one of added) addEvidence.run(deed.into, one.session_id, one.message_id, one.said_at);
    enrich.run(row.uses, row.importance, row.pinned, deed.into);
    changes.supersede(deed.fact, deed.into, at);
  }

  /** With what stands behind it, oldest first: nothing is left without a successor. */
  function remove(night: number, name: Namespace, what: 'compacted' | 'evicted', fact: number): void {
    const row = rows.get(fact);
    if (!row || row.pinned === 1) return;
    const going = row.supersededAt === null ? rows.chain(fact).toReversed() : [fact];
    for (const one of going) {
      const was = remember(one);
      const stored = index.stored(one);
      index.remove(one);
      rows.relink(one, (was.row['superseded_by'] as number | null) ?? null);
      rows.remove(one);
      // Behind the deletion: with the fact goes what the journal holds of it.
      journal(night, name, { what, fact: one }, was, stored);
    }
  }

  /** What was said since the night counts: a fact that would be out of date by now comes back as history. */
  function takeBack({ what, fact, kept, was: text, digest, vector }: Written): void {
    const was = JSON.parse(text) as Kept;
    const stored =
      digest === null || vector === null
        ? undefined
        : { digest, vector: Float32Array.from(new Int8Array(vector)) };
    if (what === 'merged') unmerge(fact, kept ?? 0, was, stored);
    else restore(fact, was, stored);
  }

  function unmerge(fact: number, kept: number, was: Kept, stored: Embedded | undefined): void {
    const row = rows.get(fact);
    const into = rows.get(kept);
    if (!row || !into || !was.into || row.supersededBy !== kept) return;
    for (const one of was.into.evidence) dropEvidence.run(kept, one.session_id, one.message_id);
    impoverish.run(Number(was.row['uses']), was.into.importance, was.into.pinned, kept);
    if (into.supersededAt !== null) return;
    index.remove(fact);
    revive.run(fact);
    index.add(written(fact), stored);
  }

  function restore(fact: number, was: Kept, stored: Embedded | undefined): void {
    const successor = was.row['superseded_by'] as number | null;
    const newest = successor === null && was.row['superseded_at'] === null ? newerAbout(was.row) : undefined;
    putBack.run({
      ...was.row,
      embedded: 0,
      superseded_by: newest?.id ?? (successor !== null && rows.get(successor) ? successor : null),
      superseded_at: newest?.saidAt ?? was.row['superseded_at'] ?? null,
    });
    for (const one of was.evidence) addEvidence.run(fact, one.session_id, one.message_id, one.said_at);
    for (const one of was.behind) link.run(fact, one, successor);
    index.add(written(fact), newest || was.row['superseded_at'] !== null ? undefined : stored);
  }

  function newerAbout(row: Kept['row']): FactRow | undefined {
    if (typeof row['subject'] !== 'string') return undefined;
    const groupId = row['group_id'] as number | null;
    const scope = groupId === null ? (row['scope'] as FactRow['scope']) : 'group';
    const reaches = namespaceFor({ owner: Number(row['owner']), scope, groupId });
    return rows
      .sameSubject(reaches, row['subject'])
      .find(({ saidAt, origin }) => saidAt > Number(row['said_at']) && origin !== 'untrusted');
  }

  function written(id: number): FactRow {
    const row = rows.get(id);
    if (!row) throw new Error(`fact ${id} is gone within the transaction that brought it back`);
    return row;
  }

  /** Of those that say the same as a new fact, and are in the same namespace. */
  function duplicates(row: FactRow): Deed[] {
    const reaches = visibleTo(row);
    const stored = index.stored(row.id);
    const near = new Map(
      (stored ? index.alike(reaches, stored, neighbours) : []).map(({ id, cosine }) => [id, cosine]),
    );
    const about = row.subject === null ? [] : rows.sameSubject(reaches, row.subject).slice(-neighbours);
    const others = new Set([...near.keys(), ...about.map(({ id }) => id)].filter((id) => id < row.id));
    for (const id of others) {
      const other = rows.get(id);
      if (!other || other.supersededAt !== null || visibleTo(other) !== reaches || !mayBeTidied(other))
        continue;
      if (!sameTimes(row, other) || isTakenBack(id) || isTakenBack(row.id)) continue;
      if (!saysTheSame(statement(row), statement(other), near.get(id))) continue;
      const stays = better(statement(row), statement(other));
      const goes = stays.id === id ? row.id : id;
      return [{ what: 'merged', fact: goes, into: stays.id }];
    }
    return [];
  }

  return {
    /** The one that was cut short, or a new one. */
    beginNight: db.transaction(
      (at: number): number => open.get()?.id ?? Number(begin.run(at).lastInsertRowid),
    ),
    endNight: (night: number, at: number): void => void end.run(at, night),
    lastNight: (): number | null => last.get() ?? null,
    /** Of a night, those that are yet to be looked through. */
    nightSpaces: (night: number): NightSpace[] => spaces.all(night),

    /** New facts that say what another one says; `next` is where to go on, null at the end. Changes nothing. */
    nightDuplicates(
      name: Namespace,
      after: number | null,
      limit: number,
    ): { deeds: Deed[]; next: number | null } {
      const ids = newer.all(name, after ?? through.get(name) ?? 0, limit);
      const deeds = ids.flatMap((id) => {
        const row = rows.get(id);
        return row && mayBeTidied(row) ? duplicates(row) : [];
      });
      return { deeds, next: ids.length < limit ? null : (ids.at(-1) ?? null) };
    },

    /** Everything in a namespace by its weight, some at a time; and which history has newer history enough. */
    nightWeights(name: Namespace, after: number, limit: number, olderThan: number) {
      const found = page.all(name, after, limit);
      const compacted = found
        .filter(
          ({ id, supersededAt, pinned }) =>
            supersededAt !== null && supersededAt < olderThan && !pinned && isDeep(id) && !isTakenBack(id),
        )
        .map(({ id }): Deed => ({ what: 'compacted', fact: id }));
      const weights = found.map(({ supersededBy: _, pinned, ...one }) => ({
        ...one,
        pinned: Boolean(pinned) || isTakenBack(one.id),
      }));
      return { weights, compacted, next: found.length < limit ? null : (found.at(-1)?.id ?? null) };
    },

    /** What a night did to a namespace already, before it was cut short. */
    nightDone: (night: number, name: Namespace): number => done.get(night, name) ?? 0,

    /** Some of the deeds at once, and their journal, or none. */
    tidy: db.transaction((night: number, name: Namespace, some: readonly Deed[], at: number): void => {
      atWork.run();
      for (const deed of some) {
        if (deed.what === 'merged') merge(night, name, deed, at);
        else remove(night, name, deed.what, deed.fact);
      }
      atRest.run();
    }),

    /** A namespace is done, or too much of it would have gone. `seen`: up to where it was looked through. */
    nightAccount: db.transaction(
      (
        night: number,
        name: Namespace,
        told: { outcome: 'done' | 'refused'; facts: number; going: number; seen: number },
      ): void => {
        account.run(night, name, told.outcome, told.facts, told.going);
        if (told.outcome === 'done' && told.seen > 0) setThrough.run(name, told.seen);
      },
    ),

    nights: (names: readonly Namespace[] | undefined): NightAccount[] =>
      accounts.all().filter(({ name }) => names === undefined || names.includes(name)),

    /** All of a night in these namespaces is as it was before: how many facts. Undefined: there is nothing to take back. */
    undoNight: db.transaction(
      (night: number, names: readonly Namespace[] | undefined, at: number): number | undefined => {
        const told = accounts
          .all()
          .filter((one) => one.night === night && (names === undefined || names.includes(one.name)));
        const open = told.filter(({ undoneAt }) => undoneAt === null);
        if (open.length === 0) return undefined;
        let count = 0;
        for (const { name } of open) {
          for (const deed of deeds.all(night, name)) {
            takeBack(deed);
            takenBack.run(deed.fact, at);
            drop.run(deed.id);
            count += 1;
          }
          undone.run(at, night, name);
        }
        return count;
      },
    ),

    /** What was removed so long ago is gone for good. */
    forgetNights: (before: number): void => void forget.run(before),
  };

  function isTakenBack(id: number): boolean {
    return (wasTakenBack.get(id) ?? 0) > 0;
  }

  function isDeep(id: number): boolean {
    let at = rows.get(id);
    for (let n = 0; n < historyKept; n += 1) {
      at = at?.supersededBy == null ? undefined : rows.get(at.supersededBy);
      if (at?.supersededAt == null) return false;
    }
    return true;
  }
}

/** A statement about next week is not one about today. */
const sameTimes = (a: FactRow, b: FactRow): boolean =>
  a.validFrom === b.validFrom && a.validUntil === b.validUntil;
