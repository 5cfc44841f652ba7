/** Documents and their passages in SQLite: what was added, how far it is read, and the indexes that find it. */
import type { Passage } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';
import { openDocumentReading } from './document-reading.ts';
import { openDocumentRows } from './document-rows.ts';
import { openPassageSearch } from './passage-search.ts';
import { type Embedder, openPassageVectors, type PassageVector } from './passage-vectors.ts';

/** Ids are never used again: answers of long ago cite them. */
const version1 = `
  CREATE TABLE document (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL,
    owner_name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('mine', 'office')),
    name TEXT NOT NULL,
    kind TEXT,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    pages INTEGER,
    passages INTEGER NOT NULL DEFAULT 0,
    embedded INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'parsing', 'indexing', 'ready', 'failed')),
    problem TEXT,
    problem_code TEXT,
    added_at INTEGER NOT NULL,
    UNIQUE (owner, scope, sha256)
  );
  CREATE INDEX document_by_hash ON document (sha256);
  CREATE TABLE passage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    page INTEGER,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    embedded INTEGER NOT NULL DEFAULT 0,
    UNIQUE (document_id, place)
  );
  CREATE INDEX passage_without_vector ON passage (document_id) WHERE embedded = 0;
  CREATE VIRTUAL TABLE passage_words USING fts5(
    visible, heading, body, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  INSERT INTO passage_words (passage_words, rank) VALUES ('rank', 'bm25(0.0, 1.0, 1.0)');
  CREATE TABLE embedder (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    digest TEXT NOT NULL,
    dimensions INTEGER NOT NULL
  );
`;

export const documentsSchema = { versions: [version1] };

export type PassageToEmbed = Pick<Passage, 'id' | 'heading' | 'text'>;

/** Of the word index, merged in one call. */
const pagesAtOnce = 64;

export function openDocuments(db: Database) {
  const vectors = openPassageVectors(db);
  const deleteWords = db.prepare<[number]>(
    'DELETE FROM passage_words WHERE rowid IN (SELECT id FROM passage WHERE document_id = ?)',
  );
  const deletePassages = db.prepare<[number]>('DELETE FROM passage WHERE document_id = ?');
  const clear = (id: number): void => {
    vectors.deleteOf(id);
    deleteWords.run(id);
    deletePassages.run(id);
  };
  const rows = openDocumentRows(db, clear);

  // The shortest way to "ready" first, so that a small document does not wait for a book.
  const unembedded = db.prepare<[number], PassageToEmbed>(`
    SELECT id, heading, text FROM passage WHERE embedded = 0 AND document_id = (
      SELECT id FROM document WHERE status = 'indexing' ORDER BY passages - embedded, id LIMIT 1
    ) ORDER BY place LIMIT ?`);
  const around = db.prepare<[number, number, number], Passage>(`
    SELECT p.id, p.document_id AS documentId, p.place AS "index", p.page, p.heading, p.text
    FROM passage AS cited JOIN passage AS p
      ON p.document_id = cited.document_id AND p.place BETWEEN cited.place - ? AND cited.place + ?
    WHERE cited.id = ? ORDER BY p.place`);
  const merge = db.prepare<[number]>("INSERT INTO passage_words (passage_words, rank) VALUES ('merge', ?)");
  const changes = db.prepare('SELECT total_changes()').pluck();

  return {
    ...rows,
    ...openDocumentReading(db, clear),
    ...openPassageSearch(db, vectors),

    /** Must be called before vectors are set or asked for. Vectors of another embedder are dropped, to be made anew. */
    useEmbedder: db.transaction((embedder: Embedder): void => vectors.use(embedder)).immediate,

    /** Passages of one document that have no vector yet. */
    toEmbed: (limit: number): PassageToEmbed[] => unembedded.all(limit),

    setVectors: db.transaction((digest: string, made: readonly PassageVector[]): void =>
      vectors.set(digest, made),
    ).immediate,

    /** A passage with its neighbours, when the person may see it. */
    passagesAround(personId: number, passageId: number, each: number) {
      const passages = around.all(each, each, passageId);
      const document = passages[0] ? rows.get(personId, passages[0].documentId) : null;
      return document ? { document, passages } : null;
    },

    /**
     * Deleted words stay in the index, unfindable, until it is merged: this does a part of it and tells whether more is
     * left. FTS5's own secure-delete would do it at once, at a millisecond for each passage, while everyone waits.
     */
    eraseSome(begin: boolean): boolean {
      const before = Number(changes.get());
      merge.run(begin ? -pagesAtOnce : pagesAtOnce);
      // Fewer than two: FTS5 found nothing left to merge.
      return Number(changes.get()) - before >= 2;
    },
  };
}
