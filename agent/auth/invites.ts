/** One-time links: `invite` makes an account, `reset` sets a new password; kept as the hash of their code. */
import type { Invite, Person, Role } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';
import type { openAccounts } from './accounts.ts';

const hour = 60 * 60_000;
const inviteMs = 7 * 24 * hour;
const resetMs = 24 * hour;

export const invitesTable = `
  CREATE TABLE invites (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    role TEXT CHECK (role IN ('admin', 'member')),
    person_id INTEGER REFERENCES people ON DELETE CASCADE,
    created_by INTEGER REFERENCES people ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Either a role for someone new, or the person whose password is set anew.
    CHECK ((role IS NULL) <> (person_id IS NULL))
  ) STRICT;
  CREATE INDEX invites_by_person ON invites (person_id);
  CREATE INDEX invites_by_maker ON invites (created_by);
`;

export interface Redemption {
  hash: string;
  /** Whoever is new chooses one; a reset has it. */
  name: string | undefined;
  passwordHash: string;
  at: number;
}

/** @param by the person who makes the link; null when it is the command line before anyone exists */
interface NewLink {
  hash: string;
  by: number | null;
  at: number;
}

const columns = `invites.id, iif(person_id IS NULL, 'invite', 'reset') AS kind, coalesce(invites.role, people.role) AS role,
  people.name, invites.created_at AS createdAt, expires_at AS expiresAt`;
const source = 'invites LEFT JOIN people ON people.id = person_id';

export function openInvites(db: Database, accounts: ReturnType<typeof openAccounts>) {
  const byId = db.prepare<[number | bigint], Invite>(`SELECT ${columns} FROM ${source} WHERE invites.id = ?`);
  const byHash = db.prepare<[string, number], Invite>(
    `SELECT ${columns} FROM ${source} WHERE hash = ? AND expires_at > ?`,
  );
  const open = db.prepare<[number], Invite>(
    `SELECT ${columns} FROM ${source} WHERE expires_at > ? ORDER BY invites.id DESC`,
  );
  const insert = db.prepare<[string, Role | null, number | null, number | null, number, number]>(
    'INSERT INTO invites (hash, role, person_id, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const take = db.prepare<[string, number], { role: Role | null; person_id: number | null }>(
    'DELETE FROM invites WHERE hash = ? AND expires_at > ? RETURNING role, person_id',
  );
  const prune = db.prepare<[number]>('DELETE FROM invites WHERE expires_at <= ?');

  function add({ hash, by, at }: NewLink, forWhom: { role: Role } | { personId: number }): Invite {
    prune.run(at);
    const { lastInsertRowid } =
      'role' in forWhom
        ? insert.run(hash, forWhom.role, null, by, at, at + inviteMs)
        : insert.run(hash, null, forWhom.personId, by, at, at + resetMs);
    const made = byId.get(lastInsertRowid);
    if (!made) throw new Error('SQLite returned no row for a new link');
    return made;
  }

  return {
    listInvites: (now: number): Invite[] => open.all(now),
    inviteByHash: (hash: string, now: number): Invite | undefined => byHash.get(hash, now),
    addInvite: db.transaction((link: NewLink, role: Role): Invite => add(link, { role })).immediate,
    /** The newest reset of a person is the one that holds. */
    addReset: db.transaction((link: NewLink, personId: number): Invite => {
      if (!accounts.personById(personId)) {
        throw new Refusal('not-found', 'There is no such person (any more).');
      }
      db.prepare('DELETE FROM invites WHERE person_id = ?').run(personId);
      return add(link, { personId });
    }).immediate,
    revokeInvite(id: number): boolean {
      return db.prepare('DELETE FROM invites WHERE id = ?').run(id).changes > 0;
    },
    /**
     * Uses a link up, whoever comes first; undefined when it was used, revoked or too old.
     * All or nothing: a name that is taken leaves the link as it was.
     */
    redeem: db.transaction(({ hash, name, passwordHash, at }: Redemption): Person | undefined => {
      const link = take.get(hash, at);
      if (!link) return undefined;
      if (link.person_id !== null) {
        accounts.setPassword(link.person_id, passwordHash);
        return accounts.personById(link.person_id);
      }
      if (name === undefined || link.role === null) {
        throw new Refusal('bad-request', 'Choose a name to sign in with.', { param: 'name' });
      }
      return accounts.addPerson({ name, role: link.role, passwordHash, at });
    }).immediate,
  };
}
