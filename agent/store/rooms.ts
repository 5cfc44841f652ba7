/** What lives in the store's thread: one SQLite file and one set of synchronous functions for each room. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openPeople, peopleSchema } from '../auth/people.ts';
import { openSessions, sessionsSchema } from '../conversation/sessions.ts';
import { documentsSchema, openDocuments } from '../documents/documents-table.ts';
import { factsSchema, openFacts } from '../memory/facts.ts';
import { checkDatabase, copyDatabase, type Database, openDatabase } from './sqlite.ts';

export const databaseNames = ['people', 'sessions', 'memory', 'documents'] as const;

/** Everything a room's function takes and returns crosses threads: plain data only. */
export function openRooms(home: string) {
  refuseEmptied(home);
  const opened: Database[] = [];
  const open = (name: (typeof databaseNames)[number], schema: { versions: readonly string[] }): Database => {
    const db = openDatabase(join(home, `${name}.db`), schema);
    opened.push(db);
    return db;
  };
  try {
    const people = open('people', peopleSchema);
    const sessions = open('sessions', sessionsSchema);
    const memory = open('memory', factsSchema);
    const documents = open('documents', documentsSchema);
    return {
      people: openPeople(people),
      sessions: openSessions(sessions),
      memory: openFacts(memory),
      documents: openDocuments(documents),
      store: {
        /** One consistent moment of all files: nothing else runs in this thread meanwhile. */
        copyTo(folder: string): string[] {
          return opened.map((db, i) => {
            const target = join(folder, `${databaseNames[i]}.db`);
            copyDatabase(db, target);
            return target;
          });
        },
        check(file: string): void {
          checkDatabase(file);
        },
        /** Writes the log back into the files, so that a copy of the folder is whole. */
        checkpoint(): void {
          for (const db of opened) db.pragma('wal_checkpoint(TRUNCATE)');
        },
      },
      close(): void {
        for (const db of opened.reverse()) db.close();
      },
    };
  } catch (cause) {
    for (const db of opened.reverse()) db.close();
    throw cause;
  }
}

/**
 * They are made in this order, so an empty file before one that is not has lost what it held. Taken for new, it would
 * give the rows of its neighbours to strangers: whoever came first would be person 1 again.
 */
function refuseEmptied(home: string): void {
  const bytes = databaseNames.map(
    (name) => statSync(join(home, `${name}.db`), { throwIfNoEntry: false })?.size ?? 0,
  );
  const lost = bytes.findIndex((size, i) => size === 0 && bytes.slice(i + 1).some((later) => later > 0));
  if (lost < 0) return;
  const file = join(home, `${databaseNames[lost]}.db`);
  throw new Error(
    `${file} is missing or empty and the other databases are not; stop the agent and restore the newest backup with 'npx rockpool backup restore FILE'.`,
  );
}

export type Rooms = ReturnType<typeof openRooms>;
