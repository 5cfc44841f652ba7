/** Alerts, and what became of each. */
import type { Kysely } from 'kysely';
import { numbered } from './columns.ts';

export async function createAlerts(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await numbered(db, 'alerts')
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('open_key', 'text', (column) => column.unique())
    .addColumn('devices', 'text', (column) => column.notNull())
    .addColumn('detail', 'text')
    .addColumn('raised_at', 'bigint', (column) => column.notNull())
    .addColumn('cleared_at', 'bigint')
    .addColumn('gone_at', 'bigint')
    .addColumn('returns', 'integer', (column) => column.notNull())
    .addColumn('hidden_by', 'text')
    .addColumn('acknowledged_by', 'text')
    .addColumn('acknowledged_at', 'bigint')
    .execute();
  await schema.createIndex('alerts_by_time').on('alerts').columns(['cleared_at', 'raised_at']).execute();
  await numbered(db, 'alert_events')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('alert_id', 'integer', (column) => column.notNull().references('alerts.id'))
    .addColumn('what', 'text', (column) => column.notNull())
    .execute();
}
