/** Memory's database as the store opens it: checked after a power cut, and put aside when it is damaged. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { factsSchema, type Groups, openFacts } from '../memory/facts.ts';
import { rescueFacts } from '../memory/facts-rescue.ts';
import { type Away, openAside } from './aside.ts';
import {
  checkDatabase,
  Damaged,
  type Database,
  findDamage,
  isDamage,
  openDatabase,
  openDatabaseAsItIs,
  wasCutOff,
} from './sqlite.ts';

export type Facts = ReturnType<typeof openFacts>;

/** A larger file is checked beside the work: its readers would wait for seconds. */
const checkedAtOnceBytes = 128 * 1024 * 1024;

export interface MemoryAway {
  since: number;
  why: string;
  /** Where what was left of it lies; null when there was nothing. */
  file: string | null;
  /** The newest whole copy, if any. */
  restore: string | null;
}

/** @param isKnown people and chats are here, so that a missing memory is lost and not yet to be made */
export function openMemoryRoom(
  home: string,
  isKnown: boolean,
  now: () => number = Date.now,
  atOnceBytes = checkedAtOnceBytes,
  groups?: Groups,
) {
  const file = join(home, 'memory.db');
  const aside = openAside(home, 'memory');
  const isHalfDone = aside.isHalfDone();
  let away: Away | undefined = aside.away();
  let opened: { db: Database; facts: Facts } | undefined;
  /** Its last user didn't close it, and it is too large to be checked before anybody is served. */
  let owesCheck = false;

  function open(): void {
    const cutOff = wasCutOff(file);
    const db = openDatabase(file, factsSchema);
    try {
      const isLarge = statSync(file).size > atOnceBytes;
      const damage = cutOff && !isLarge ? findDamage(db) : undefined;
      if (damage !== undefined) throw new Damaged(`${file} is damaged (${damage})`);
      owesCheck = cutOff && isLarge;
      opened = { db, facts: openFacts(db, groups) };
    } catch (cause) {
      if (isUnreadable(cause)) aside.announce(cause.message, now());
      db.close();
      throw cause;
    }
  }

  /** The file is kept under its date. Where every row of it can be read, a new one with all of them takes its place. */
  function putAside(why: string): void {
    aside.announce(why, now());
    opened?.db.close();
    opened = undefined;
    away = aside.put(why, now());
    tryRescue(away);
  }

  function tryRescue({ file: damaged }: Away): void {
    if (damaged === null || !rescued(damaged)) return;
    away = undefined;
    open();
  }

  function rescued(damaged: string): boolean {
    const fresh = `${file}.rescued`;
    removeDatabase(fresh);
    let whole = false;
    try {
      const from = openDatabaseAsItIs(damaged);
      try {
        const to = openDatabase(fresh, factsSchema);
        try {
          whole = rescueFacts(from, to);
        } finally {
          to.close();
        }
      } finally {
        from.close();
      }
      if (whole) aside.replace(fresh);
    } catch (cause) {
      if (!isUnreadable(cause)) throw cause;
    } finally {
      removeDatabase(fresh);
    }
    return whole;
  }

  function tryOpening(): void {
    try {
      open();
    } catch (cause) {
      if (!isUnreadable(cause)) throw cause;
      putAside(cause.message);
    }
  }

  function call(name: string, args: unknown[]): unknown {
    const run = (): unknown => {
      if (!opened) throw isAway();
      const method = (opened.facts as unknown as Record<string, unknown>)[name];
      if (typeof method !== 'function') throw new Error(`the store has no memory.${name}`);
      return method(...args);
    };
    try {
      return run();
    } catch (cause) {
      if (!isUnreadable(cause)) throw cause;
      // What it was doing is undone; once more on what was rescued, or the refusal that says it is away.
      putAside(cause.message);
      return run();
    }
  }

  const isEmpty = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
  if (away) {
    if (isHalfDone) tryRescue(away);
  } else {
    if (isKnown && isEmpty) putAside(`${file} is missing or empty`);
    else tryOpening();
  }

  return {
    /** Every function of the facts; refuses with `memory-away` while there is no database. */
    facts: new Proxy({} as Facts, {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          call(String(name), args),
    }),
    db: (): Database | undefined => opened?.db,
    away: (): MemoryAway | null =>
      away
        ? { since: away.since, why: away.why, file: away.file, restore: newestWhole(aside.copies()) }
        : null,
    /** The file, when it is still to be checked, by somebody who has the time. */
    unchecked: (): string | null => (owesCheck ? file : null),
    checked(damage: string | null): void {
      owesCheck = false;
      if (damage !== null && opened) putAside(`${file} is damaged (${damage})`);
    },
    /** A copy takes the place of the database; what is there now is put aside first. */
    restore(copy: string | null): string {
      const from = copy ?? newestWhole(aside.copies());
      if (from === null)
        throw new Refusal(
          'not-found',
          'There is no copy of memory here; give the path of one, or begin anew.',
        );
      checkCopy(from);
      if (opened) {
        aside.announce('a copy took its place', now());
        opened.db.close();
        opened = undefined;
        away = aside.put('a copy took its place', now());
      }
      aside.replace(from);
      away = undefined;
      open();
      return from;
    },
    /** An empty memory, where the old one is lost for good. */
    beginAnew(): void {
      if (opened)
        throw new Refusal('conflict', 'Memory is there and whole; forget what is no longer wanted.');
      aside.giveUp();
      away = undefined;
      open();
    },
    removeKept: aside.removeKept,
    close(): void {
      opened?.facts.keepUses();
      opened?.db.close();
      opened = undefined;
    },
  };
}

const isUnreadable = (cause: unknown): cause is Error => cause instanceof Damaged || isDamage(cause);

const isAway = (): Refusal =>
  new Refusal(
    'memory-away',
    "Memory is damaged and was put aside; chats and documents work without it, and an administrator can bring back its last copy with 'npx rockpool memory restore'.",
  );

function checkCopy(file: string): void {
  try {
    checkDatabase(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('bad-request', `That copy can't be used: ${why}.`, { cause });
  }
}

/** The newest may be what the same failing disk wrote last. */
function newestWhole(copies: readonly string[]): string | null {
  for (const copy of copies) {
    try {
      checkDatabase(copy);
      return copy;
    } catch {
      // Not this one: the next is older and may be whole.
    }
  }
  return null;
}

function removeDatabase(file: string): void {
  for (const ending of ['-wal', '-shm', '']) rmSync(file + ending, { force: true });
}
