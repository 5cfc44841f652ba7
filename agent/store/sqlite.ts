/** Driver for better-sqlite3 and sqlite-vec: how every database of the agent is opened, migrated and copied. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
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
    // FULL: better-sqlite3 defaults to NORMAL under WAL, which may lose the last commits when power is cut.
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('secure_delete = ON');
    db.pragma('journal_size_limit = 16777216');
    db.pragma('temp_store = MEMORY');
    loadVectors(db);
    migrate(db, file, schema);
    return db;
  } catch (cause) {
    db.close();
    if (isDamage(cause)) throw damaged(file, cause);
    throw isFull(cause) ? noRoom(file, cause) : cause;
  }
}

/** For its owner only, also in a folder that others may read; its log and its index of that get the same rights. */
function makePrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
}

const isDamage = (error: unknown): error is Error =>
  error instanceof Sqlite.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code);

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(?:SQLITE_FULL|ENOSPC)/.test(String(error.code));

const noRoom = (file: string, cause: unknown): Error =>
  new Error(`The disk is full, so ${file} can't be opened; free some space and start again.`, { cause });

const damaged = (file: string, cause: Error): Error =>
  new Error(
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
  db.transaction(() => {
    for (const statements of schema.versions.slice(version)) db.exec(statements);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${newest}`);
  }).immediate();
}

const basename = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** A consistent, compact copy at `target`, complete and checked or absent. */
export function copyDatabase(db: Database, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  db.prepare('VACUUM INTO ?').run(partial);
  checkDatabase(partial);
  syncFile(partial);
  renameSync(partial, target);
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
    const found = db.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new Error(`${file} is damaged: ${String(found)}`);
  } catch (cause) {
    throw isDamage(cause) ? new Error(`${file} is damaged: ${cause.message}`, { cause }) : cause;
  } finally {
    db.close();
  }
}
