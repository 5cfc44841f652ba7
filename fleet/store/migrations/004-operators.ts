/** Operators, where they are signed in, their programs' keys, the setup code, and guesses. */
import type { Kysely } from 'kysely';
import { numbered } from './columns.ts';

export async function createOperators(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await numbered(db, 'operators')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('folded', 'text', (column) => column.notNull().unique())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('password', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'bigint')
    .execute();
  await numbered(db, 'operator_sessions')
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('operator_id', 'integer', (column) =>
      column.notNull().references('operators.id').onDelete('cascade'),
    )
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('operator_sessions_of_operator')
    .on('operator_sessions')
    .column('operator_id')
    .execute();
  await numbered(db, 'api_keys')
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('operator_id', 'integer', (column) =>
      column.notNull().references('operators.id').onDelete('cascade'),
    )
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('used_at', 'bigint')
    .execute();
  await schema.createIndex('api_keys_of_operator').on('api_keys').column('operator_id').execute();
  await numbered(db, 'setup_codes')
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('guesses')
    .addColumn('bucket', 'text', (column) => column.primaryKey())
    .addColumn('failures', 'double precision', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('open_at', 'bigint', (column) => column.notNull())
    .addColumn('forgotten_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('guesses_by_end').on('guesses').column('forgotten_at').execute();
}
