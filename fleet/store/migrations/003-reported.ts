/** What devices report: last states, samples, timelines, audit heads, and the feed of what changed. */
import type { Kysely } from 'kysely';
import { isPostgres } from '../dialect.ts';
import { numbered } from './columns.ts';

export async function createReported(db: Kysely<unknown>): Promise<void> {
  await createStates(db);
  const { schema } = db;
  await schema
    .createTable('device_epochs')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('ord', 'integer', (column) => column.notNull())
    .addColumn('upto', 'bigint', (column) => column.notNull())
    .addColumn('ahead', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('device_epochs_key', ['device_id', 'epoch'])
    .execute();
  await createSamples(db);
  await numbered(db, 'timeline')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('device_at', 'bigint')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('detail', 'text')
    .execute();
  await schema.createIndex('timeline_of_device').on('timeline').columns(['device_id', 'at']).execute();
  await schema.createIndex('timeline_by_age').on('timeline').columns(['at']).execute();
  await schema
    .createTable('audit_heads')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_heads_key', ['device_id', 'seq'])
    .execute();
  await schema
    .createTable('feed')
    .addColumn('seq', isPostgres(db) ? 'bigserial' : 'integer', (column) =>
      isPostgres(db) ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('device_id', 'integer')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  // What a running controller looks for every second.
  await schema
    .createIndex('certificates_revoked')
    .on('certificates')
    .columns(['revoked_at'])
    .where('revoked_at', 'is not', null)
    .execute();
}

async function createStates({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('device_states')
    .addColumn('device_id', 'integer', (column) => column.primaryKey().references('devices.id'))
    .addColumn('presence', 'text', (column) => column.notNull())
    .addColumn('presence_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('connected', 'integer', (column) => column.notNull())
    .addColumn('connected_at', 'bigint', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('epoch_ord', 'integer', (column) => column.notNull())
    .addColumn('connection', 'bigint', (column) => column.notNull())
    .addColumn('births', 'text', (column) => column.notNull())
    .addColumn('boot', 'text', (column) => column.notNull())
    .addColumn('command_counter', 'bigint', (column) => column.notNull())
    .addColumn('spool_oldest', 'bigint', (column) => column.notNull())
    .addColumn('spool_newest', 'bigint', (column) => column.notNull())
    .addColumn('spool_dropped', 'bigint', (column) => column.notNull())
    .addColumn('agent', 'text')
    .addColumn('model', 'text')
    .addColumn('system', 'text')
    .addColumn('config_version', 'bigint', (column) => column.notNull())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('heartbeat_s', 'integer', (column) => column.notNull())
    .addColumn('reported_ord', 'integer', (column) => column.notNull())
    .addColumn('reported_seq', 'bigint', (column) => column.notNull())
    .addColumn('health', 'text')
    .addColumn('health_at', 'bigint')
    .addColumn('health_ord', 'integer', (column) => column.notNull())
    .addColumn('health_seq', 'bigint', (column) => column.notNull())
    .addColumn('cpu_permille', 'bigint')
    .addColumn('memory_available_mib', 'bigint')
    .addColumn('hottest_milli_c', 'bigint')
    .addColumn('posture_holds', 'integer')
    .addColumn('warnings', 'text', (column) => column.notNull())
    .addColumn('skew_ms', 'bigint')
    .addColumn('head_ord', 'integer', (column) => column.notNull())
    .addColumn('head_seq', 'bigint', (column) => column.notNull())
    .addColumn('audit_seq', 'bigint')
    .addColumn('audit_hash', 'text')
    .addColumn('audit_fork', 'text')
    .addColumn('audit_fork_at', 'bigint')
    .addColumn('cloned_at', 'bigint')
    .execute();
  await schema.createIndex('states_by_presence').on('device_states').columns(['presence']).execute();
}

/** Whole numbers of any size that a device may say: `bigint` everywhere, for SQLite doesn't care. */
async function createSamples({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('samples')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('cpu_permille', 'bigint')
    .addColumn('memory_available_mib', 'bigint')
    .addColumn('disk_free_mib', 'bigint')
    .addColumn('hottest_milli_c', 'bigint')
    .addColumn('gpu_load_permille', 'bigint')
    .addColumn('power_milli_w', 'bigint')
    .addColumn('milli_tokens_per_s', 'bigint')
    .addColumn('queued', 'bigint')
    .addColumn('first_token_p95_ms', 'bigint')
    .addPrimaryKeyConstraint('samples_key', ['device_id', 'at'])
    .execute();
  await schema.createIndex('samples_by_age').on('samples').columns(['at']).execute();
}
