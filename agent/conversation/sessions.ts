/** The sessions' database, inside the store's thread: threads, what was said in them, and finding it again. */
import { randomBytes } from 'node:crypto';
import type { Session, SessionPatch, SessionWithMessages } from '@rockpool/protocol/chat';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';
import { openMessages } from './messages.ts';
import { type OwnedRow, type SessionRow, toSession } from './session-row.ts';
import { openSessionSearch } from './session-search.ts';

export { sessionsSchema } from './session-row.ts';

/** Sessions that nobody said anything in are tidied away after this long. */
const emptyForMs = 24 * 60 * 60 * 1000;

/** Somebody else's session is answered as one that doesn't exist. */
export function openSessions(db: Database) {
  const row = db.prepare<[string, number], SessionRow>('SELECT * FROM session WHERE id = ? AND person = ?');
  const owned: OwnedRow = (personId, id) => {
    const found = row.get(id, personId);
    if (!found) throw new Refusal('not-found', 'There is no such chat; it may have been deleted.');
    return found;
  };
  const search = openSessionSearch(db);
  const messages = openMessages(db, owned, search);

  const insert = db.prepare<[string, number, number, number]>(
    'INSERT INTO session (id, person, created_at, updated_at) VALUES (?, ?, ?, ?)',
  );
  const listed = db.prepare<[number, number], SessionRow>(
    'SELECT * FROM session WHERE person = ? AND archived = ? ORDER BY pinned DESC, updated_at DESC, number DESC',
  );
  const update = db.prepare<[string, string, number, number, number | null, number]>(
    'UPDATE session SET title = ?, title_by = ?, pinned = ?, archived = ?, leaf = ? WHERE number = ?',
  );
  const removeOne = db.prepare<[number]>('DELETE FROM session WHERE number = ?');
  const ofPerson = db.prepare<[number], SessionRow>('SELECT * FROM session WHERE person = ?');
  const neverUsed = db.prepare<[number, number], SessionRow>(
    "SELECT * FROM session WHERE person = ? AND leaf IS NULL AND title_by = 'first-words' AND created_at < ?",
  );

  const removeRow = (session: SessionRow): void => {
    search.removeSession(session);
    removeOne.run(session.number);
  };

  return {
    create: db.transaction((personId: number, at: number): Session => {
      for (const empty of neverUsed.all(personId, at - emptyForMs)) removeRow(empty);
      const id = `ses_${randomBytes(15).toString('base64url')}`;
      insert.run(id, personId, at, at);
      return toSession(owned(personId, id));
    }).immediate,

    /** Pinned first, then the newest. */
    list: (personId: number, archived: boolean): Session[] =>
      listed.all(personId, Number(archived)).map(toSession),

    /** @throws Refusal when the person has no such session */
    own(personId: number, id: string): void {
      owned(personId, id);
    },

    get(personId: number, id: string): SessionWithMessages {
      const session = owned(personId, id);
      return { session: toSession(session), messages: messages.shown(session) };
    },

    /** Every message of every branch, oldest first. */
    getAll(personId: number, id: string): SessionWithMessages {
      const session = owned(personId, id);
      return { session: toSession(session), messages: messages.all(session) };
    },

    patch: db.transaction((personId: number, id: string, patch: SessionPatch): Session => {
      const session = owned(personId, id);
      const title = patch.title ?? session.title;
      const titleBy = patch.title === undefined ? session.title_by : 'person';
      const pinned = Number(patch.pinned ?? session.pinned);
      const archived = Number(patch.archived ?? session.archived);
      const leaf = patch.leaf === undefined ? session.leaf : messages.leafUnder(session, patch.leaf);
      update.run(title, titleBy, pinned, archived, leaf, session.number);
      if (patch.title !== undefined) search.setTitle(session, title);
      return toSession(owned(personId, id));
    }).immediate,

    /** Gone from the disk too, its words in the index included. */
    remove: db.transaction((personId: number, id: string): void => removeRow(owned(personId, id))).immediate,

    /** @returns the ids of the sessions that were, so that their caches can be dropped as well */
    removePerson: db.transaction((personId: number): string[] => {
      const rows = ofPerson.all(personId);
      for (const session of rows) removeRow(session);
      return rows.map(({ id }) => id);
    }).immediate,

    search: search.find,
    begin: messages.begin,
    save: messages.save,
    finish: messages.finish,
  };
}

export type SessionsTable = ReturnType<typeof openSessions>;
