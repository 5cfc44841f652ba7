/** How far the reading of each document is: begun, half way, done, or given up. What was read before is taken over. */
import { createHash } from 'node:crypto';
import type { Document, DocumentProblem, Passage } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';
import { type DocumentRow, documentColumns, fromRow, type StoredDocument } from './document-rows.ts';
import type { PassageWords } from './passage-words.ts';

export type NewPassage = Pick<Passage, 'page' | 'heading' | 'text'>;

/** One reading of one version. What an earlier one still has to say is not heard. */
export type Reading = Pick<StoredDocument, 'id' | 'generation'>;

/** Reading that ended with the device itself, so often, is not tried again. */
const maxAttempts = 3;
const givenUp = 'Reading this file was interrupted again and again; save it in another format and add that.';

/** @param removePassages takes these with their words and vectors; the last is of how many in all */
export function openDocumentReading(
  db: Database,
  words: PassageWords,
  removePassages: (ids: readonly number[], of: number) => void,
) {
  const waiting = db.prepare<[], DocumentRow>(`
    SELECT ${documentColumns} FROM document d WHERE d.status IN ('waiting', 'parsing') AND d.leaving = 0
    ORDER BY d.attempts, d.id LIMIT 1`);
  const begin = db.prepare<[number]>(`
    UPDATE document SET status = 'parsing', attempts = attempts + 1, generation = generation + 1,
      kind = NULL, pages = NULL, passages = 0, embedded = 0, problem = NULL, problem_code = NULL
    WHERE id = ?`);
  const putOff = db.prepare<[number, number]>(
    "UPDATE document SET status = 'waiting', attempts = attempts - 1 WHERE id = ? AND generation = ? AND status = 'parsing'",
  );
  const setKind = db.prepare<[string, number, number]>(
    'UPDATE document SET kind = ? WHERE id = ? AND generation = ?',
  );
  // All of it may have been taken over, vectors and all.
  const setRead = db.prepare<[number | null, number, number]>(`
    UPDATE document SET status = CASE WHEN embedded >= passages THEN 'ready' ELSE 'indexing' END, pages = ?
    WHERE id = ? AND generation = ?`);
  const setFailed = db.prepare<[DocumentProblem, string, number, number]>(`
    UPDATE document SET status = 'failed', problem_code = ?, problem = ?, generation = generation + 1,
      pages = NULL, passages = 0, embedded = 0
    WHERE id = ? AND generation = ?`);
  const current = db.prepare<[number, number], { visible: string; passages: number; version: number }>(
    'SELECT visible, passages, version FROM document WHERE id = ? AND generation = ? AND leaving = 0',
  );
  const again = db.prepare<[number, Buffer, number], { id: number; embedded: number }>(
    'SELECT id, embedded FROM passage WHERE document_id = ? AND digest = ? AND generation < ? ORDER BY generation DESC, place LIMIT 1',
  );
  const takeOver = db.prepare<[number, number, number | null, number]>(
    'UPDATE passage SET generation = ?, place = ?, page = ? WHERE id = ?',
  );
  const insert = db.prepare<[number, number, number, number | null, string, string, string, Buffer]>(
    `INSERT INTO passage (document_id, generation, place, page, heading, text, visible, digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const count = db.prepare<[number, number, number]>(
    'UPDATE document SET passages = passages + ?, embedded = embedded + ? WHERE id = ?',
  );
  const old = db
    .prepare<[number, number, number], number>(
      'SELECT id FROM passage WHERE document_id = ? AND generation < ? ORDER BY generation, place LIMIT ?',
    )
    .pluck();
  const oldCount = db
    .prepare<[number, number], number>(
      'SELECT count(*) FROM passage WHERE document_id = ? AND generation < ?',
    )
    .pluck();
  const gone = db.prepare<[number, number, number]>('INSERT OR IGNORE INTO passage_gone VALUES (?, ?, ?)');
  const outdated = db.prepare<[], Reading & { version: number }>(`
    SELECT d.id, d.generation, d.version FROM document d
    WHERE d.status = 'failed' AND d.leaving = 0 AND EXISTS (SELECT 1 FROM passage WHERE document_id = d.id)
    LIMIT 1`);

  const retire = ({ id, generation }: Reading, version: number, limit: number): boolean => {
    const ids = old.all(id, generation, limit);
    if (ids.length === 0) return false;
    removePassages(ids, oldCount.get(id, generation) ?? 0);
    for (const passage of ids) gone.run(passage, id, version);
    return true;
  };

  return {
    /**
     * The next document to read, from its beginning; passages of earlier readings wait to be taken over.
     * The attempt is counted before it begins, so that a document that takes the device down does so thrice at most.
     */
    startParsing: db.transaction((): StoredDocument | null => {
      for (let row = waiting.get(); row; row = waiting.get()) {
        if (row.attempts >= maxAttempts) {
          setFailed.run('interrupted', givenUp, row.id, row.generation);
          continue;
        }
        begin.run(row.id);
        const { generation } = row;
        return fromRow({
          ...row,
          ...{ status: 'parsing', generation: generation + 1, passages: 0, embedded: 0 },
        });
      }
      return null;
    }).immediate,

    /** The device is stopping on purpose: that attempt was not the document's fault. */
    putOff({ id, generation }: Reading): void {
      putOff.run(id, generation);
    },

    setKind({ id, generation }: Reading, kind: NonNullable<Document['kind']>): void {
      setKind.run(kind, id, generation);
    },

    /**
     * From here on the passages are found by their words. One that an earlier reading met keeps its id, its words and its
     * vector. Of a document that was deleted or replaced meanwhile, nothing is kept.
     */
    addPassages: db.transaction(({ id, generation }: Reading, passages: readonly NewPassage[]): void => {
      const row = current.get(id, generation);
      if (!row) return;
      const tokens = tokensOf(row.visible, id);
      let embedded = 0;
      for (const [i, { page, heading, text }] of passages.entries()) {
        const digest = digestOf(heading, text);
        const known = again.get(id, digest, generation);
        if (known) {
          takeOver.run(generation, row.passages + i, page, known.id);
          embedded += known.embedded;
          continue;
        }
        const place = row.passages + i;
        const { lastInsertRowid } = insert.run(
          ...([id, generation, place, page, heading, text, row.visible, digest] as const),
        );
        words.add(lastInsertRowid, tokens, heading, text);
      }
      count.run(passages.length, embedded, id);
    }).immediate,

    /** Takes some passages that this reading did not meet again; tells whether there may be more. */
    retireSome: db.transaction((reading: Reading, limit: number): boolean => {
      const row = current.get(reading.id, reading.generation);
      return row ? retire(reading, row.version, limit) : false;
    }).immediate,

    /** Takes some of what documents that can't be read any more once said; tells whether there may be more. */
    retireUnreadable: db.transaction((limit: number): boolean => {
      const document = outdated.get();
      return document ? retire(document, document.version, limit) : false;
    }).immediate,

    setRead({ id, generation }: Reading, pages: number | null): void {
      setRead.run(pages, id, generation);
    },

    /** Says why it can't be read; nothing of it is found any more. */
    setFailed({ id, generation }: Reading, problem: DocumentProblem, sentence: string): void {
      setFailed.run(problem, sentence, id, generation);
    },
  };
}

/** What the word index files a passage under: who may see it, and of which document it is. */
export const tokensOf = (visible: string, documentId: number): string => `${visible} d${documentId}`;

const digestOf = (heading: string, text: string): Buffer =>
  createHash('sha256').update(`${heading}\n\n${text}`).digest().subarray(0, 16);
