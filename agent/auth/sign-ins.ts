/** Who is signed in on which browser: the hash of a random cookie, idle for 30 days at most, 180 in all. */
import type { Person } from '@rockpool/protocol/people';
import type { Database } from '../store/sqlite.ts';
import { personColumns } from './accounts.ts';

const day = 24 * 60 * 60_000;
export const idleMs = 30 * day;
export const maxSignInMs = 180 * day;
/** A sign-in is noted as seen this often: each request would be a write. */
const seenEveryMs = 60 * 60_000;

export const signInsTable = `
  CREATE TABLE sign_ins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sign_ins_by_person ON sign_ins (person_id);
`;

export interface SignedIn {
  signInId: number;
  person: Person;
}

export function openSignIns(db: Database) {
  const lookUp = db.prepare<[string, number, number], Person & { signInId: number; seenAt: number }>(
    `SELECT sign_ins.id AS signInId, seen_at AS seenAt, ${personColumns}
     FROM sign_ins JOIN people ON people.id = person_id
     WHERE hash = ? AND leaving = 0 AND sign_ins.created_at > ? AND seen_at > ?`,
  );
  const see = db.prepare<[number, number]>('UPDATE sign_ins SET seen_at = ? WHERE id = ?');
  const prune = db.prepare<[number, number]>('DELETE FROM sign_ins WHERE created_at <= ? OR seen_at <= ?');
  // Whoever was removed while the password was hashed doesn't come in.
  const insert = db.prepare<[{ hash: string; personId: number; now: number }]>(
    `INSERT INTO sign_ins (hash, person_id, created_at, seen_at)
     SELECT :hash, id, :now, :now FROM people WHERE id = :personId AND leaving = 0`,
  );

  return {
    addSignIn: db.transaction((hash: string, personId: number, now: number): boolean => {
      prune.run(now - maxSignInMs, now - idleMs);
      return insert.run({ hash, personId, now }).changes === 1;
    }).immediate,
    signInByHash(hash: string, now: number): SignedIn | undefined {
      const row = lookUp.get(hash, now - maxSignInMs, now - idleMs);
      if (!row) return undefined;
      const { signInId, seenAt, ...person } = row;
      if (now - seenAt >= seenEveryMs) see.run(now, signInId);
      return { signInId, person };
    },
    endSignIn(hash: string): void {
      db.prepare('DELETE FROM sign_ins WHERE hash = ?').run(hash);
    },
  };
}
