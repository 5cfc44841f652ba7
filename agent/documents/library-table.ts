/** The third version of the database of documents: groups, watched folders, versions, and passages that outlive a reading. */

/**
 * Passages get a generation: which reading of their document they belong to. Those of the reading before stay, and are
 * found, until the next one is through; whatever it meets again it takes over with its vector and its id.
 */
export const libraryTables = `
  CREATE TABLE people_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE group_member (
    group_id INTEGER NOT NULL REFERENCES people_group (id) ON DELETE CASCADE,
    person INTEGER NOT NULL,
    PRIMARY KEY (group_id, person)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX group_of_person ON group_member (person);

  CREATE TABLE folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL CHECK (scope IN ('mine', 'group', 'office')),
    owner INTEGER NOT NULL,
    owner_name TEXT NOT NULL,
    group_id INTEGER REFERENCES people_group (id),
    added_at INTEGER NOT NULL,
    -- Which folder it is to the disk, so that an empty one in its place is not taken for it.
    root TEXT,
    skipped INTEGER NOT NULL DEFAULT 0,
    scanned_at INTEGER,
    problem TEXT,
    -- 1: being removed, with its documents.
    leaving INTEGER NOT NULL DEFAULT 0,
    CHECK ((scope = 'group') = (group_id IS NOT NULL))
  ) STRICT;

  CREATE TABLE document_3 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL,
    owner_name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('mine', 'group', 'office')),
    group_id INTEGER REFERENCES people_group (id),
    folder_id INTEGER REFERENCES folder (id),
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
    version INTEGER NOT NULL DEFAULT 1,
    generation INTEGER NOT NULL DEFAULT 0,
    -- 1: some passages may still be filed under whom it was shared with before.
    refiling INTEGER NOT NULL DEFAULT 0,
    -- 1: being deleted; nobody sees it any more.
    leaving INTEGER NOT NULL DEFAULT 0,
    visible TEXT NOT NULL GENERATED ALWAYS AS (
      CASE scope WHEN 'office' THEN 'office' WHEN 'group' THEN 'g' || group_id ELSE 'p' || owner END
    ) VIRTUAL,
    CHECK ((scope = 'group') = (group_id IS NOT NULL))
  );
  INSERT INTO document_3 (id, owner, owner_name, scope, name, kind, bytes, sha256, pages, passages, embedded, attempts,
      status, problem, problem_code, added_at)
    SELECT id, owner, owner_name, scope, name, kind, bytes, sha256, pages, passages, embedded, attempts,
      status, problem, problem_code, added_at FROM document;
  -- Ids are never used again, also not those of documents that were deleted.
  DELETE FROM sqlite_sequence WHERE name = 'document_3';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'document_3', seq FROM sqlite_sequence WHERE name = 'document';

  CREATE TABLE passage_3 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    place INTEGER NOT NULL,
    page INTEGER,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    embedded INTEGER NOT NULL DEFAULT 0,
    -- Under whom words and vector are filed; what the document says counts.
    visible TEXT NOT NULL,
    -- Of heading and text; null for those of older versions of this program.
    digest BLOB,
    UNIQUE (document_id, generation, place)
  );
  INSERT INTO passage_3 (id, document_id, generation, place, page, heading, text, embedded, visible)
    SELECT p.id, p.document_id, 0, p.place, p.page, p.heading, p.text, p.embedded, d.visible
    FROM passage p JOIN document_3 d ON d.id = p.document_id;
  DELETE FROM sqlite_sequence WHERE name = 'passage_3';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'passage_3', seq FROM sqlite_sequence WHERE name = 'passage';

  DROP TABLE passage;
  DROP TABLE document;
  ALTER TABLE document_3 RENAME TO document;
  ALTER TABLE passage_3 RENAME TO passage;
  CREATE INDEX document_by_hash ON document (sha256);
  CREATE INDEX document_by_space ON document (visible, bytes);
  CREATE INDEX document_of_folder ON document (folder_id, status) WHERE folder_id IS NOT NULL;
  CREATE INDEX passage_without_vector ON passage (document_id) WHERE embedded = 0;
  CREATE INDEX passage_by_digest ON passage (document_id, digest);

  CREATE TABLE document_version (
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (document_id, version)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO document_version SELECT id, 1, name, bytes, sha256, owner_name, added_at FROM document;

  -- Passages that a newer version no longer has: their ids, for the answers that cite them, and nothing else.
  CREATE TABLE passage_gone (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    version INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX passage_gone_of ON passage_gone (document_id);

  CREATE TABLE folder_file (
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    -- Size, times and place on the disk, as one word: when it is the same, so is the content.
    stamp TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    PRIMARY KEY (folder_id, path)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX folder_file_of ON folder_file (document_id);

  -- Words that were deleted stay in the index, unfindable, until it is merged.
  CREATE TABLE unmerged (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT;
  INSERT INTO unmerged VALUES (1);
`;
