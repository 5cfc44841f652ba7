/** The journal of the nights: what was tidied, and all that is needed to take it back. */

/**
 * What was removed is kept in `night_deed.was` until it is too old to be taken back. It goes at once with the fact that it
 * belonged to, and with all facts of a person: what somebody had erased isn't kept here.
 */
export const nightsTable = `
  CREATE TABLE night (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began_at INTEGER NOT NULL,
    -- Null while it goes on, and when it was cut short: the next one goes on with it.
    ended_at INTEGER
  ) STRICT;
  CREATE TABLE night_space (
    night INTEGER NOT NULL REFERENCES night (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    -- Current facts before, and how many of them were to go.
    facts INTEGER NOT NULL,
    going INTEGER NOT NULL,
    undone_at INTEGER,
    PRIMARY KEY (night, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE night_deed (
    id INTEGER PRIMARY KEY,
    night INTEGER NOT NULL REFERENCES night (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('merged', 'compacted', 'evicted')),
    fact INTEGER NOT NULL,
    kept INTEGER,
    was TEXT NOT NULL,
    digest TEXT,
    vector BLOB
  ) STRICT;
  CREATE INDEX night_deed_of ON night_deed (night, name);
  CREATE INDEX night_deed_fact ON night_deed (fact);
  CREATE INDEX night_deed_kept ON night_deed (kept);
  -- Up to which fact a namespace was looked through.
  CREATE TABLE night_through (name TEXT PRIMARY KEY, fact INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- What somebody wanted back isn't tidied away once more.
  CREATE TABLE night_taken_back (
    fact INTEGER PRIMARY KEY REFERENCES fact (id) ON DELETE CASCADE,
    at INTEGER NOT NULL
  ) STRICT;
  -- Holds a row while a night's work is under way: what it removes is to be remembered.
  CREATE TABLE night_at_work (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT;
  CREATE TRIGGER night_forgets_fact AFTER DELETE ON fact WHEN NOT EXISTS (SELECT 1 FROM night_at_work) BEGIN
    DELETE FROM night_deed WHERE fact = old.id OR kept = old.id;
  END;
  CREATE TRIGGER night_forgets_space AFTER UPDATE OF facts ON namespace WHEN new.facts = 0 BEGIN
    DELETE FROM night_deed WHERE name = new.name;
    DELETE FROM night_through WHERE name = new.name;
  END;
`;
