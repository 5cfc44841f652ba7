/** Who holds the home folder: a lock of the operating system that ends with its holder, however that dies. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import { writeFileAtomically } from './files.ts';
import { finishReplacing } from './replace.ts';

/** What stands in `run/agent.json`: how the command line finds the agent. Readable by its owner only. */
const Holder = z.object({
  pid: z.int(),
  /** `agent`: people are served; `command`: gone in a moment. */
  kind: z.enum(['agent', 'command']),
  startedAt: z.int().describe('milliseconds since 1970'),
  address: z.string().nullable().describe('null until it listens, and for a command'),
  credential: z
    .string()
    .describe('random at every start; whoever can read this file may do what an admin may'),
});
export type Holder = z.infer<typeof Holder>;

export interface Hold {
  readonly credential: string;
  /** Tells the command line where the agent listens. */
  announce(address: string): void;
  release(): void;
}

/** Somebody else holds it. `holder` is unknown for the moment between taking the lock and saying who. */
export class HomeHeld extends Error {
  override readonly name = 'HomeHeld';
  readonly holder: Holder | undefined;

  constructor(home: string, holder: Holder | undefined, now: number) {
    super(
      `${home} is in use by ${holder ? describe(holder, now) : 'another Rockpool'}; stop that one or set ROCKPOOL_HOME.`,
    );
    this.holder = holder;
  }
}

/**
 * Holds `home` for this process, and finishes a restore that lost its power midway.
 * @throws HomeHeld when another process holds it
 * @throws Error with one sentence when the folder can't be written
 */
export function holdHome(home: string, clock: Clock, kind: Holder['kind'] = 'agent'): Hold {
  const lock = takeLock(home, clock);
  try {
    finishReplacing(home);
    const holder: Holder = {
      pid: process.pid,
      kind,
      startedAt: clock.now(),
      address: null,
      credential: randomBytes(32).toString('base64url'),
    };
    write(home, holder);
    return {
      credential: holder.credential,
      announce: (address) => write(home, { ...holder, address }),
      release: () => {
        rmSync(holderFile(home), { force: true });
        lock.close();
      },
    };
  } catch (cause) {
    lock.close();
    throw cause;
  }
}

/** Who said last that it holds `home`. Only the lock tells whether it still does. */
export function readHolder(home: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(holderFile(home), 'utf8')));
  } catch {
    return undefined; // absent, or a stranger's: either way nobody who can be named
  }
}

const runFolder = (home: string): string => join(home, 'run');
const holderFile = (home: string): string => join(runFolder(home), 'agent.json');
const write = (home: string, holder: Holder): void =>
  writeFileAtomically(holderFile(home), `${JSON.stringify(holder)}\n`);

/** SQLite's exclusive lock is a lock of the kernel on the file, and ends with the process: nothing goes stale. */
function takeLock(home: string, clock: Clock): DatabaseSync {
  const lock = openLock(home);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    if (isBusy(cause)) throw new HomeHeld(home, readHolder(home), clock.now());
    throw unwritable(home, cause);
  }
}

function openLock(home: string): DatabaseSync {
  try {
    mkdirSync(runFolder(home), { recursive: true, mode: 0o700 });
    return new DatabaseSync(join(runFolder(home), 'lock.db'));
  } catch (cause) {
    throw unwritable(home, cause);
  }
}

const isBusy = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === 5;

/** As SQLite (13) or the system numbers it. */
const isFull = (cause: unknown): boolean =>
  typeof cause === 'object' &&
  cause !== null &&
  (('errcode' in cause && cause.errcode === 13) || ('code' in cause && cause.code === 'ENOSPC'));

function unwritable(home: string, cause: unknown): Error {
  const cure = isFull(cause)
    ? 'the disk is full; free some space and try again.'
    : "give its owner's account that right, or set ROCKPOOL_HOME to another folder.";
  return new Error(`${home} can't be written; ${cure}`, { cause });
}

function describe({ pid, kind, startedAt, address }: Holder, now: number): string {
  const since = `since ${new Date(startedAt).toISOString().replace(/\.\d+Z$/, 'Z')} (${age(now - startedAt)})`;
  const what = kind === 'agent' ? 'the agent' : 'a command';
  return `${what} with process number ${pid} ${since}${address ? `, serving ${address}` : ''}`;
}

function age(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}
