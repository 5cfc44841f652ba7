/** A fact as a row: reading it back, and listing what a person may see. */
import { createHash } from 'node:crypto';
import type { Fact, FactScope } from '@rockpool/protocol/memory';
import type { Database } from '../store/sqlite.ts';
import { seenBy, type Visible } from './visible.ts';

export type Origin = 'person' | 'admin' | 'import';

export interface FactRow extends Fact {
  owner: number;
  subject: string | null;
  /** 1 when it has a vector of today's embedder. */
  embedded: 0 | 1;
}

/** What is written of a fact; the rest follows from it. */
export interface FactDraft {
  owner: number;
  saidBy: string;
  scope: FactScope;
  text: string;
  /** What it says something about, when a newer statement about that replaces it. */
  subject: string | null;
  saidAt: number;
  sessionId: string | null;
  messageId: number | null;
  origin: Origin;
}

export interface Listing {
  scope?: FactScope | undefined;
  history?: boolean | undefined;
  /** Only these, by id. */
  ids?: readonly number[] | undefined;
  /** Only older than this id. */
  before?: number | undefined;
  limit: number;
}

const columns =
  'id, owner, text, scope, subject, embedded, said_by AS saidBy, said_at AS saidAt, session_id AS sessionId, ' +
  'message_id AS messageId, superseded_by AS supersededBy, superseded_at AS supersededAt';

/** Letter for letter: `Hunter2` and `hunter2` are two passwords. */
export const hashOf = (text: string): string =>
  createHash('sha256').update(text.normalize('NFC')).digest('hex');

export type FactRows = ReturnType<typeof openFactRows>;

export function openFactRows(db: Database) {
  const select = <A extends unknown[]>(rest: string) =>
    db.prepare<A, FactRow>(`SELECT ${columns} FROM fact ${rest}`);
  const insert = db.prepare<FactDraft & { hash: string }>(`
    INSERT INTO fact (owner, said_by, scope, text, hash, subject, said_at, session_id, message_id, origin)
    VALUES (@owner, @saidBy, @scope, @text, @hash, @subject, @saidAt, @sessionId, @messageId, @origin)`);
  const byId = select<[number]>('WHERE id = ?');
  const seen = select<[number, Visible, Visible]>('WHERE id = ? AND reaches IN (?, ?)');
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
  const own = db.prepare<[Visible], number>('SELECT id FROM fact WHERE reaches = ?').pluck();
  const move = db.prepare<[FactScope, number, Origin, number]>(
    'UPDATE fact SET scope = ?, owner = ?, origin = ?, embedded = 0 WHERE id = ?',
  );
  const orphan = db.prepare<[number]>('UPDATE fact SET owner = 0 WHERE owner = ?');
  const mark = db.prepare<[number]>('UPDATE fact SET embedded = 1 WHERE id = ?');
  const unembedded = select<[number]>('WHERE embedded = 0 AND superseded_at IS NULL ORDER BY id LIMIT ?');

  return {
    insert: (draft: FactDraft): number =>
      Number(insert.run({ ...draft, hash: hashOf(draft.text) }).lastInsertRowid),
    get: (id: number): FactRow | undefined => byId.get(id),
    /** Undefined for what is another's, as for what never was. */
    seen: (personId: number, id: number): FactRow | undefined => {
      const [mine, office] = seenBy(personId);
      return mine && office ? seen.get(id, mine, office) : undefined;
    },
    sameText: (reaches: Visible, text: string): FactRow[] => sameText.all(reaches, hashOf(text)),
    sameSubject: (reaches: Visible, subject: string): FactRow[] => sameSubject.all(reaches, subject),
    supersede: (id: number, by: number | null, at: number): void => void supersede.run(by, at, id),
    /** The fact and all that it replaced, however long ago. */
    chain: (id: number): number[] => chain.all(id),
    relink: (from: number, to: number | null): void => void relink.run(to, from),
    remove: (id: number): void => void remove.run(id),
    idsReaching: (reaches: Visible): number[] => own.all(reaches),
    move: (id: number, scope: FactScope, owner: number, origin: Origin): void =>
      void move.run(scope, owner, origin, id),
    /** What a person gave to the office outlives their account. */
    orphan: (owner: number): void => void orphan.run(owner),
    mark: (id: number): void => void mark.run(id),
    unembedded: (limit: number): FactRow[] => unembedded.all(limit),
    /** Newest first. */
    list(reaches: readonly Visible[], { scope, history, ids, before, limit }: Listing): FactRow[] {
      return db
        .prepare<unknown[], FactRow>(`
          SELECT ${columns} FROM fact
          WHERE reaches IN (SELECT value FROM json_each(?))
            ${ids ? 'AND id IN (SELECT value FROM json_each(?))' : ''}
            ${history ? '' : 'AND superseded_at IS NULL'} ${scope ? 'AND scope = ?' : ''} AND id < ?
          ORDER BY id DESC LIMIT ?`)
        .all(
          JSON.stringify(reaches),
          ...(ids ? [JSON.stringify(ids)] : []),
          ...(scope ? [scope] : []),
          before ?? Number.MAX_SAFE_INTEGER,
          limit,
        );
    },
  };
}

/** What leaves the room. */
export function toFact(row: FactRow): Fact {
  const { id, text, scope, saidBy, saidAt, sessionId, messageId, supersededBy, supersededAt } = row;
  return { id, text, scope, saidBy, saidAt, sessionId, messageId, supersededBy, supersededAt };
}
