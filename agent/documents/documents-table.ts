/** Documents and their passages in SQLite: what was added, how far it is read, and the indexes that find it. */
import type { Passage } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';
import { openAccess } from './access.ts';
import { openDocumentReading } from './document-reading.ts';
import { openDocumentRemoval } from './document-removal.ts';
import { openDocumentRows } from './document-rows.ts';
import { openFolderRows } from './folder-rows.ts';
import { libraryTables } from './library-table.ts';
import { openPassageSearch } from './passage-search.ts';
import {
  type Embedder,
  openPassageVectors,
  type PassageVector,
  passageVectorsTable,
} from './passage-vectors.ts';
import { openPassageWords } from './passage-words.ts';

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

export const documentsSchema = { versions: [version1, passageVectorsTable, libraryTables] };

export type PassageToEmbed = Pick<Passage, 'id' | 'heading' | 'text'>;

export function openDocuments(db: Database) {
  const access = openAccess(db);
  const vectors = openPassageVectors(db);
  const words = openPassageWords(db);
  const removal = openDocumentRemoval(db, words, vectors);
  const rows = openDocumentRows(db, access);

  // The shortest way to "ready" first, so that a small document does not wait for a book.
  const unembedded = db.prepare<[number], PassageToEmbed>(`
    SELECT id, heading, text FROM passage WHERE embedded = 0 AND document_id = (
      SELECT id FROM document WHERE status = 'indexing' AND leaving = 0 ORDER BY passages - embedded, id LIMIT 1
    ) ORDER BY place LIMIT ?`);
  const around = db.prepare<[number, number, number], Passage>(`
    SELECT p.id, p.document_id AS documentId, p.place AS "index", p.page, p.heading, p.text
    FROM passage AS cited JOIN passage AS p ON p.document_id = cited.document_id
      AND p.generation = cited.generation AND p.place BETWEEN cited.place - ? AND cited.place + ?
    WHERE cited.id = ? ORDER BY p.place`);
  const gone = db.prepare<[number], { documentId: number; version: number }>(
    'SELECT document_id AS documentId, version FROM passage_gone WHERE id = ?',
  );

  return {
    ...rows,
    ...removal.rows,
    ...openDocumentReading(db, words, removal.removePassages),
    ...openPassageSearch(db, vectors, access),
    ...openFolderRows(db, access, rows),
    eraseSome: words.eraseSome,

    isMember: access.isMember,
    groupsOf: access.groupsOf,
    listGroups: access.listGroups,
    addGroup: access.addGroup,
    changeGroup: access.changeGroup,
    removeGroup: access.removeGroup,
    leaveGroups: access.leaveGroups,

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
      return document && document.status !== 'failed' ? { document, passages } : null;
    },

    /** Where a passage was that a newer version no longer has; null unless the person may see that document. */
    passageGone(personId: number, passageId: number) {
      const was = gone.get(passageId);
      const document = was ? rows.get(personId, was.documentId) : null;
      const version = document && rows.versions(document.id).find((one) => one.version === was?.version);
      return document && version ? { name: document.name, version: version.version, at: version.at } : null;
    },
  };
}
