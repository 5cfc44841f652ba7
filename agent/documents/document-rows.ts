/** The documents themselves: whose they are, who may see them, how far each one is. */
import type { Document } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';

/** A document with what only the agent needs to know of it. */
export interface StoredDocument extends Document {
  ownerId: number;
  sha256: string;
}

export interface NewDocument {
  ownerId: number;
  owner: string;
  scope: Document['scope'];
  name: string;
  bytes: number;
  sha256: string;
  addedAt: number;
}

export interface DocumentRow
  extends Omit<StoredDocument, 'ownerId' | 'owner' | 'addedAt' | 'progress' | 'problemCode'> {
  owner: number;
  owner_name: string;
  embedded: number;
  attempts: number;
  problem_code: Document['problemCode'];
  added_at: number;
}

/** How much of the bar reading takes; the rest is indexing. */
const readingShare = 0.2;

/** @param clear takes everything that was read from a document */
export function openDocumentRows(db: Database, clear: (id: number) => void) {
  const byId = db.prepare<[number], DocumentRow>('SELECT * FROM document WHERE id = ?');
  const visible = "(owner = ? OR scope = 'office')";
  const all = db.prepare<[number], DocumentRow>(
    `SELECT * FROM document WHERE ${visible} ORDER BY added_at DESC, id DESC`,
  );
  const one = db.prepare<[number, number], DocumentRow>(`SELECT * FROM document WHERE id = ? AND ${visible}`);
  const same = db.prepare<[number, string, string], DocumentRow>(
    'SELECT * FROM document WHERE owner = ? AND scope = ? AND sha256 = ?',
  );
  const insert = db.prepare<[number, string, string, string, number, string, number]>(
    'INSERT INTO document (owner, owner_name, scope, name, bytes, sha256, added_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const tryAgain = db.prepare<[number]>(
    "UPDATE document SET status = 'waiting', attempts = 0, kind = NULL, problem = NULL, problem_code = NULL WHERE id = ?",
  );
  const remove = db.prepare<[number]>('DELETE FROM document WHERE id = ?');
  const hashes = db.prepare<[], { sha256: string }>('SELECT DISTINCT sha256 FROM document');
  const holders = db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM document WHERE sha256 = ?');

  return {
    /** The same bytes of the same owner are one document; one that had failed is tried again. */
    add: db.transaction((document: NewDocument): StoredDocument => {
      const { ownerId, owner, scope, name, bytes, sha256, addedAt } = document;
      const known = same.get(ownerId, scope, sha256);
      if (known?.status === 'failed') tryAgain.run(known.id);
      if (!known) insert.run(ownerId, owner, scope, name, bytes, sha256, addedAt);
      const added = same.get(ownerId, scope, sha256);
      if (!added) throw new Error('a document that was just added is not there');
      return fromRow(added);
    }).immediate,

    list: (personId: number): StoredDocument[] => all.all(personId).map(fromRow),

    get(personId: number, id: number): StoredDocument | null {
      const row = one.get(id, personId);
      return row ? fromRow(row) : null;
    },

    /** Rows, words and vectors go at once; tells whether the stored file has no other holder. */
    remove: db.transaction((id: number): { lastHolder: boolean } => {
      const row = byId.get(id);
      if (!row) return { lastHolder: false };
      clear(id);
      remove.run(id);
      return { lastHolder: holders.get(row.sha256)?.n === 0 };
    }).immediate,

    /** Every stored file that must exist. */
    hashes: (): string[] => hashes.all().map((row) => row.sha256),
  };
}

export function fromRow(row: DocumentRow): StoredDocument {
  const { id, name, kind, bytes, pages, passages, scope, status, problem, sha256 } = row;
  return {
    ...{ id, name, kind, bytes, pages, passages, scope, status, problem, sha256 },
    problemCode: row.problem_code,
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
