/** Commands, the counter of each device, and what devices should be set to. */
import type { Kysely } from 'kysely';

export async function createCommands(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('commands')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('command_order', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('is_final', 'integer', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('not_after', 'bigint', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('sent_by', 'text')
    .addUniqueConstraint('commands_counter', ['device_id', 'counter'])
    .execute();
  await schema
    .createIndex('commands_by_state')
    .on('commands')
    .columns(['state', 'device_id', 'counter'])
    .execute();
  await schema.createIndex('commands_by_time').on('commands').columns(['created_at', 'id']).execute();
  await schema
    .createTable('command_counters')
    .addColumn('device_id', 'integer', (column) => column.primaryKey().references('devices.id'))
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('desired_configs')
    .addColumn('device_id', 'integer', (column) => column.notNull().references('devices.id'))
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('set_by', 'text', (column) => column.notNull())
    .addColumn('set_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('desired_configs_key', ['device_id', 'version'])
    .execute();
}
