/** How far the reading of each document is: begun, half way, done, or given up. Whatever is interrupted begins anew. */
import type { Document, DocumentProblem, Passage } from '@rockpool/protocol/documents';
import { indexText } from '../host/words.ts';
import type { Database } from '../store/sqlite.ts';
import { type DocumentRow, fromRow, type StoredDocument } from './document-rows.ts';
import { visibleTo } from './passage-vectors.ts';

export type NewPassage = Pick<Passage, 'page' | 'heading' | 'text'>;

/** Reading that ended with the device itself, so often, is not tried again. */
const maxAttempts = 3;
const givenUp = 'Reading this file was interrupted again and again; save it in another format and add that.';

/** @param clear takes everything that was read from a document */
export function openDocumentReading(db: Database, clear: (id: number) => void) {
  const waiting = db.prepare<[], DocumentRow>(
    "SELECT * FROM document WHERE status IN ('waiting', 'parsing') ORDER BY attempts, id LIMIT 1",
  );
  const begin = db.prepare<[number]>(`
    UPDATE document SET status = 'parsing', attempts = attempts + 1,
      kind = NULL, pages = NULL, passages = 0, embedded = 0, problem = NULL, problem_code = NULL
    WHERE id = ?`);
  const putOff = db.prepare<[number]>(
    "UPDATE document SET status = 'waiting', attempts = attempts - 1 WHERE id = ? AND status = 'parsing'",
  );
  const setKind = db.prepare<[string, number]>('UPDATE document SET kind = ? WHERE id = ?');
  const setRead = db.prepare<[number | null, number]>(
    "UPDATE document SET status = 'indexing', pages = ? WHERE id = ?",
  );
  const setFailed = db.prepare<[DocumentProblem, string, number]>(
    "UPDATE document SET status = 'failed', problem_code = ?, problem = ?, pages = NULL, passages = 0, embedded = 0 WHERE id = ?",
  );
  const byId = db.prepare<[number], DocumentRow>('SELECT * FROM document WHERE id = ?');
  const insertPassage = db.prepare<[number, number, number | null, string, string]>(
    'INSERT INTO passage (document_id, place, page, heading, text) VALUES (?, ?, ?, ?, ?)',
  );
  const insertWords = db.prepare<[number | bigint, string, string, string]>(
    'INSERT INTO passage_words (rowid, visible, heading, body) VALUES (?, ?, ?, ?)',
  );
  const count = db.prepare<[number, number]>('UPDATE document SET passages = passages + ? WHERE id = ?');

  return {
    /**
     * The next document to read, from its beginning: what an earlier, interrupted attempt left is gone.
     * The attempt is counted before it begins, so that a document that takes the device down does so thrice at most.
     */
    startParsing: db.transaction((): StoredDocument | null => {
      for (let row = waiting.get(); row; row = waiting.get()) {
        clear(row.id);
        if (row.attempts >= maxAttempts) {
          setFailed.run('interrupted', givenUp, row.id);
          continue;
        }
        begin.run(row.id);
        return fromRow({ ...row, status: 'parsing', passages: 0, embedded: 0 });
      }
      return null;
    }).immediate,

    /** The device is stopping on purpose: that attempt was not the document's fault. */
    putOff(id: number): void {
      putOff.run(id);
    },

    setKind(id: number, kind: NonNullable<Document['kind']>): void {
      setKind.run(kind, id);
    },

    /** From here on the passages are found by their words. Of a document that was deleted meanwhile, nothing is kept. */
    addPassages: db.transaction((id: number, passages: readonly NewPassage[]): void => {
      const row = byId.get(id);
      if (!row) return;
      const tokens = `${visibleTo(row)} d${id}`;
      for (const [i, { page, heading, text }] of passages.entries()) {
        const { lastInsertRowid } = insertPassage.run(id, row.passages + i, page, heading, text);
        insertWords.run(lastInsertRowid, tokens, indexText(heading), indexText(text));
      }
      count.run(passages.length, id);
    }).immediate,

    setRead(id: number, pages: number | null): void {
      setRead.run(pages, id);
    },

    /** Says why it can't be read; what had been read of it is not kept. */
    setFailed: db.transaction((id: number, problem: DocumentProblem, sentence: string): void => {
      clear(id);
      setFailed.run(problem, sentence, id);
    }).immediate,
  };
}
