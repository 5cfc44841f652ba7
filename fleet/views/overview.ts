/** The whole fleet at a glance: counted by the database, whatever its size. */
import type { Overview, Presence } from '@rockpool/protocol/fleet/api';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { worstOf } from './summary.ts';

/** @param by the label to group by; devices without it stand in no group */
export async function overview(db: Kysely<Tables>, by: string): Promise<Overview> {
  const counts = await countPresences(db);
  const { total, ...groups } = { total: sumInForce(counts), groups: await groupsBy(db, by) };
  return {
    counts,
    total,
    openAlerts: await countAlerts(db),
    agents: await countAgents(db),
    labelKeys: await labelKeys(db),
    ...groups,
  };
}

const sumInForce = ({ revoked: _, ...counts }: Record<Presence, number>): number =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);

export async function countPresences(db: Kysely<Tables>): Promise<Record<Presence, number>> {
  const counts = { online: 0, degraded: 0, flapping: 0, offline: 0, never: 0, revoked: 0 };
  const rows = await db
    .selectFrom('devices as d')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .select((select) => ['s.presence', select.fn.countAll<number>().as('count')])
    .where('d.name_in_force', 'is not', null)
    .groupBy('s.presence')
    .execute();
  for (const { presence, count } of rows) counts[presence ?? 'never'] = Number(count);
  const { count } = await db
    .selectFrom('devices as d')
    .select((select) => select.fn.count<number>('d.name').distinct().as('count'))
    .where('d.name_in_force', 'is', null)
    .where(
      sql<boolean>`not exists (select 1 from devices as newer where newer.name = d.name and newer.id > d.id)`,
    )
    .executeTakeFirstOrThrow();
  return { ...counts, revoked: Number(count) };
}

async function countAlerts(db: Kysely<Tables>): Promise<Overview['openAlerts']> {
  const counts = { notice: 0, warning: 0, critical: 0 };
  for (const { severity, count } of await countOpenAlerts(db)) counts[severity] += count;
  return counts;
}

export async function countOpenAlerts(db: Kysely<Tables>) {
  const rows = await db
    .selectFrom('alerts')
    .select((select) => ['code', 'severity', select.fn.countAll<number>().as('count')])
    .where('open_key', 'is not', null)
    .where('hidden_by', 'is', null)
    .groupBy(['code', 'severity'])
    .execute();
  return rows.map(({ code, severity, count }) => ({ code, severity, count: Number(count) }));
}

async function countAgents(db: Kysely<Tables>): Promise<Overview['agents']> {
  const rows = await db
    .selectFrom('device_states as s')
    .innerJoin('devices as d', 'd.id', 's.device_id')
    .select((select) => ['s.agent', select.fn.countAll<number>().as('count')])
    .where('d.name_in_force', 'is not', null)
    .where('s.agent', 'is not', null)
    .groupBy('s.agent')
    .orderBy('count', 'desc')
    .limit(20)
    .execute();
  return rows.map(({ agent, count }) => ({ version: agent ?? '', devices: Number(count) }));
}

async function labelKeys(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db.selectFrom('device_labels').select('key').distinct().orderBy('key').execute();
  return rows.map(({ key }) => key);
}

async function groupsBy(db: Kysely<Tables>, by: string): Promise<Overview['groups']> {
  const rows = await db
    .selectFrom('device_labels as l')
    .innerJoin('devices as d', 'd.id', 'l.device_id')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .select((select) => [
      'l.value',
      select.fn.countAll<number>().as('total'),
      sql<number>`sum(case when s.presence = 'online' then 1 else 0 end)`.as('online'),
    ])
    .where('l.key', '=', by)
    .where('d.name_in_force', 'is not', null)
    .groupBy('l.value')
    .orderBy('l.value')
    .execute();
  const worst = await worstByGroup(db, by);
  return rows.map(({ value, total, online }) => ({
    ...{ value, total: Number(total), online: Number(online) },
    worst: worstOf(worst.get(value) ?? []),
  }));
}

type Severity = NonNullable<Overview['groups'][number]['worst']>;

async function worstByGroup(db: Kysely<Tables>, by: string): Promise<Map<string, Severity[]>> {
  const open = db
    .selectFrom('alerts as a')
    .where('a.open_key', 'is not', null)
    .where('a.hidden_by', 'is', null);
  const single = await open
    .innerJoin('devices as d', 'd.name_in_force', 'a.subject')
    .innerJoin('device_labels as l', 'l.device_id', 'd.id')
    .select(['l.value', 'a.severity'])
    .distinct()
    .where('l.key', '=', by)
    .execute();
  const prefix = `${by}=`;
  const grouped = await open
    .select(['a.subject', 'a.severity'])
    .where('a.subject', 'like', `${by}=%`)
    .execute();
  const found = new Map<string, Severity[]>();
  const all = [
    ...single,
    ...grouped.map(({ subject, severity }) => ({ value: subject.slice(prefix.length), severity })),
  ];
  for (const { value, severity } of all) found.set(value, [...(found.get(value) ?? []), severity]);
  return found;
}
