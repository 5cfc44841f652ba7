/** Driver for better-sqlite3: the one small file of the uplink, which heals itself: what is damaged is set aside and begun anew. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';

export type Database = Sqlite.Database;

/**
 * `durable`: on disk when the call returns, whatever happens to the power. `soon`: within the next of those, or a little
 * later; never half of it, and never out of order.
 */
export type Durability = 'durable' | 'soon';

export interface UplinkFile {
  /**
   * One transaction; within another it is part of that one.
   * @throws what `work` throws; with `isFull`, when the disk has no room
   */
  run<T>(durability: Durability, work: (db: Database) => T): T;
  /** Told when a damaged file was set aside: all that was in it is gone. */
  onReplaced(listener: (why: string) => void): void;
  /** On disk, with its log. */
  bytes(): number;
  close(): void;
}

export const inMemory = ':memory:';

/** "RPUL": a stranger's database is not written to. */
const applicationId = 0x5250554c;
const schema = `
  CREATE TABLE spool (seq INTEGER PRIMARY KEY, kept INTEGER NOT NULL, packed BLOB NOT NULL) STRICT;
  CREATE INDEX spool_droppable ON spool (seq) WHERE kept = 0;
  CREATE TABLE memo (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE command (
    id TEXT PRIMARY KEY, counter INTEGER NOT NULL, name TEXT NOT NULL, before TEXT, result TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX command_counter ON command (counter);
`;
const versions = [schema];

/** @param path of the file, or `inMemory` */
export function openUplinkFile(path: string): UplinkFile {
  const listeners = new Set<(why: string) => void>();
  let early: string | undefined;
  let db: Database;
  try {
    db = open(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    early = beginAnew(error);
  }

  /** @returns one sentence about it */
  function beginAnew(error: Error): string {
    setAside(path);
    db = open(path);
    return `${path} was damaged (${error.message}) and is set aside; the reports in it are lost, and numbers begin anew`;
  }

  function transaction<T>(durability: Durability, work: (db: Database) => T): T {
    db.pragma(`synchronous = ${durability === 'durable' ? 'FULL' : 'NORMAL'}`);
    return db.transaction(() => work(db)).immediate();
  }

  return {
    run(durability, work) {
      if (db.inTransaction) return work(db);
      try {
        return transaction(durability, work);
      } catch (error) {
        if (!isDamage(error)) throw error;
        db.close();
        const why = beginAnew(error);
        for (const tell of listeners) tell(why);
        return transaction(durability, work);
      }
    },
    onReplaced(listener) {
      listeners.add(listener);
      // Found out at the opening, before anybody could listen.
      if (early !== undefined) listener(early);
    },
    bytes: () => {
      const pages = Number(db.pragma('page_count', { simple: true }));
      return pages * Number(db.pragma('page_size', { simple: true }));
    },
    close: () => db.close(),
  };
}

function open(path: string): Database {
  if (path !== inMemory) makePrivate(path);
  const db = new Sqlite(path, { timeout: 5_000 });
  try {
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('secure_delete = ON');
    // The log never grows beyond a megabyte, nor the memory beyond half of one.
    db.pragma('wal_autocheckpoint = 256');
    db.pragma('journal_size_limit = 1048576');
    db.pragma('cache_size = -512');
    db.pragma('temp_store = MEMORY');
    demandWhole(db);
    migrate(db, path);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** What a device did is its owner's business; the log gets the rights of the file. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** A hundred milliseconds for a full spool, once at a start: a damaged page must not be found in the middle of a command. */
function demandWhole(db: Database): void {
  const found = String(db.pragma('quick_check(1)', { simple: true }));
  if (found !== 'ok') throw new Spoiled(found);
}

function migrate(db: Database, path: string): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > 0 && db.pragma('application_id', { simple: true }) !== applicationId)
    throw new Error(`${path} is no file of the uplink; move it away and start again`);
  if (version > versions.length)
    throw new Error(`${path} was written by a newer Rockpool (version ${version}); start that one`);
  db.transaction(() => {
    for (const statements of versions.slice(version)) db.exec(statements);
    // With the file comes its epoch: whatever numbers another file gave belong to another one.
    db.prepare("INSERT OR IGNORE INTO memo VALUES ('epoch', ?)").run(randomBytes(8).toString('hex'));
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${versions.length}`);
  }).immediate();
}

/** Found by our own look at the pages. */
class Spoiled extends Error {
  override readonly name = 'Spoiled';
}

const isDamage = (error: unknown): error is Error =>
  error instanceof Spoiled ||
  (error instanceof Sqlite.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code));

/** Whatever of the file and its log couldn't grow. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(?:SQLITE_FULL|SQLITE_IOERR_SHMSIZE|SQLITE_IOERR_WRITE|ENOSPC)/.test(String(error.code));

/** One is kept for whoever wants to know why; more would fill the disk that may be the reason. */
function setAside(path: string): void {
  if (path === inMemory) return;
  const folder = dirname(path);
  const prefix = `${basename(path)}.damaged`;
  for (const old of readdirSync(folder).filter((name) => name.startsWith(prefix)))
    rmSync(join(folder, old), { force: true });
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(path + end)) renameSync(path + end, join(folder, `${prefix}${end}`));
}
