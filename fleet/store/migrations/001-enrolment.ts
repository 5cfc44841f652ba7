/** Claims, devices, certificates, escrows, the audit: what enrolment needs. */
import type { Kysely } from 'kysely';
import { bytes, numbered } from './columns.ts';

export async function createEnrolment(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('facts')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await numbered(db, 'claims')
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text')
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('lan_names', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('used_at', 'bigint')
    .addColumn('used_by', 'text')
    .execute();
  await numbered(db, 'devices')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_in_force', 'text', (column) => column.unique())
    .addColumn('identity', 'text', (column) => column.notNull().unique())
    .addColumn('claim_id', 'integer', (column) => column.notNull().references('claims.id'))
    .addColumn('lan_names', 'text', (column) => column.notNull())
    .addColumn('enrolled_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('revoked_because', 'text')
    .execute();
  await schema
    .createTable('device_labels')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('device_labels_key', ['device_id', 'key'])
    .execute();
  await schema
    .createTable('certificates')
    .addColumn('serial', 'text', (column) => column.primaryKey())
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('pem', 'text', (column) => column.notNull())
    .addColumn('key_pin', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addColumn('issued_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await schema
    .createIndex('certificates_of_device')
    .on('certificates')
    .columns(['device_id', 'kind', 'issued_at'])
    .execute();
  await schema
    .createTable('spent_nonces')
    .addColumn('nonce', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await numbered(db, 'escrows')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('sealed', bytes(db), (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('escrows_once', ['device_id', 'kind', 'digest'])
    .execute();
  await schema
    .createTable('audit')
    .addColumn('seq', 'integer', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('prev', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
}
