/** Which documents are meant beside what is asked: of a folder, of a kind, shared with whom, of which days. */
import type { Document } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';

export interface DocumentFilter {
  /** Only these. */
  documents?: readonly number[] | undefined;
  /** A watched one. */
  folder?: number | undefined;
  kind?: Document['kind'] | undefined;
  scope?: Document['scope'] | undefined;
  /** Its present content came at this moment or later, and before that one. */
  since?: number | undefined;
  until?: number | undefined;
}

/** The documents that pass, decided before either search begins; undefined when all do. */
export function openDocumentFilter(db: Database) {
  return (spaces: readonly string[], filter: DocumentFilter): readonly number[] | undefined => {
    const { documents, folder, kind, scope, since, until } = filter;
    const parts: [condition: string, value: unknown][] = [];
    if (documents !== undefined)
      parts.push(['d.id IN (SELECT value FROM json_each(?))', JSON.stringify(documents)]);
    if (folder !== undefined) parts.push(['d.folder_id = ?', folder]);
    if (kind !== undefined) parts.push(['d.kind = ?', kind]);
    if (scope !== undefined) parts.push(['d.scope = ?', scope]);
    const changed = '(SELECT max(v.at) FROM document_version v WHERE v.document_id = d.id)';
    if (since !== undefined) parts.push([`${changed} >= ?`, since]);
    if (until !== undefined) parts.push([`${changed} < ?`, until]);
    if (parts.length === 0) return undefined;
    return db
      .prepare<unknown[], number>(`
        SELECT d.id FROM document d
        WHERE d.leaving = 0 AND d.visible IN (SELECT value FROM json_each(?))
          AND ${parts.map(([condition]) => condition).join(' AND ')}`)
      .pluck()
      .all(JSON.stringify(spaces), ...parts.map(([, value]) => value));
  };
}
