/** API keys as rows: the hash, what they may be used for, whose they are, when they were last of use. */

import type { Person } from '@rockpool/protocol/people';
import { type Key, Scope } from '@rockpool/protocol/people';
import { z } from 'zod';
import type { Database } from '../store/sqlite.ts';
import { personColumns } from './accounts.ts';

/** The last use is noted this often: each request would be a write. */
const usedEveryMs = 60_000;

export const keysTable = `
  CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT;
  CREATE INDEX api_keys_by_person ON api_keys (person_id);
`;

export interface NewKeyRow {
  hash: string;
  hint: string;
  label: string;
  scopes: readonly Scope[];
  personId: number;
  at: number;
}

export interface KeyHolder {
  keyId: number;
  person: Person;
  scopes: readonly Scope[];
}

const Scopes = z.array(Scope);
type KeyRow = Omit<Key, 'scopes'> & { scopes: string };

export function openKeys(db: Database) {
  const columns = `api_keys.id, label, hint, scopes, api_keys.created_at AS createdAt, last_used_at AS lastUsedAt,
    people.name AS owner`;
  const source = 'api_keys JOIN people ON people.id = person_id';
  const byId = db.prepare<[number | bigint], KeyRow>(
    `SELECT ${columns} FROM ${source} WHERE api_keys.id = ?`,
  );
  const all = db.prepare<[], KeyRow>(`SELECT ${columns} FROM ${source} ORDER BY api_keys.id DESC`);
  const byPerson = db.prepare<[number], KeyRow>(
    `SELECT ${columns} FROM ${source} WHERE person_id = ? ORDER BY api_keys.id DESC`,
  );
  const byHash = db.prepare<[string], Person & { keyId: number; scopes: string; lastUsedAt: number | null }>(
    `SELECT api_keys.id AS keyId, scopes, last_used_at AS lastUsedAt, ${personColumns}
     FROM ${source} WHERE hash = ? AND leaving = 0`,
  );
  const use = db.prepare<[number, number]>('UPDATE api_keys SET last_used_at = ? WHERE id = ?');
  const insert = db.prepare<[string, string, string, string, number, number]>(
    'INSERT INTO api_keys (hash, hint, label, scopes, person_id, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const parseScopes = (text: string): Scope[] => Scopes.parse(JSON.parse(text));
  const toKey = (row: KeyRow): Key => ({ ...row, scopes: parseScopes(row.scopes) });

  return {
    addKey({ hash, hint, label, scopes, personId, at }: NewKeyRow): Key {
      const { lastInsertRowid } = insert.run(hash, hint, label, JSON.stringify(scopes), personId, at);
      const made = byId.get(lastInsertRowid);
      if (!made) throw new Error('SQLite returned no row for a new key');
      return toKey(made);
    },
    listKeys: (personId?: number): Key[] =>
      (personId === undefined ? all.all() : byPerson.all(personId)).map(toKey),
    /** @param personId left out, anyone's key; otherwise only this person's */
    revokeKey(id: number, personId?: number): boolean {
      const owned = personId === undefined ? '' : 'AND person_id = :personId';
      return db.prepare(`DELETE FROM api_keys WHERE id = :id ${owned}`).run({ id, personId }).changes > 0;
    },
    keyByHash(hash: string, now: number): KeyHolder | undefined {
      const row = byHash.get(hash);
      if (!row) return undefined;
      const { keyId, scopes, lastUsedAt, ...person } = row;
      // A clock that was set back must not freeze the time of last use.
      if (lastUsedAt === null || Math.abs(now - lastUsedAt) >= usedEveryMs) use.run(now, keyId);
      return { keyId, person, scopes: parseScopes(scopes) };
    },
  };
}
