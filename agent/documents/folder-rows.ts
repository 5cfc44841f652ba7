/** The watched folders and the files that were taken in from them. */
import type { Folder, FolderProblem } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';
import type { Access } from './access.ts';
import type { DocumentRows, Sharing } from './document-rows.ts';

export interface NewFolder extends Sharing {
  path: string;
  ownerId: number;
  owner: string;
  addedAt: number;
}

export interface StoredFolder extends Omit<Folder, 'scanning'> {
  ownerId: number;
  groupId: number | null;
  root: string | null;
}

export interface FolderFile {
  path: string;
  stamp: string;
  sha256: string;
  documentId: number;
}

/** What became of one look at a folder. */
export interface Looked {
  root: string | null;
  skipped: number;
  at: number;
  problem: FolderProblem | null;
}

interface FolderRow {
  id: number;
  path: string;
  scope: Folder['scope'];
  owner: number;
  owner_name: string;
  group_id: number | null;
  group_name: string | null;
  added_at: number;
  root: string | null;
  skipped: number;
  scanned_at: number | null;
  problem: FolderProblem | null;
  files: number;
  ready: number;
  failed: number;
}

/** A file as it was read, whole and still. */
export interface TakenFile {
  path: string;
  stamp: string;
  name: string;
  bytes: number;
  sha256: string;
  at: number;
  quotaBytes: number;
}

export interface Taken {
  /** False when the content is what it was. */
  changed: boolean;
  /** A stored file that nobody needs any more. */
  unneeded: string | null;
  /** A document that no file stands for any more. */
  leaving: number | null;
}

export function openFolderRows(db: Database, access: Access, documents: DocumentRows) {
  const columns = `f.*, (SELECT name FROM people_group WHERE id = f.group_id) AS group_name,
    (SELECT count(*) FROM folder_file WHERE folder_id = f.id) AS files,
    (SELECT count(*) FROM document WHERE folder_id = f.id AND status = 'ready' AND leaving = 0) AS ready,
    (SELECT count(*) FROM document WHERE folder_id = f.id AND status = 'failed' AND leaving = 0) AS failed`;
  const all = db.prepare<[], FolderRow>(
    `SELECT ${columns} FROM folder f WHERE f.leaving = 0 ORDER BY f.path`,
  );
  const one = db.prepare<[number], FolderRow>(
    `SELECT ${columns} FROM folder f WHERE f.id = ? AND f.leaving = 0`,
  );
  const insert = db.prepare<[string, string, number, string, number | null, number]>(
    'INSERT INTO folder (path, scope, owner, owner_name, group_id, added_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const share = db.prepare<[string, number, string, number | null, number]>(
    'UPDATE folder SET scope = ?, owner = ?, owner_name = ?, group_id = ? WHERE id = ?',
  );
  const shareDocuments = db.prepare<[string, number, string, number | null, number]>(
    'UPDATE document SET scope = ?, owner = ?, owner_name = ?, group_id = ?, refiling = 1 WHERE folder_id = ?',
  );
  const looked = db.prepare<[string | null, number, number, string | null, number]>(
    'UPDATE folder SET root = ifnull(?, root), skipped = ?, scanned_at = ?, problem = ? WHERE id = ?',
  );
  // Its place may be watched anew meanwhile.
  const leave = db.prepare<[number]>(
    "UPDATE folder SET leaving = 1, path = path || ' (' || id || ', being removed)' WHERE id = ?",
  );
  const documentsLeave = db.prepare<[number]>('UPDATE document SET leaving = 1 WHERE folder_id = ?');
  const leaving = db.prepare<[], number>('SELECT id FROM folder WHERE leaving = 1').pluck();
  const unlist = db.prepare<[number]>('DELETE FROM folder_file WHERE folder_id = ?');
  const unbind = db.prepare<[number]>('UPDATE document SET folder_id = NULL WHERE folder_id = ?');
  const remove = db.prepare<[number]>('DELETE FROM folder WHERE id = ?');
  const ofPerson = db
    .prepare<[number], number>("SELECT id FROM folder WHERE owner = ? AND scope = 'mine' AND leaving = 0")
    .pluck();
  const files = db.prepare<[number], FolderFile>(
    'SELECT path, stamp, sha256, document_id AS documentId FROM folder_file WHERE folder_id = ? ORDER BY path',
  );
  const keep = db.prepare<[number, string, string, string, number]>(
    'INSERT OR REPLACE INTO folder_file VALUES (?, ?, ?, ?, ?)',
  );
  const drop = db.prepare<[number, string]>('DELETE FROM folder_file WHERE folder_id = ? AND path = ?');
  const isListed = db.prepare<[number], unknown>('SELECT 1 FROM folder_file WHERE document_id = ? LIMIT 1');
  const remaining = db
    .prepare<[number], string>('SELECT path FROM folder_file WHERE document_id = ? ORDER BY path LIMIT 1')
    .pluck();
  const documentLeaves = db.prepare<[number]>('UPDATE document SET leaving = 1 WHERE id = ?');

  const fileAt = db.prepare<[number, string], FolderFile>(
    'SELECT path, stamp, sha256, document_id AS documentId FROM folder_file WHERE folder_id = ? AND path = ?',
  );
  const listed = db
    .prepare<[number], number>('SELECT count(*) FROM folder_file WHERE document_id = ?')
    .pluck();
  const holds = db.prepare<[number, string], unknown>(
    'SELECT 1 FROM document WHERE folder_id = ? AND sha256 = ? AND leaving = 0',
  );

  /** The document goes when no file stands for it any more. */
  const letGo = (documentId: number): number | null => {
    if (isListed.get(documentId)) return null;
    documentLeaves.run(documentId);
    return documentId;
  };

  const mustGet = (id: number): StoredFolder => {
    const row = one.get(id);
    if (!row) throw new Refusal('not-found', 'There is no such folder (any more).');
    return fromRow(row);
  };

  return {
    listFolders: (): StoredFolder[] => all.all().map(fromRow),
    folder: (id: number): StoredFolder | null => {
      const row = one.get(id);
      return row ? fromRow(row) : null;
    },

    addFolder: db.transaction(
      ({ path, scope, groupId = null, ownerId, owner, addedAt }: NewFolder): StoredFolder => {
        if (groupId !== null) access.group(groupId);
        const near = all.all().find((one) => isWithin(one.path, path) || isWithin(path, one.path));
        if (near)
          throw new Refusal(
            'conflict',
            near.path === path
              ? 'This folder is watched already.'
              : `The folder ${near.path} is watched already, and one lies within the other; choose another.`,
          );
        return mustGet(Number(insert.run(path, scope, ownerId, owner, groupId, addedAt).lastInsertRowid));
      },
    ).immediate,

    /** All its documents are shared anew. */
    shareFolder: db.transaction(
      (id: number, { scope, groupId = null }: Sharing, ownerId: number, owner: string): StoredFolder => {
        mustGet(id);
        if (groupId !== null) access.group(groupId);
        share.run(scope, ownerId, owner, groupId, id);
        shareDocuments.run(scope, ownerId, owner, groupId, id);
        return mustGet(id);
      },
    ).immediate,

    folderLooked(id: number, { root, skipped, at, problem }: Looked): void {
      looked.run(root, skipped, at, problem, id);
    },

    /** Nobody sees it or its documents any more; they go piece by piece. */
    leaveFolder: db.transaction((id: number): void => {
      leave.run(id);
      documentsLeave.run(id);
      unlist.run(id);
    }).immediate,
    leavingFolders: (): number[] => leaving.all(),
    foldersOf: (personId: number): number[] => ofPerson.all(personId),
    removeFolder: db.transaction((id: number): void => {
      unbind.run(id);
      remove.run(id);
    }).immediate,

    folderFiles: (id: number): FolderFile[] => files.all(id),

    /**
     * What a file holds now. A content that the folder has already, under another name, stays the document that it is:
     * so a file that was moved is not read again. One that stands alone for its document becomes its next version.
     */
    takeFile: db.transaction((folderId: number, file: TakenFile): Taken | null => {
      const row = one.get(folderId);
      if (!row) return null;
      const { path, stamp, name, bytes, sha256, at, quotaBytes } = file;
      const before = fileAt.get(folderId, path);
      if (before?.sha256 === sha256) {
        keep.run(folderId, path, stamp, sha256, before.documentId);
        return { changed: false, unneeded: null, leaving: null };
      }
      const isAlone = before !== undefined && listed.get(before.documentId) === 1;
      if (isAlone && !holds.get(folderId, sha256)) {
        const version = { name, bytes, sha256, at, quotaBytes, by: row.path };
        const { document, unneeded } = documents.replace(before.documentId, version);
        keep.run(folderId, path, stamp, sha256, document.id);
        return { changed: true, unneeded, leaving: null };
      }
      const document = documents.add({
        ...{ name, bytes, sha256, quotaBytes, folderId, addedAt: at },
        ...{ ownerId: row.owner, owner: row.owner_name, scope: row.scope, groupId: row.group_id },
      });
      keep.run(folderId, path, stamp, sha256, document.id);
      return { changed: true, unneeded: null, leaving: before ? letGo(before.documentId) : null };
    }).immediate,

    /** The file is not there any more; tells which document goes with it. */
    dropFile: db.transaction((folderId: number, { path, documentId }: FolderFile): number | null => {
      drop.run(folderId, path);
      const left = remaining.get(documentId);
      if (left !== undefined) documents.rename(documentId, left.slice(left.lastIndexOf('/') + 1));
      return letGo(documentId);
    }).immediate,
  };
}

function fromRow(row: FolderRow): StoredFolder {
  const { id, path, scope, root, skipped, problem, files, ready, failed } = row;
  return {
    ...{ id, path, scope, root, skipped, problem, files, ready, failed },
    group: row.group_id === null ? null : { id: row.group_id, name: row.group_name ?? '' },
    groupId: row.group_id,
    owner: row.owner_name,
    ownerId: row.owner,
    addedAt: row.added_at,
    scannedAt: row.scanned_at,
  };
}

/** Whether `path` is `folder` or lies in it. */
export const isWithin = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
