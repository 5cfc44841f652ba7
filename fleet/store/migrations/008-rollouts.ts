/** Rollouts, their waves and their devices; and which releases each device said that it has. */
import type { Kysely } from 'kysely';

export async function createRollouts({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('device_states')
    .addColumn('releases', 'text', (column) => column.notNull().defaultTo('[]'))
    .execute();
  await schema
    .createTable('rollouts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('release', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('manifest', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('seed', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('because', 'text')
    .addColumn('wave', 'integer', (column) => column.notNull())
    .addColumn('waits', 'integer', (column) => column.notNull())
    .addColumn('rolls_back', 'integer', (column) => column.notNull())
    .addColumn('unseen', 'integer', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('rollouts_by_state').on('rollouts').columns(['state', 'kind', 'name']).execute();
  await schema.createIndex('rollouts_by_time').on('rollouts').columns(['created_at', 'id']).execute();
  await schema
    .createTable('rollout_waves')
    .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.id'))
    .addColumn('wave', 'integer', (column) => column.notNull())
    .addColumn('last_rank', 'text', (column) => column.notNull())
    .addColumn('began_at', 'bigint')
    .addColumn('well_at', 'bigint')
    .addColumn('approved_by', 'text')
    .addColumn('approved_at', 'bigint')
    .addPrimaryKeyConstraint('rollout_waves_key', ['rollout_id', 'wave'])
    .execute();
  await schema
    .createTable('rollout_devices')
    .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.id'))
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('wave', 'integer', (column) => column.notNull())
    .addColumn('rank', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('command_id', 'text')
    .addColumn('back_id', 'text')
    .addColumn('told_at', 'bigint')
    .addColumn('tells', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('ord', 'integer', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('txn', 'text')
    .addColumn('phase', 'text')
    .addColumn('permille', 'integer')
    .addColumn('outcome', 'text')
    .addColumn('reason', 'text')
    .addColumn('says', 'text')
    .addPrimaryKeyConstraint('rollout_devices_key', ['rollout_id', 'device_id'])
    .execute();
  await schema
    .createIndex('rollout_devices_by_state')
    .on('rollout_devices')
    .columns(['rollout_id', 'state', 'wave', 'rank'])
    .execute();
  await schema
    .createIndex('rollout_devices_of')
    .on('rollout_devices')
    .columns(['device_id', 'state'])
    .execute();
}
