/** A fact as a row: reading it back, and listing what a person may see. */
import { createHash } from 'node:crypto';
import type { Evidence, Fact, FactKind, FactOrigin, FactScope, FullFact } from '@rockpool/protocol/memory';
import type { Database } from '../store/sqlite.ts';
import { conditionOf, type Narrowed } from './fact-filter.ts';
import { type Namespace, namespaceFor, type Reaching, type Visible } from './visible.ts';

export type Origin = FactOrigin;

export interface FactRow extends Omit<FullFact, 'pinned' | 'evidence' | 'groupId'> {
  owner: number;
  groupId: number | null;
  subject: string | null;
  pinned: 0 | 1;
  /** 1 when it has a vector of today's embedder. */
  embedded: 0 | 1;
}

/** What is written of a fact; the rest follows from it. */
export interface FactDraft {
  owner: number;
  saidBy: string;
  scope: FactScope;
  /** When the scope is `group`. */
  groupId?: number | null | undefined;
  text: string;
  /** What it says something about, when a newer statement about that replaces it. */
  subject: string | null;
  saidAt: number;
  sessionId: string | null;
  messageId: number | null;
  origin: Origin;
  /** Left out: a fact. */
  kind?: FactKind | undefined;
  /** Left out: when it was said. */
  recordedAt?: number | undefined;
  /** Since and until when it holds in the world; left out: nobody said. */
  validFrom?: number | null | undefined;
  validUntil?: number | null | undefined;
  /** 0 to 1; left out: .5. */
  importance?: number | undefined;
  pinned?: boolean | undefined;
  /** It came in a file. */
  imported?: boolean | undefined;
  /** Other messages that it was said in. */
  evidence?: readonly Evidence[] | undefined;
}

export interface Listing extends Narrowed {
  history?: boolean | undefined;
  /** Only these, by id. */
  ids?: readonly number[] | undefined;
  /** Only older than this id. */
  before?: number | undefined;
  limit: number;
}

const columns =
  "id, owner, text, iif(group_id IS NULL, scope, 'group') AS scope, group_id AS groupId, subject, " +
  'embedded, said_by AS saidBy, said_at AS saidAt, session_id AS sessionId, ' +
  'message_id AS messageId, superseded_by AS supersededBy, superseded_at AS supersededAt, origin, kind, ' +
  'recorded_at AS recordedAt, valid_from AS validFrom, valid_until AS validUntil, importance, pinned, uses, ' +
  'last_used_at AS lastUsedAt';

/** Letter for letter: `Hunter2` and `hunter2` are two passwords. */
export const hashOf = (text: string): string =>
  createHash('sha256').update(text.normalize('NFC')).digest('hex');

export type FactRows = ReturnType<typeof openFactRows>;

export function openFactRows(db: Database) {
  const select = <A extends unknown[]>(rest: string) =>
    db.prepare<A, FactRow>(`SELECT ${columns} FROM fact ${rest}`);
  const insert = db.prepare<Written>(`
    INSERT INTO fact (owner, said_by, scope, group_id, text, hash, kind, subject, said_at, recorded_at, valid_from, valid_until,
                      session_id, message_id, origin, imported, importance, pinned)
    VALUES (@owner, @saidBy, @scope, @groupId, @text, @hash, @kind, @subject, @saidAt, @recordedAt, @validFrom, @validUntil,
            @sessionId, @messageId, @origin, @imported, @importance, @pinned)`);
  const addEvidence = db.prepare<[number, string, number, number]>(
    'INSERT OR IGNORE INTO evidence (fact, session_id, message_id, said_at) VALUES (?, ?, ?, ?)',
  );
  const evidence = db.prepare<[string], Evidence & { fact: number }>(`
    SELECT fact, session_id AS sessionId, message_id AS messageId, said_at AS at FROM evidence
    WHERE fact IN (SELECT value FROM json_each(?)) ORDER BY fact, said_at, message_id`);
  const end = db.prepare<{ id: number; at: number }>(
    'UPDATE fact SET valid_until = min(coalesce(valid_until, @at), @at) WHERE id = @id',
  );
  const ended = select<[number, number]>(
    'WHERE valid_until <= ? AND superseded_at IS NULL ORDER BY valid_until LIMIT ?',
  );
  const anyEnded = db.prepare<[number], unknown>(
    'SELECT 1 FROM fact WHERE valid_until <= ? AND superseded_at IS NULL LIMIT 1',
  );
  const confirm = db.prepare<[number, number]>(
    "UPDATE fact SET origin = 'owner', confirmed_by = ? WHERE id = ?",
  );
  const sayAgain = db.prepare<[number, number]>('UPDATE fact SET said_at = max(said_at, ?) WHERE id = ?');
  const pin = db.prepare<[0 | 1, number]>('UPDATE fact SET pinned = ? WHERE id = ?');
  const byId = select<[number]>('WHERE id = ?');
  const byIds = select<[string]>('WHERE id IN (SELECT value FROM json_each(?))');
  const replacedBy = select<[string]>(
    'WHERE superseded_by IN (SELECT value FROM json_each(?)) ORDER BY superseded_at, id',
  );
  const sameText = select<[Visible, string]>('WHERE reaches = ? AND hash = ? ORDER BY id DESC');
  const sameSubject = select<[Visible, string]>(
    'WHERE reaches = ? AND subject = ? AND superseded_at IS NULL ORDER BY id',
  );
  const supersede = db.prepare<[number | null, number, number]>(
    'UPDATE fact SET superseded_by = ?, superseded_at = ?, embedded = 0 WHERE id = ?',
  );
  const chain = db
    .prepare<[number], number>(`
      WITH RECURSIVE behind (id) AS (
        VALUES (?) UNION SELECT f.id FROM fact f JOIN behind b ON f.superseded_by = b.id
      ) SELECT id FROM behind`)
    .pluck();
  const relink = db.prepare<[number | null, number]>(
    'UPDATE fact SET superseded_by = ? WHERE superseded_by = ?',
  );
  const remove = db.prepare<[number]>('DELETE FROM fact WHERE id = ?');
  const removeReaching = db.prepare<[Visible]>('DELETE FROM fact WHERE reaches = ?');
  const countCurrent = db.prepare<[Visible], number>('SELECT current FROM namespace WHERE name = ?').pluck();
  const own = db.prepare<[Visible], number>('SELECT id FROM fact WHERE reaches = ?').pluck();
  // Whoever moves it vouches for it.
  const move = db.prepare<[string, number | null, number, number, number]>(
    "UPDATE fact SET scope = ?, group_id = ?, owner = ?, origin = 'owner', confirmed_by = ?, embedded = 0 WHERE id = ?",
  );
  const leave = db.prepare<[number]>('UPDATE fact SET group_id = NULL, embedded = 0 WHERE id = ?');
  const ownerlessIn = db
    .prepare<[Visible], number>('SELECT id FROM fact WHERE reaches = ? AND owner = 0')
    .pluck();
  const removeOwnerless = db.prepare<[Visible]>('DELETE FROM fact WHERE reaches = ? AND owner = 0');
  const held = db.prepare<[Visible], { owner: number; facts: number; bytes: number }>(
    'SELECT owner, count(*) AS facts, sum(octet_length(text)) AS bytes FROM fact WHERE reaches = ? AND owner <> 0 GROUP BY owner',
  );
  const orphan = db.prepare<[number]>('UPDATE fact SET owner = 0 WHERE owner = ?');
  const mark = db.prepare<[number]>('UPDATE fact SET embedded = 1 WHERE id = ?');
  const unembedded = select<[number]>(
    "WHERE embedded = 0 AND superseded_at IS NULL AND origin <> 'untrusted' ORDER BY id LIMIT ?",
  );
  const following = select<[number]>('WHERE id > ? ORDER BY id LIMIT 1000');
  const countUnembedded = db
    .prepare<[], number>(
      "SELECT count(*) FROM fact WHERE embedded = 0 AND superseded_at IS NULL AND origin <> 'untrusted'",
    )
    .pluck();

  return {
    insert(draft: FactDraft): number {
      const id = Number(insert.run(writtenOf(draft)).lastInsertRowid);
      for (const one of evidenceOf(draft)) addEvidence.run(id, one.sessionId, one.messageId, one.at);
      return id;
    },
    /** The messages that it was said in, once more. */
    addEvidence(id: number, messages: readonly Evidence[]): void {
      for (const one of messages) addEvidence.run(id, one.sessionId, one.messageId, one.at);
    },
    /** By fact, oldest first. */
    evidence(ids: readonly number[]): Map<number, Evidence[]> {
      const found = new Map<number, Evidence[]>();
      for (const { fact, ...message } of evidence.all(JSON.stringify(ids))) {
        found.set(fact, [...(found.get(fact) ?? []), message]);
      }
      return found;
    },
    /** From then on it no longer holds in the world, unless it ended before. */
    end: (id: number, at: number): void => void end.run({ id, at }),
    /** Current facts that no longer hold at `at`. */
    ended: (at: number, limit: number): FactRow[] => ended.all(at, limit),
    anyEnded: (at: number): boolean => anyEnded.get(at) !== undefined,
    /** A person has read what others wrote, and it is true. */
    confirm: (id: number, by: number): void => void confirm.run(by, id),
    /** It was said once more: of two that disagree it is the newer; `recordedAt` keeps when it was first. */
    sayAgain: (id: number, at: number): void => void sayAgain.run(at, id),
    pin: (id: number, pinned: boolean): void => void pin.run(pinned ? 1 : 0, id),
    get: (id: number): FactRow | undefined => byId.get(id),
    /** Those that there are, by id: one statement takes a third of what as many take. */
    some: (ids: readonly number[]): Map<number, FactRow> =>
      new Map(byIds.all(JSON.stringify(ids)).map((row) => [row.id, row])),
    /** Undefined for what is another's, as for what never was. */
    seen: (visible: readonly Namespace[], id: number): FactRow | undefined => {
      const row = byId.get(id);
      return row && visible.includes(namespaceFor(row)) ? row : undefined;
    },
    /** What each of them replaced last. */
    lastReplaced: (ids: readonly number[]): Map<number | null, FactRow> =>
      new Map(replacedBy.all(JSON.stringify(ids)).map((row) => [row.supersededBy, row])),
    sameText: (reaches: Visible, text: string): FactRow[] => sameText.all(reaches, hashOf(text)),
    sameSubject: (reaches: Visible, subject: string): FactRow[] => sameSubject.all(reaches, subject),
    supersede: (id: number, by: number | null, at: number): void => void supersede.run(by, at, id),
    /** The fact and all that it replaced, however long ago. */
    chain: (id: number): number[] => chain.all(id),
    relink: (from: number, to: number | null): void => void relink.run(to, from),
    remove: (id: number): void => void remove.run(id),
    removeReaching: (reaches: Visible): void => void removeReaching.run(reaches),
    countCurrent: (reaches: Visible): number => countCurrent.get(reaches) ?? 0,
    idsReaching: (reaches: Visible): number[] => own.all(reaches),
    move(id: number, to: Reaching): void {
      const { scope, groupId } = storedScope(to);
      move.run(scope, groupId, to.owner, to.owner, id);
    },
    /** From its group to its owner; whose word it is stays. */
    leaveGroup: (id: number): void => void leave.run(id),
    ownerlessIn: (reaches: Visible): number[] => ownerlessIn.all(reaches),
    removeOwnerless: (reaches: Visible): void => void removeOwnerless.run(reaches),
    /** How much of it is whose. */
    heldIn: (reaches: Visible): { owner: number; facts: number; bytes: number }[] => held.all(reaches),
    /** What a person gave to the office outlives their account. */
    orphan: (owner: number): void => void orphan.run(owner),
    mark: (id: number): void => void mark.run(id),
    /** One after the other, a thousand in memory; other things may be written meanwhile. */
    *all(): Generator<FactRow> {
      for (let last = 0; ; ) {
        const page = following.all(last);
        if (page.length === 0) return;
        yield* page;
        last = page.at(-1)?.id ?? last;
      }
    },
    countUnembedded: (): number => countUnembedded.get() ?? 0,
    unembedded: (limit: number): FactRow[] => unembedded.all(limit),
    /** Newest first. */
    list(reaches: readonly Visible[], { history, ids, before, limit, ...narrowed }: Listing): FactRow[] {
      const { condition, values } = conditionOf(narrowed);
      return db
        .prepare<unknown[], FactRow>(`
          SELECT ${columns} FROM fact f
          WHERE reaches IN (SELECT value FROM json_each(?))
            ${ids ? 'AND id IN (SELECT value FROM json_each(?))' : ''}
            ${history ? '' : 'AND superseded_at IS NULL'} AND ${condition} AND id < ?
          ORDER BY id DESC LIMIT ?`)
        .all(
          JSON.stringify(reaches),
          ...(ids ? [JSON.stringify(ids)] : []),
          ...values,
          before ?? Number.MAX_SAFE_INTEGER,
          limit,
        );
    },
  };
}

/** To the table a fact of a group is one of its owner's, with a group. */
const storedScope = ({ scope, groupId }: Pick<Reaching, 'scope' | 'groupId'>) =>
  scope === 'group' ? { scope: 'mine' as const, groupId: groupId ?? null } : { scope, groupId: null };

interface Written extends Omit<FactDraft, 'pinned' | 'imported' | 'evidence'> {
  hash: string;
  pinned: 0 | 1;
  imported: 0 | 1;
}

const writtenOf = ({ evidence: _, ...draft }: FactDraft): Written => ({
  ...draft,
  ...storedScope(draft),
  hash: hashOf(draft.text),
  kind: draft.kind ?? 'fact',
  recordedAt: draft.recordedAt ?? draft.saidAt,
  validFrom: draft.validFrom ?? null,
  validUntil: draft.validUntil ?? null,
  importance: draft.importance ?? 0.5,
  pinned: draft.pinned ? 1 : 0,
  imported: draft.imported ? 1 : 0,
});

/** The message that a draft came from, and the others that it was said in. */
export function evidenceOf({ sessionId, messageId, saidAt, evidence = [] }: FactDraft): Evidence[] {
  const own = sessionId === null || messageId === null ? [] : [{ sessionId, messageId, at: saidAt }];
  return [...own, ...evidence];
}

/** It holds in the world at that moment, as far as anybody said. */
export const holdsAt = (row: Pick<FactRow, 'validFrom' | 'validUntil'>, at: number): boolean =>
  (row.validFrom ?? at) <= at && (row.validUntil === null || at < row.validUntil);

/** What a message carries of it. */
export function toFact(row: FactRow): Fact {
  const { id, text, scope, groupId, saidBy, saidAt, sessionId, messageId, supersededBy, supersededAt } = row;
  const fact = { id, text, scope, saidBy, saidAt, sessionId, messageId, supersededBy, supersededAt };
  return groupId === null ? fact : { ...fact, groupId };
}

/** All that is known of it. */
export function toFullFact(row: FactRow, evidence: readonly Evidence[]): FullFact {
  const { origin, kind, recordedAt, validFrom, validUntil, importance, pinned, uses, lastUsedAt } = row;
  return {
    ...toFact(row),
    ...{ origin, kind, recordedAt, validFrom, validUntil, importance, uses, lastUsedAt },
    pinned: pinned === 1,
    evidence: [...evidence],
  };
}
