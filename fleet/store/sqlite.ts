/** Driver for better-sqlite3: the database of a controller on one machine. */
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { migrate } from './migrations/migrate.ts';
import type { Database, Tables } from './tables.ts';

export const databaseFile = (home: string): string => join(home, 'fleet.db');

/** Written to the file's header, so that a stranger's database is refused. "RPFL". */
const applicationId = 0x5250464c;

/** Creates it when absent, brings it to the newest version; for its owner only. */
export async function openSqlite(file: string): Promise<Database> {
  const isNew = !existsSync(file);
  if (isNew) closeSync(openSync(file, 'a', 0o600));
  // The command line writes to it while the controller runs; each waits for the other.
  const database = new Sqlite(file, { timeout: 10_000 });
  try {
    const found = database.pragma('application_id', { simple: true });
    const isEmpty = database.pragma('page_count', { simple: true }) === 0;
    if (!isEmpty && found !== applicationId) throw new Error(`${file} is not a controller's database`);
    database.pragma('journal_mode = WAL');
    // A claim that was used stays used when power is cut: WAL's usual NORMAL may lose the last commits.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    // What is forgotten is overwritten, not only no longer found.
    database.pragma('secure_delete = ON');
    database.pragma(`application_id = ${applicationId}`);
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keptPrepared(database) }) });
    await migrate(db);
    return db;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** Rows that are written together make a statement of their own for each number of them; beyond these the oldest are made anew. */
const statementsMost = 256;

/** Parsing a statement takes SQLite longer than doing it: whoever asks for the same again gets the same. */
function keptPrepared(database: Sqlite.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const statement = kept.get(sql) ?? (database.prepare(sql) as unknown as SqliteStatement);
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.keys();
      if (kept.size > statementsMost && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
    close: () => void database.close(),
  };
}

/** Two asked for the same at once, and this one came second. */
export const isTaken = (error: unknown): boolean =>
  error instanceof Sqlite.SqliteError && /^SQLITE_CONSTRAINT_(?:UNIQUE|PRIMARYKEY)$/.test(error.code);

/** A whole copy as of one moment, also while others write; for its owner only. @throws when `to` is there */
export async function copySqlite(file: string, to: string): Promise<{ bytes: number }> {
  closeSync(openSync(to, 'wx', 0o600));
  const database = new Sqlite(file, { readonly: true, timeout: 10_000 });
  try {
    // All in one step: one that is made of many begins anew whenever somebody writes between two.
    await database.backup(to, { progress: ({ totalPages }) => totalPages });
    const copy = new Sqlite(to, { timeout: 10_000 });
    try {
      const found = copy.pragma('integrity_check', { simple: true });
      if (found !== 'ok') throw new Error(`the copy is damaged: ${String(found)}`);
    } finally {
      copy.close();
    }
    return { bytes: statSync(to).size };
  } catch (cause) {
    rmSync(to, { force: true });
    throw cause;
  } finally {
    database.close();
  }
}
