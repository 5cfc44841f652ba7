/** Columns whose kind the two databases call differently. */
import type { Kysely } from 'kysely';
import { isPostgres } from '../dialect.ts';

/** A table whose rows get a number that is never given twice, also after its row is gone. */
export const numbered = (db: Kysely<unknown>, table: string) =>
  db.schema
    .createTable(table)
    .addColumn('id', isPostgres(db) ? 'serial' : 'integer', (column) =>
      isPostgres(db) ? column.primaryKey() : column.primaryKey().autoIncrement(),
    );

export const bytes = (db: Kysely<unknown>): 'bytea' | 'blob' => (isPostgres(db) ? 'bytea' : 'blob');
