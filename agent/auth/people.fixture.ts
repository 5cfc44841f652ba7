/** For tests: the real database of people in a folder, on this thread, and a clock that is moved by hand. */
import { join } from 'node:path';
import { createPasswords } from '@rockpool/signing/passwords';
import { openDatabase } from '../store/sqlite.ts';
import { openPeople, type People, peopleSchema } from './people.ts';

export interface OpenedPeople {
  people: People;
  close(): void;
}

export function openPeopleIn(folder: string): OpenedPeople {
  const db = openDatabase(join(folder, 'people.db'), peopleSchema);
  const room = openPeople(db);
  const people = new Proxy(room, {
    get: (target, method: keyof typeof room) => {
      const run = target[method] as (...args: unknown[]) => unknown;
      return async (...args: unknown[]) => run(...args);
    },
  });
  return { people: people as unknown as People, close: () => db.close() };
}

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export function createClock(start = Date.UTC(2026, 2, 2)) {
  let now = start;
  return {
    now: () => now,
    pass(ms: number): void {
      now += ms;
    },
  };
}

/** argon2id at the least cost there is; what is tested is who asks for it. */
export const quickPasswords = createPasswords({ memoryKiB: 8, passes: 1 });
