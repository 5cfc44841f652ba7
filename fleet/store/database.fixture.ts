/**
 * Where a test keeps its rows: SQLite in a temporary folder, unless its file started a PostgreSQL. So the same tests run on
 * both: `test/postgres.root.test.ts` imports their files once more.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from './open.ts';
import type { PostgresServer } from './postgres.fixture.ts';
import type { Database } from './tables.ts';

let postgres: PostgresServer | undefined;

/** From now on, in this test file. */
export const usePostgres = (server: PostgresServer): void => {
  postgres = server;
};

export const onPostgres = (): boolean => postgres !== undefined;

/** @returns the URL of a new database, or undefined where a controller keeps its own file */
export const createDatabase = async (): Promise<string | undefined> => postgres?.create();

export interface TestDatabase {
  /** Temporary, and gone with it. */
  home: string;
  /** What `openStore` was given. */
  where: string;
  db: Database;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openTestDatabase(): Promise<TestDatabase> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-fleet-db-'));
  const where = (await createDatabase()) ?? home;
  const db = await openStore(where);
  return {
    ...{ home, where, db },
    async [Symbol.asyncDispose]() {
      await db.destroy();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const ofHomes = new Map<string, Promise<string | undefined>>();

/** What every start of a controller in this home is given as `--database`: nothing, where it keeps its own file. */
export function databaseOf(home: string): Promise<string | undefined> {
  const found = ofHomes.get(home) ?? createDatabase();
  ofHomes.set(home, found);
  return found;
}

/** The same for `openStore`. */
export const whereOf = async (home: string): Promise<string> => (await databaseOf(home)) ?? home;

/** The same as processes and commands read it. */
export async function databaseEnv(home: string): Promise<NodeJS.ProcessEnv> {
  const url = await databaseOf(home);
  return url === undefined ? {} : { ROCKPOOL_FLEET_DATABASE: url };
}
