/** Driver for better-sqlite3 and sqlite-vec: how every database of the agent is opened, migrated and copied. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { load as loadVectors } from 'sqlite-vec';
import { syncFile, syncFolder } from '../host/files.ts';

export type Database = Sqlite.Database;

/** Written to every file's header, so that a stranger's database is refused. "RPOL". */
const applicationId = 0x52504f4c;

export interface Schema {
  /** Statements per version, oldest first; the version of a file is how many of them it has seen. */
  readonly versions: readonly string[];
}

/**
 * Opens `file`, creating it when absent, and brings it to the newest version of `schema`.
 * A file that needs migrating is copied to `backups/` beside it first, and the copy is checked.
 */
export function openDatabase(file: string, schema: Schema): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  makePrivate(file);
  const db = new Sqlite(file, { timeout: 5_000 });
  try {
    // Before the first page is written; a file that was made without it is rewritten once, see `giveBackPages`.
    db.pragma('auto_vacuum = INCREMENTAL');
    // FULL: better-sqlite3 defaults to NORMAL under WAL, which may lose the last commits when power is cut.
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('secure_delete = ON');
    // As many pages of 4 KiB as the log may keep: written back less often, each of them fewer times.
    db.pragma('wal_autocheckpoint = 4096');
    db.pragma('journal_size_limit = 16777216');
    // Indexes are written and looked up all over: with the usual 2 MB every other page would be read again.
    db.pragma('cache_size = -16000');
    db.pragma('temp_store = MEMORY');
    loadVectors(db);
    migrate(db, file, schema);
    giveBackPages(db, file);
    return db;
  } catch (cause) {
    db.close();
    if (isDamage(cause)) throw damaged(file, cause);
    throw isFull(cause) ? noRoom(file, cause) : cause;
  }
}

/** To read what is left of a damaged file: nothing of it is migrated or written. */
export function openDatabaseAsItIs(file: string): Database {
  const db = new Sqlite(file, { readonly: true });
  loadVectors(db);
  return db;
}

/** For its owner only, also in a folder that others may read; its log and its index of that get the same rights. */
function makePrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
}

/** What SQLite says of a file that a failing disk or memory spoiled. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof Sqlite.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code);

/** Whoever had it open last did not close it: its log is still there. Ask before it is opened. */
export const wasCutOff = (file: string): boolean =>
  (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** The first damage that SQLite finds in its pages; undefined when they are whole. Takes a second for 100 MB. */
export function findDamage(db: Database): string | undefined {
  try {
    const found = String(db.pragma('quick_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found;
  } catch (cause) {
    if (isDamage(cause)) return cause.message;
    throw cause;
  }
}

/** The index of the log is a file too, and what it says when it can't grow is no SQLITE_FULL. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(?:SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC)/.test(String(error.code));

const noRoom = (file: string, cause: unknown): Error =>
  Object.assign(
    new Error(`The disk is full, so ${file} can't be written; free some space and try again.`, { cause }),
    { code: 'SQLITE_FULL' },
  );

/** A file whose pages are spoiled. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

const damaged = (file: string, cause: Error): Damaged =>
  new Damaged(
    `${file} is damaged (${cause.message}); stop the agent and restore the newest backup with 'npx rockpool backup restore FILE'.`,
    { cause },
  );

function migrate(db: Database, file: string, schema: Schema): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  const newest = schema.versions.length;
  if (version > 0 && db.pragma('application_id', { simple: true }) !== applicationId) {
    throw new Error(`${file} is not a database of Rockpool; move it away and start again`);
  }
  if (version > newest) {
    throw new Error(
      `${file} was written by a newer Rockpool (version ${version}, this one knows ${newest}); start the newer one`,
    );
  }
  if (version === newest) return;
  if (version > 0)
    copyDatabase(db, join(dirname(file), 'backups', `${Date.now()}-v${version}-${basename(file)}`));
  // A table that is made anew must not take along what refers to it; this can't be changed within the transaction.
  db.pragma('foreign_keys = OFF');
  db.transaction(() => {
    for (const statements of schema.versions.slice(version)) db.exec(statements);
    if ((db.pragma('foreign_key_check') as unknown[]).length > 0)
      throw new Error(`${file} can't be migrated: rows refer to others that are not there`);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${newest}`);
  }).immediate();
  db.pragma('foreign_keys = ON');
}

/**
 * Pages that were emptied go back to the disk a few at a time, which a file has to be made for. One that was not is
 * written anew, once, when the disk has room for it; until then its empty pages are only used again.
 */
function giveBackPages(db: Database, file: string): void {
  if (db.pragma('auto_vacuum', { simple: true }) !== incremental) {
    const { bavail, bsize } = statfsSync(dirname(file));
    if (bavail * bsize < 3 * statSync(file).size) return;
    db.pragma('auto_vacuum = INCREMENTAL');
    db.exec('VACUUM');
  }
}

/** As `pragma auto_vacuum` numbers it. */
const incremental = 2;

const basename = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** As `copyDatabase`, over a connection of its own: whoever writes meanwhile goes on, and it reads one moment. */
export function copyDatabaseFile(file: string, target: string): void {
  const db = new Sqlite(file, { readonly: true, timeout: 5_000 });
  try {
    loadVectors(db);
    copyDatabase(db, target);
  } finally {
    db.close();
  }
}

/** A consistent, compact copy at `target`, complete and checked or absent. VACUUM reads one moment: no writer delays it. */
export function copyDatabase(db: Database, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  try {
    db.prepare('VACUUM INTO ?').run(partial);
    checkDatabase(partial);
    syncFile(partial);
    renameSync(partial, target);
  } catch (cause) {
    rmSync(partial, { force: true });
    throw isFull(cause) ? noRoom(target, cause) : cause;
  }
  syncFolder(dirname(target));
}

/** @throws Error naming the damage when `file` is not a whole database of ours */
export function checkDatabase(file: string): void {
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  const db = new Sqlite(file, { readonly: true });
  try {
    loadVectors(db);
    if (db.pragma('application_id', { simple: true }) !== applicationId) {
      throw new Error(`${file} is not a database of Rockpool`);
    }
    const found = findDamage(db);
    if (found !== undefined) throw new Error(`${file} is damaged: ${found}`);
  } catch (cause) {
    throw isDamage(cause) ? new Error(`${file} is damaged: ${cause.message}`, { cause }) : cause;
  } finally {
    db.close();
  }
}
