/** Deletes documents and files them anew, piece by piece, so that nobody's question waits for a whole book. */
import type { Database } from '../store/sqlite.ts';
import { tokensOf } from './document-reading.ts';
import type { PassageVectors } from './passage-vectors.ts';
import type { PassageWords } from './passage-words.ts';

/** Of the file, given back to the disk in one call. */
const pagesAtOnce = 256;

export function openDocumentRemoval(db: Database, words: PassageWords, vectors: PassageVectors) {
  const leave = db.prepare<[number]>('UPDATE document SET leaving = 1 WHERE id = ?');
  const leaving = db.prepare<[], number>('SELECT id FROM document WHERE leaving = 1 ORDER BY id').pluck();
  const some = db
    .prepare<[number, number], number>('SELECT id FROM passage WHERE document_id = ? LIMIT ?')
    .pluck();
  const count = db.prepare<[number], number>('SELECT count(*) FROM passage WHERE document_id = ?').pluck();
  const deletePassages = db.prepare<[string]>(
    'DELETE FROM passage WHERE id IN (SELECT value FROM json_each(?))',
  );
  const sha256Of = db.prepare<[number], string>('SELECT sha256 FROM document WHERE id = ?').pluck();
  const remove = db.prepare<[number]>('DELETE FROM document WHERE id = ?');
  const holders = db.prepare<[string], number>('SELECT count(*) FROM document WHERE sha256 = ?').pluck();
  const toRefile = db.prepare<[], { id: number; visible: string; passages: number }>(
    'SELECT id, visible, passages FROM document WHERE refiling = 1 AND leaving = 0 LIMIT 1',
  );
  const misfiled = db
    .prepare<[number, string, number], number>(
      'SELECT id FROM passage WHERE document_id = ? AND visible <> ? LIMIT ?',
    )
    .pluck();
  const refile = db.prepare<[string, string]>(
    'UPDATE passage SET visible = ? WHERE id IN (SELECT value FROM json_each(?))',
  );
  const filed = db.prepare<[number]>('UPDATE document SET refiling = 0 WHERE id = ?');

  const removePassages = (ids: readonly number[], of: number): void => {
    vectors.remove(ids);
    words.remove(ids, of);
    deletePassages.run(JSON.stringify(ids));
  };
  const removeSome = (id: number, limit: number): boolean => {
    const ids = some.all(id, limit);
    if (ids.length > 0) removePassages(ids, count.get(id) ?? 0);
    return ids.length === limit;
  };

  return {
    removePassages,

    rows: {
      /** Nobody sees it any more; the rest of it goes piece by piece, after a power cut as well. */
      leave(id: number): void {
        leave.run(id);
      },
      leaving: (): number[] => leaving.all(),

      /** Takes some passages with their words and vectors; tells whether there may be more. */
      removeSome: db.transaction(removeSome).immediate,

      /** The rest at once; tells which stored file nobody needs any more. */
      remove: db.transaction((id: number): { unneeded: string | null } => {
        while (removeSome(id, 100)) {}
        const sha256 = sha256Of.get(id);
        remove.run(id);
        return { unneeded: sha256 !== undefined && holders.get(sha256) === 0 ? sha256 : null };
      }).immediate,

      /** Files some passages under those who may see them now; tells whether there is more to do. */
      refileSome: db.transaction((limit: number): boolean => {
        const document = toRefile.get();
        if (!document) return false;
        const { id, visible, passages } = document;
        const ids = misfiled.all(id, visible, limit);
        words.refile(ids, tokensOf(visible, id), passages);
        vectors.refile(ids, visible);
        refile.run(visible, JSON.stringify(ids));
        if (ids.length < limit) filed.run(id);
        return true;
      }).immediate,

      /**
       * What was deleted is overwritten in its pages already; here it goes from the log as well, and the pages go back to
       * the disk. Tells whether more are left.
       */
      giveBackSome(): boolean {
        db.pragma(`incremental_vacuum(${pagesAtOnce})`);
        const left = Number(db.pragma('freelist_count', { simple: true }));
        db.pragma('wal_checkpoint(TRUNCATE)');
        const isIncremental = db.pragma('auto_vacuum', { simple: true }) === 2;
        return isIncremental && left > 0;
      },
    },
  };
}
