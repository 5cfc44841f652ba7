/** Where the two databases differ: how a row gets its number, how bytes and the time are called, and in nothing else that is used here. */
import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: whatever tables it has
export const isPostgres = (db: Kysely<any>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

/** Milliseconds since 1970 by the clock of the database, which all controllers share. */
// biome-ignore lint/suspicious/noExplicitAny: whatever tables it has
export const databaseNow = (db: Kysely<any>): RawBuilder<number> =>
  isPostgres(db)
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
