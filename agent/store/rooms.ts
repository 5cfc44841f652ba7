/** What lives in the store's thread: one SQLite file and one set of synchronous functions for each room. */
import { join } from 'node:path';
import { openPeople, peopleSchema } from '../auth/people.ts';
import { openSessions, sessionsSchema } from '../conversation/sessions.ts';
import { documentsSchema, openDocuments } from '../documents/documents-table.ts';
import { factsSchema, openFacts } from '../memory/facts.ts';
import { checkDatabase, copyDatabase, type Database, openDatabase } from './sqlite.ts';

export const databaseNames = ['people', 'sessions', 'memory', 'documents'] as const;

/** Everything a room's function takes and returns crosses threads: plain data only. */
export function openRooms(home: string) {
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

export type Rooms = ReturnType<typeof openRooms>;
