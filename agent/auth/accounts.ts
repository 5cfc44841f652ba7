/** The people of the device, as rows: made, given a role, removed; there is always an administrator. */
import type { Person, Role } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';

export const accountsTable = `
  CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- 1: being removed. Nobody signs in with it any more; the row goes last, after all that belonged to the person.
    leaving INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`;

export interface NewPerson {
  name: string;
  role: Role;
  /** A PHC string, made in the main thread. */
  passwordHash: string;
  at: number;
}

/** Two names with the same fold are one name: case and width don't tell people apart. */
export const foldName = (name: string): string =>
  name.trim().normalize('NFKC').toLowerCase().normalize('NFKC');

export const personColumns = 'people.id, people.name, people.role, people.created_at AS createdAt';

export function openAccounts(db: Database) {
  const byId = db.prepare<[number], Person>(
    `SELECT ${personColumns} FROM people WHERE id = ? AND leaving = 0`,
  );
  const byName = db.prepare<[string], Person>(
    `SELECT ${personColumns} FROM people WHERE folded = ? AND leaving = 0`,
  );
  const all = db.prepare<[], Person>(`SELECT ${personColumns} FROM people WHERE leaving = 0 ORDER BY folded`);
  const firstAdmin = db.prepare<[], Person>(
    `SELECT ${personColumns} FROM people WHERE role = 'admin' AND leaving = 0 ORDER BY id LIMIT 1`,
  );
  const password = db.prepare<[number], { password: string }>('SELECT password FROM people WHERE id = ?');
  const isTaken = db.prepare<[string], unknown>('SELECT 1 FROM people WHERE folded = ?');
  const otherAdmins = db.prepare<[number], unknown>(
    "SELECT 1 FROM people WHERE role = 'admin' AND leaving = 0 AND id <> ? LIMIT 1",
  );
  const insert = db.prepare<[string, string, Role, string, number], Person>(
    `INSERT INTO people (name, folded, role, password, created_at) VALUES (?, ?, ?, ?, ?) RETURNING ${personColumns}`,
  );
  const endSignIns = db.prepare<[number, number]>('DELETE FROM sign_ins WHERE person_id = ? AND id <> ?');
  const endKeys = db.prepare<[number]>('DELETE FROM api_keys WHERE person_id = ?');
  const endInvitesBy = db.prepare<[number]>('DELETE FROM invites WHERE created_by = ?');
  const endResetsOf = db.prepare<[number]>('DELETE FROM invites WHERE person_id = ?');

  function person(id: number): Person {
    const found = byId.get(id);
    if (!found) throw new Refusal('not-found', 'There is no such person (any more).');
    return found;
  }

  function add({ name, role, passwordHash, at }: NewPerson): Person {
    const folded = foldName(name);
    if (isTaken.get(folded)) throw new Refusal('conflict', 'That name is taken; choose another.');
    const made = insert.get(name.trim().normalize('NFC'), folded, role, passwordHash, at);
    if (!made) throw new Error('SQLite returned no row for a new person');
    return made;
  }

  function keepAnAdmin(leaver: Person): void {
    if (leaver.role !== 'admin' || otherAdmins.get(leaver.id)) return;
    const sentence = `${leaver.name} is the only administrator; make someone else one first.`;
    throw new Refusal('conflict', sentence);
  }

  return {
    isEmpty: (): boolean => all.get() === undefined,
    listPeople: (): Person[] => all.all(),
    personById: (id: number): Person | undefined => byId.get(id),
    personByName: (name: string): Person | undefined => byName.get(foldName(name)),
    firstAdmin: (): Person | undefined => firstAdmin.get(),
    /** For the hashing code of the main thread, and nobody else. */
    passwordHashOf: (id: number): string | undefined => password.get(id)?.password,
    addPerson: db.transaction(add).immediate,
    /** @throws Refusal `conflict` unless it is the first account of all */
    addFirstAdmin: db.transaction((first: Omit<NewPerson, 'role'>): Person => {
      if (all.get()) throw new Refusal('conflict', 'This device is set up already; sign in.');
      return add({ ...first, role: 'admin' });
    }).immediate,
    setRole: db.transaction((id: number, role: Role): Person => {
      const before = person(id);
      if (before.role === role) return before;
      if (role !== 'admin') {
        keepAnAdmin(before);
        // Links that were made with rights that are now gone.
        endInvitesBy.run(id);
      }
      db.prepare('UPDATE people SET role = ? WHERE id = ?').run(role, id);
      return person(id);
    }).immediate,
    /** Ends every sign-in of the person but `keepSignIn`, and open links that could set the password again. */
    setPassword: db.transaction((id: number, passwordHash: string, keepSignIn = 0): void => {
      person(id);
      db.prepare('UPDATE people SET password = ? WHERE id = ?').run(passwordHash, id);
      endSignIns.run(id, keepSignIn);
      endResetsOf.run(id);
    }).immediate,
    /** The same password at today's cost; nothing happens when it was changed meanwhile. */
    rehash(id: number, before: string, after: string): void {
      db.prepare('UPDATE people SET password = ? WHERE id = ? AND password = ?').run(after, id, before);
    },
    /** From here on the person can't come in; what was theirs is removed next, then `finishRemoval`. */
    beginRemoval: db.transaction((id: number): void => {
      const leaving = db.prepare('SELECT 1 FROM people WHERE id = ? AND leaving = 1').get(id);
      if (leaving) return;
      keepAnAdmin(person(id));
      db.prepare('UPDATE people SET leaving = 1 WHERE id = ?').run(id);
      endSignIns.run(id, 0);
      endKeys.run(id);
      endInvitesBy.run(id);
      endResetsOf.run(id);
    }).immediate,
    finishRemoval(id: number): void {
      db.prepare('DELETE FROM people WHERE id = ? AND leaving = 1').run(id);
    },
    /** Those whose removal was cut off by a stop or a power cut. */
    listLeaving: (): number[] =>
      db
        .prepare<[], { id: number }>('SELECT id FROM people WHERE leaving = 1')
        .all()
        .map(({ id }) => id),
  };
}
