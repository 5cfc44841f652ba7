/** What lives in the store's thread: one SQLite file and one set of synchronous functions for each room. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { openPeople, peopleSchema } from '../auth/people.ts';
import { openSessions, sessionsSchema } from '../conversation/sessions.ts';
import { documentsSchema, openDocuments } from '../documents/documents-table.ts';
import type { Groups } from '../memory/facts.ts';
import { openMemoryRoom } from './memory-room.ts';
import { checkDatabase, copyDatabase, type Database, openDatabase } from './sqlite.ts';

export const databaseNames = ['people', 'sessions', 'memory', 'documents'] as const;
type DatabaseName = (typeof databaseNames)[number];

/** Everything a room's function takes and returns crosses threads: plain data only. */
export function openRooms(home: string) {
  refuseEmptied(home);
  // Asked before the first of them is made: the last is made after memory.
  const isBegun = sizes(home).some(({ name, bytes }) => name === 'documents' && bytes > 0);
  const opened: { name: DatabaseName; db: Database }[] = [];
  const open = (name: DatabaseName, schema: { versions: readonly string[] }): Database => {
    const db = openDatabase(join(home, `${name}.db`), schema);
    opened.push({ name, db });
    return db;
  };
  let memory: ReturnType<typeof openMemoryRoom> | undefined;
  const closeAll = (): void => {
    memory?.close();
    for (const { db } of opened.reverse()) db.close();
  };
  try {
    const people = open('people', peopleSchema);
    const sessions = open('sessions', sessionsSchema);
    let library: ReturnType<typeof openDocuments> | undefined;
    const groups: Groups = {
      of: (personId) => library?.groupsOf(personId) ?? [],
      all: () => library?.listGroups().map(({ id }) => id) ?? [],
    };
    const room = openMemoryRoom(home, isBegun, undefined, undefined, groups);
    memory = room;
    library = openDocuments(open('documents', documentsSchema));
    const disband = (): void => {
      try {
        if (room.db()) room.facts.disband();
      } catch (error) {
        // Found damaged just now: it is done once memory is back.
        if (!(error instanceof Refusal) || error.code !== 'memory-away') throw error;
      }
    };
    // Power may have been cut between the two files.
    disband();
    const databases = (): { name: DatabaseName; db: Database }[] => {
      const db = room.db();
      return db ? [...opened, { name: 'memory', db }] : opened;
    };
    return {
      people: openPeople(people),
      sessions: openSessions(sessions),
      memory: room.facts,
      documents: withGroupsOf(library, disband),
      store: {
        /** One consistent moment of all files: nothing else runs in this thread meanwhile. */
        copyTo(folder: string): string[] {
          if (room.away()) throw lacksMemory();
          return databases().map(({ name, db }) => {
            const target = join(folder, `${name}.db`);
            copyDatabase(db, target);
            return target;
          });
        },
        check(file: string): void {
          checkDatabase(file);
        },
        /** Writes the log back into the files, so that a copy of the folder is whole. */
        checkpoint(): void {
          for (const { db } of databases()) db.pragma('wal_checkpoint(TRUNCATE)');
        },
        /** Since when and why memory is away, and what would bring it back; null while it is there. */
        memoryAway: room.away,
        /** The file, when it is still to be checked, by somebody who has the time. */
        uncheckedMemory: room.unchecked,
        memoryChecked: room.checked,
        restoreMemory: room.restore,
        beginMemoryAnew: room.beginAnew,
        removeMemoryCopies: room.removeKept,
      },
      close: closeAll,
    };
  } catch (cause) {
    closeAll();
    throw cause;
  }
}

/** A group of people shares memory too: what was said in it goes back to its people with its documents. */
function withGroupsOf<D extends { removeGroup(id: number): void }>(documents: D, disband: () => void): D {
  return {
    ...documents,
    removeGroup(id: number): void {
      documents.removeGroup(id);
      disband();
    },
  };
}

/**
 * They are made in this order, so an empty file before one that is not has lost what it held; memory's is put aside. Taken for new, it would
 * give the rows of its neighbours to strangers: whoever came first would be person 1 again.
 */
function refuseEmptied(home: string): void {
  const all = sizes(home);
  const lost = all.findIndex(
    ({ name, bytes }, i) =>
      name !== 'memory' && bytes === 0 && all.slice(i + 1).some((later) => later.bytes > 0),
  );
  if (lost < 0) return;
  const file = join(home, `${databaseNames[lost]}.db`);
  throw new Error(
    `${file} is missing or empty and the other databases are not; stop the agent and restore the newest backup with 'npx rockpool backup restore FILE'.`,
  );
}

const sizes = (home: string): { name: DatabaseName; bytes: number }[] =>
  databaseNames.map((name) => ({
    name,
    bytes: statSync(join(home, `${name}.db`), { throwIfNoEntry: false })?.size ?? 0,
  }));

const lacksMemory = (): Refusal =>
  new Refusal(
    'memory-away',
    "A backup would lack memory, which is damaged and put aside; bring it back with 'npx rockpool memory restore' first.",
  );

export type Rooms = ReturnType<typeof openRooms>;
