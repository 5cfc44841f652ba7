/** Which database a controller has: a file of its own, or one that several share. */

import { isTaken as isTakenInPostgres, type OpenPostgres, openPostgres } from './postgres.ts';
import { databaseFile, isTaken as isTakenInSqlite, openSqlite } from './sqlite.ts';
import type { Database } from './tables.ts';

export { databaseFile };

export const isPostgresUrl = (where: string): boolean => /^postgres(?:ql)?:\/\//.test(where);

/** @param where `postgres://USER@HOST/NAME`, or the folder that holds all that the controller knows */
export const openStore = (where: string, options: OpenPostgres = {}): Promise<Database> =>
  isPostgresUrl(where) ? openPostgres(where, options) : openSqlite(databaseFile(where));

/** Two asked for the same at once, and this one came second. */
export const isTaken = (error: unknown): boolean => isTakenInSqlite(error) || isTakenInPostgres(error);
