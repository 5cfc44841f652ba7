/** The documents themselves: whose they are, who may see them, which versions they had, how far each one is. */
import type { Document, DocumentVersion } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';
import type { Access } from './access.ts';

/** A document with what only the agent needs to know of it. */
export interface StoredDocument extends Document {
  ownerId: number;
  sha256: string;
  /** Which reading of it counts. */
  generation: number;
  folderId: number | null;
}

/** Whom a document is shared with. */
export interface Sharing {
  scope: Document['scope'];
  groupId?: number | null;
}

export interface NewDocument extends Sharing {
  ownerId: number;
  owner: string;
  name: string;
  bytes: number;
  sha256: string;
  addedAt: number;
  folderId?: number | null;
  /** What all documents of the same space may take together. */
  quotaBytes?: number;
}

export interface NewVersion {
  name: string;
  bytes: number;
  sha256: string;
  by: string;
  at: number;
  quotaBytes?: number;
}

export interface DocumentRow {
  id: number;
  owner: number;
  owner_name: string;
  scope: Document['scope'];
  group_id: number | null;
  group_name: string | null;
  folder_id: number | null;
  folder_path: string | null;
  name: string;
  kind: Document['kind'];
  bytes: number;
  sha256: string;
  pages: number | null;
  passages: number;
  embedded: number;
  attempts: number;
  status: Document['status'];
  problem: string | null;
  problem_code: Document['problemCode'];
  added_at: number;
  version: number;
  generation: number;
  visible: string;
}

export const documentColumns = `d.*,
  (SELECT name FROM people_group WHERE id = d.group_id) AS group_name,
  (SELECT path FROM folder WHERE id = d.folder_id) AS folder_path`;

/** How much of the bar reading takes; the rest is indexing. */
const readingShare = 0.2;

const asNew = `status = 'waiting', attempts = 0, kind = NULL, problem = NULL, problem_code = NULL`;

export type DocumentRows = ReturnType<typeof openDocumentRows>;

export function openDocumentRows(db: Database, access: Access) {
  const select = <A extends unknown[]>(rest: string) =>
    db.prepare<A, DocumentRow>(`SELECT ${documentColumns} FROM document d ${rest}`);
  const seen = 'd.leaving = 0 AND d.visible IN (SELECT value FROM json_each(?))';
  const all = select<[string]>(`WHERE ${seen} ORDER BY d.added_at DESC, d.id DESC`);
  const one = select<[number, string]>(`WHERE d.id = ? AND ${seen}`);
  const byId = select<[number]>('WHERE d.id = ?');
  const same = db
    .prepare<[number, string, number | null, number | null, string], number>(
      `SELECT id FROM document WHERE owner = ? AND scope = ? AND group_id IS ? AND folder_id IS ? AND sha256 = ?
       AND leaving = 0 ORDER BY id LIMIT 1`,
    )
    .pluck();
  const insert = db.prepare<
    [number, string, string, number | null, number | null, string, number, string, number]
  >(
    `INSERT INTO document (owner, owner_name, scope, group_id, folder_id, name, bytes, sha256, added_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const used = db
    .prepare<[string], number>('SELECT ifnull(sum(bytes), 0) FROM document WHERE visible = ?')
    .pluck();
  const note = db.prepare<[number, number, string, number, string, string, number]>(
    'INSERT INTO document_version VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const history = db.prepare<[number], DocumentVersion>(
    'SELECT version, name, bytes, sha256, by, at FROM document_version WHERE document_id = ? ORDER BY version DESC',
  );
  const tryAgain = db.prepare<[number]>(`UPDATE document SET ${asNew} WHERE id = ?`);
  const replace = db.prepare<[string, number, string, number]>(
    `UPDATE document SET name = ?, bytes = ?, sha256 = ?, version = version + 1, generation = generation + 1, ${asNew}
     WHERE id = ?`,
  );
  const rename = db.prepare<[string, number]>('UPDATE document SET name = ? WHERE id = ?');
  const share = db.prepare<[string, number | null, number]>(
    'UPDATE document SET scope = ?, group_id = ?, refiling = 1 WHERE id = ?',
  );
  const hashes = db.prepare<[], { sha256: string }>('SELECT DISTINCT sha256 FROM document');
  const holders = db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM document WHERE sha256 = ?');

  const spaces = (personId: number): string => JSON.stringify(access.spacesOf(personId));
  const mustGet = (id: number): DocumentRow => {
    const row = byId.get(id);
    if (!row) throw new Error('a document that was just written is not there');
    return row;
  };
  /** After the write, so that what is counted is what is there; the transaction takes it back when it is too much. */
  const demandRoom = (id: number, quotaBytes: number | undefined): void => {
    const { visible, bytes } = mustGet(id);
    if (quotaBytes === undefined || bytes === 0 || (used.get(visible) ?? 0) <= quotaBytes) return;
    throw new Refusal(
      'quota-reached',
      `The documents there may take ${megabytes(quotaBytes)} together, and this one would exceed it; delete some first.`,
    );
  };

  return {
    /** The same bytes of the same owner, shared with the same people, are one document; one that had failed is tried again. */
    add: db.transaction((document: NewDocument): StoredDocument => {
      const {
        ownerId,
        owner,
        scope,
        groupId = null,
        folderId = null,
        name,
        bytes,
        sha256,
        addedAt,
      } = document;
      if (groupId !== null) access.group(groupId);
      const known = same.get(ownerId, scope, groupId, folderId, sha256);
      if (known !== undefined) {
        if (mustGet(known).status === 'failed') tryAgain.run(known);
        return fromRow(mustGet(known));
      }
      const row = insert.run(ownerId, owner, scope, groupId, folderId, name, bytes, sha256, addedAt);
      const id = Number(row.lastInsertRowid);
      note.run(id, 1, name, bytes, sha256, owner, addedAt);
      demandRoom(id, document.quotaBytes);
      return fromRow(mustGet(id));
    }).immediate,

    /**
     * Another content under the same id. What the content before says stays findable until this one is read.
     * @returns also the file that nobody needs any more
     */
    replace: db.transaction((id: number, { name, bytes, sha256, by, at, quotaBytes }: NewVersion) => {
      const before = byId.get(id);
      if (!before) throw new Refusal('not-found', 'There is no such document; it may have been deleted.');
      if (before.sha256 === sha256) {
        if (before.name !== name) rename.run(name, id);
        if (before.status === 'failed') tryAgain.run(id);
        return { document: fromRow(mustGet(id)), unneeded: null };
      }
      replace.run(name, bytes, sha256, id);
      note.run(id, before.version + 1, name, bytes, sha256, by, at);
      if (bytes > before.bytes) demandRoom(id, quotaBytes);
      const isHeld = (holders.get(before.sha256)?.n ?? 0) > 0;
      return { document: fromRow(mustGet(id)), unneeded: isHeld ? null : before.sha256 };
    }).immediate,

    rename(id: number, name: string): void {
      rename.run(name, id);
    },

    /** From the next question on, others or fewer see it; its passages are filed anew in the background. */
    share: db.transaction((id: number, { scope, groupId = null }: Sharing): StoredDocument => {
      if (groupId !== null) access.group(groupId);
      share.run(scope, groupId, id);
      return fromRow(mustGet(id));
    }).immediate,

    list: (personId: number): StoredDocument[] => all.all(spaces(personId)).map(fromRow),

    get(personId: number, id: number): StoredDocument | null {
      const row = one.get(id, spaces(personId));
      return row ? fromRow(row) : null;
    },

    /** Newest first. */
    versions: (id: number): DocumentVersion[] => history.all(id),

    /** Every stored file that must exist. */
    hashes: (): string[] => hashes.all().map((row) => row.sha256),
    isHeld: (sha256: string): boolean => (holders.get(sha256)?.n ?? 0) > 0,
  };
}

export function fromRow(row: DocumentRow): StoredDocument {
  const { id, name, kind, bytes, pages, passages, scope, status, problem, sha256, version, generation } = row;
  return {
    ...{ id, name, kind, bytes, pages, passages, scope, status, problem, sha256, version, generation },
    problemCode: row.problem_code,
    group: row.group_id === null ? null : { id: row.group_id, name: row.group_name ?? '' },
    folder: row.folder_path,
    folderId: row.folder_id,
    owner: row.owner_name,
    ownerId: row.owner,
    addedAt: row.added_at,
    progress: progressOf(row),
  };
}

function progressOf({ status, passages, embedded }: DocumentRow): number {
  if (status === 'ready') return 1;
  return status === 'indexing' ? readingShare + (1 - readingShare) * (embedded / Math.max(1, passages)) : 0;
}

/** The bar's place while a document is read; the table does not hold that, it changes too often. */
export const readingProgress = (read: number): number => readingShare * read;

const megabytes = (bytes: number): string =>
  bytes >= 1e9 ? `${Math.round(bytes / 1e9)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
