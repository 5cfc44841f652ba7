/** The tables of memory, version by version: each brings a database of the version before forward, without loss. */
import { nightsTable } from './consolidation/nights-table.ts';
import { spendingTable } from './extraction/spending-table.ts';
import { factFilterIndex } from './fact-filter.ts';
import { factVectorsTable } from './fact-vectors.ts';
import { factWordsTable } from './fact-words.ts';
import { groupQuota, tenantsTable } from './tenants-table.ts';

const first = `
    CREATE TABLE fact (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      owner INTEGER NOT NULL,
      said_by TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (scope IN ('mine', 'office')),
      reaches TEXT NOT NULL AS (iif(scope = 'office', 'office', 'p' || owner)) VIRTUAL,
      text TEXT NOT NULL,
      hash TEXT NOT NULL,
      subject TEXT,
      said_at INTEGER NOT NULL,
      session_id TEXT,
      message_id INTEGER,
      origin TEXT NOT NULL CHECK (origin IN ('person', 'admin', 'import')),
      superseded_by INTEGER REFERENCES fact (id) ON DELETE SET NULL,
      superseded_at INTEGER,
      embedded INTEGER NOT NULL DEFAULT 0,
      CHECK (superseded_by IS NULL OR superseded_at IS NOT NULL)
    ) STRICT;
    CREATE INDEX fact_reaching ON fact (reaches, id);
    CREATE INDEX fact_by_text ON fact (reaches, hash);
    CREATE INDEX fact_by_subject ON fact (reaches, subject) WHERE superseded_at IS NULL AND subject IS NOT NULL;
    CREATE INDEX fact_by_successor ON fact (superseded_by) WHERE superseded_by IS NOT NULL;
    CREATE INDEX fact_unembedded ON fact (id) WHERE embedded = 0 AND superseded_at IS NULL;

    CREATE VIRTUAL TABLE fact_words USING fts5(visible, text, tokenize = 'porter unicode61 remove_diacritics 2');
    -- Without it a deleted word stays in the index until its segment happens to be merged.
    INSERT INTO fact_words (fact_words, rank) VALUES ('secure-delete', 1);

    CREATE TABLE embedder (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      digest TEXT NOT NULL,
      dimensions INTEGER NOT NULL,
      usual BLOB NOT NULL
    ) STRICT;
    `;

/** What one person, one group and the whole office may keep, unless an admin says otherwise. Text only: a vector adds its part. */
export const usualQuotas = {
  person: { facts: 100_000, bytes: 64 * 1024 * 1024 },
  group: groupQuota,
  office: { facts: 1_000_000, bytes: 512 * 1024 * 1024 },
} as const;

const { person, office } = usualQuotas;

/**
 * Namespaces whose quotas the database itself holds; since when a fact holds in the world (\`valid_from\`,
 * \`valid_until\`) beside since when it is known (\`recorded_at\`, \`superseded_at\`); where it comes from; the messages
 * that it was said in; how often it was of use.
 *
 * The table is made anew because a CHECK can't be altered. \`fact2\` refers to \`fact\`, which is then its own name;
 * \`openDatabase\` migrates with foreign keys off and checks them before it commits.
 */
const bitemporal = `
    CREATE TABLE namespace (
      name TEXT PRIMARY KEY,
      facts INTEGER NOT NULL DEFAULT 0,
      current INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0,
      max_facts INTEGER NOT NULL,
      max_bytes INTEGER NOT NULL,
      CONSTRAINT quota_facts CHECK (facts <= max_facts),
      CONSTRAINT quota_bytes CHECK (bytes <= max_bytes),
      CONSTRAINT counted CHECK (facts >= 0 AND current >= 0 AND bytes >= 0)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE fact2 (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      owner INTEGER NOT NULL,
      said_by TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (scope IN ('mine', 'office')),
      reaches TEXT NOT NULL AS (iif(scope = 'office', 'office', 'p' || owner)) VIRTUAL,
      text TEXT NOT NULL,
      hash TEXT NOT NULL,
      kind TEXT NOT NULL DEFAULT 'fact' CHECK (kind IN ('fact', 'preference', 'episode', 'procedure')),
      subject TEXT,
      said_at INTEGER NOT NULL,
      recorded_at INTEGER NOT NULL,
      valid_from INTEGER,
      valid_until INTEGER,
      session_id TEXT,
      message_id INTEGER,
      origin TEXT NOT NULL CHECK (origin IN ('owner', 'agent', 'untrusted', 'system')),
      imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1)),
      confirmed_by INTEGER,
      importance REAL NOT NULL DEFAULT 0.5 CHECK (importance BETWEEN 0 AND 1),
      pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
      uses INTEGER NOT NULL DEFAULT 0,
      last_used_at INTEGER,
      superseded_by INTEGER REFERENCES fact (id) ON DELETE SET NULL,
      superseded_at INTEGER,
      embedded INTEGER NOT NULL DEFAULT 0,
      CHECK (superseded_by IS NULL OR superseded_at IS NOT NULL),
      CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from <= valid_until),
      CONSTRAINT office_is_trusted CHECK (NOT (scope = 'office' AND origin = 'untrusted'))
    ) STRICT;
    INSERT INTO fact2 (id, owner, said_by, scope, text, hash, subject, said_at, recorded_at, session_id, message_id,
                       origin, imported, superseded_by, superseded_at, embedded)
      SELECT id, owner, said_by, scope, text, hash, subject, said_at, said_at, session_id, message_id,
             'owner', origin = 'import', superseded_by, superseded_at, embedded
      FROM fact ORDER BY id;
    -- The number of a forgotten fact never comes back: an old answer may still name it.
    DELETE FROM sqlite_sequence WHERE name = 'fact2';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'fact2', seq FROM sqlite_sequence WHERE name = 'fact';
    DROP TABLE fact;
    ALTER TABLE fact2 RENAME TO fact;
    CREATE INDEX fact_reaching ON fact (reaches, id);
    CREATE INDEX fact_by_text ON fact (reaches, hash);
    CREATE INDEX fact_by_subject ON fact (reaches, subject) WHERE superseded_at IS NULL AND subject IS NOT NULL;
    CREATE INDEX fact_by_successor ON fact (superseded_by) WHERE superseded_by IS NOT NULL;
    CREATE INDEX fact_unembedded ON fact (id)
      WHERE embedded = 0 AND superseded_at IS NULL AND origin <> 'untrusted';
    CREATE INDEX fact_ending ON fact (valid_until) WHERE valid_until IS NOT NULL AND superseded_at IS NULL;

    CREATE TABLE evidence (
      fact INTEGER NOT NULL REFERENCES fact (id) ON DELETE CASCADE,
      session_id TEXT NOT NULL,
      message_id INTEGER NOT NULL,
      said_at INTEGER NOT NULL,
      PRIMARY KEY (fact, session_id, message_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO evidence
      SELECT id, session_id, message_id, said_at FROM fact WHERE session_id IS NOT NULL AND message_id IS NOT NULL;

    -- Whoever had more before there were quotas keeps it, and may add nothing until there is room.
    INSERT INTO namespace
      SELECT reaches, n, now, bytes, max(n, limit_facts), max(bytes, limit_bytes) FROM (
        SELECT reaches, count(*) AS n, count(*) FILTER (WHERE superseded_at IS NULL) AS now,
               sum(octet_length(text)) AS bytes,
               iif(reaches = 'office', ${office.facts}, ${person.facts}) AS limit_facts,
               iif(reaches = 'office', ${office.bytes}, ${person.bytes}) AS limit_bytes
        FROM fact GROUP BY reaches);

    CREATE TRIGGER fact_comes AFTER INSERT ON fact BEGIN
      INSERT OR IGNORE INTO namespace (name, max_facts, max_bytes) VALUES (
        new.reaches,
        iif(new.reaches = 'office', ${office.facts}, ${person.facts}),
        iif(new.reaches = 'office', ${office.bytes}, ${person.bytes}));
      UPDATE namespace SET facts = facts + 1, current = current + (new.superseded_at IS NULL),
             bytes = bytes + octet_length(new.text) WHERE name = new.reaches;
    END;
    CREATE TRIGGER fact_goes AFTER DELETE ON fact BEGIN
      UPDATE namespace SET facts = facts - 1, current = current - (old.superseded_at IS NULL),
             bytes = bytes - octet_length(old.text) WHERE name = old.reaches;
    END;
    CREATE TRIGGER fact_becomes_history AFTER UPDATE OF superseded_at ON fact
      WHEN (old.superseded_at IS NULL) <> (new.superseded_at IS NULL) BEGIN
      UPDATE namespace SET current = current + iif(new.superseded_at IS NULL, 1, -1) WHERE name = new.reaches;
    END;
    CREATE TRIGGER fact_moves AFTER UPDATE OF scope, owner ON fact WHEN old.reaches <> new.reaches BEGIN
      INSERT OR IGNORE INTO namespace (name, max_facts, max_bytes) VALUES (
        new.reaches,
        iif(new.reaches = 'office', ${office.facts}, ${person.facts}),
        iif(new.reaches = 'office', ${office.bytes}, ${person.bytes}));
      UPDATE namespace SET facts = facts - 1, current = current - (old.superseded_at IS NULL),
             bytes = bytes - octet_length(old.text) WHERE name = old.reaches;
      UPDATE namespace SET facts = facts + 1, current = current + (new.superseded_at IS NULL),
             bytes = bytes + octet_length(new.text) WHERE name = new.reaches;
    END;

    -- What others wrote becomes known only by a person's deed, whatever the program above gets wrong.
    CREATE TRIGGER fact_is_confirmed_by_someone BEFORE UPDATE OF origin ON fact
      WHEN old.origin = 'untrusted' AND new.origin <> 'untrusted' AND new.confirmed_by IS NULL BEGIN
      SELECT RAISE(ABORT, 'untrusted text becomes a fact by a person only');
    END;
    CREATE TRIGGER fact_is_replaced_by_trusted BEFORE UPDATE OF superseded_by ON fact
      WHEN new.superseded_by IS NOT NULL AND old.origin <> 'untrusted'
       AND (SELECT origin FROM fact WHERE id = new.superseded_by) = 'untrusted' BEGIN
      SELECT RAISE(ABORT, 'untrusted text replaces no fact');
    END;
    `;

export const factsSchema = {
  versions: [
    first,
    bitemporal,
    factVectorsTable,
    factWordsTable,
    nightsTable,
    spendingTable,
    factFilterIndex,
    tenantsTable(person, office),
  ],
};
