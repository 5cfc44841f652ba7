/** Groups as tenants of memory: people who share a namespace and a quota, and see nothing of others. */

interface Quota {
  readonly facts: number;
  readonly bytes: number;
}

/** What one group may keep, unless an admin says otherwise. */
export const groupQuota = { facts: 500_000, bytes: 256 * 1024 * 1024 } as const;

const quotaOf = (what: 'facts' | 'bytes', person: number, office: number): string =>
  `CASE WHEN new.reaches = 'office' THEN ${office} WHEN new.group_id IS NOT NULL THEN ${groupQuota[what]} ELSE ${person} END`;

/**
 * To SQLite a fact of a group is one of `scope` 'mine' with a group: whom it reaches is worked out when it is read, so the
 * million rows that there may be are not written anew. Where it counts is one expression, and every quota hangs on it.
 */
export const tenantsTable = (person: Quota, office: Quota): string => `
  DROP TRIGGER fact_comes;
  DROP TRIGGER fact_goes;
  DROP TRIGGER fact_becomes_history;
  DROP TRIGGER fact_moves;
  DROP INDEX fact_reaching;
  DROP INDEX fact_by_text;
  DROP INDEX fact_by_subject;
  DROP INDEX fact_by_kind;
  ALTER TABLE fact DROP COLUMN reaches;
  -- What others wrote is nobody's word, so it can be no group's.
  ALTER TABLE fact ADD COLUMN group_id INTEGER
    CHECK (group_id IS NULL OR (scope = 'mine' AND origin <> 'untrusted'));
  ALTER TABLE fact ADD COLUMN reaches TEXT
    AS (CASE WHEN scope = 'office' THEN 'office' WHEN group_id IS NULL THEN 'p' || owner ELSE 'g' || group_id END) VIRTUAL;
  CREATE INDEX fact_reaching ON fact (reaches, id);
  CREATE INDEX fact_by_text ON fact (reaches, hash);
  CREATE INDEX fact_by_subject ON fact (reaches, subject) WHERE superseded_at IS NULL AND subject IS NOT NULL;
  CREATE INDEX fact_by_kind ON fact (reaches, kind, said_at, said_by) WHERE superseded_at IS NULL;

  CREATE TRIGGER fact_comes AFTER INSERT ON fact BEGIN
    INSERT OR IGNORE INTO namespace (name, max_facts, max_bytes) VALUES (
      new.reaches, ${quotaOf('facts', person.facts, office.facts)}, ${quotaOf('bytes', person.bytes, office.bytes)});
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
  CREATE TRIGGER fact_moves AFTER UPDATE OF scope, owner, group_id ON fact WHEN old.reaches <> new.reaches BEGIN
    INSERT OR IGNORE INTO namespace (name, max_facts, max_bytes) VALUES (
      new.reaches, ${quotaOf('facts', person.facts, office.facts)}, ${quotaOf('bytes', person.bytes, office.bytes)});
    UPDATE namespace SET facts = facts - 1, current = current - (old.superseded_at IS NULL),
           bytes = bytes - octet_length(old.text) WHERE name = old.reaches;
    UPDATE namespace SET facts = facts + 1, current = current + (new.superseded_at IS NULL),
           bytes = bytes + octet_length(new.text) WHERE name = new.reaches;
  END;
`;
