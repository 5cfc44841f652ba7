/** A device in one row: who it is, how it is, and the worst that is said of it. */

import type { DeviceName } from '@rockpool/protocol/enrolment';
import type { AlertSeverity, DeviceSummary, Presence } from '@rockpool/protocol/fleet/api';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Labels } from '../registry/labels.ts';
import type { Tables } from '../store/tables.ts';

export type Severity = z.infer<typeof AlertSeverity>;

export const summaryColumns = [
  'd.id',
  'd.name',
  'd.name_in_force',
  's.presence',
  's.seen_at',
  's.agent',
  's.model',
  's.posture_holds',
  's.cpu_permille',
  's.memory_available_mib',
  's.hottest_milli_c',
] as const;

export interface SummaryRow {
  id: number;
  name: string;
  name_in_force: string | null;
  presence: Exclude<Presence, 'never' | 'revoked'> | null;
  seen_at: number | null;
  agent: string | null;
  model: string | null;
  posture_holds: number | null;
  cpu_permille: number | null;
  memory_available_mib: number | null;
  hottest_milli_c: number | null;
}

/** In the order in which they were given. */
export async function summarise(db: Kysely<Tables>, rows: readonly SummaryRow[]): Promise<DeviceSummary[]> {
  const labels = await labelsOf(
    db,
    rows.map(({ id }) => id),
  );
  const alerts = await openAlertsOf(
    db,
    rows.map(({ name }) => name),
  );
  return rows.map((row) => {
    const own = row.name_in_force === null ? [] : (alerts.get(row.name) ?? []);
    return {
      name: row.name as DeviceName,
      labels: labels.get(row.id) ?? {},
      presence: row.name_in_force === null ? 'revoked' : (row.presence ?? 'never'),
      seenAt: row.seen_at,
      ...{ agent: row.agent, model: row.model },
      postureHolds: row.posture_holds === null ? null : row.posture_holds === 1,
      ...{ worst: worstOf(own), alerts: own.length },
      cpuPermille: row.cpu_permille,
      memoryAvailableMiB: row.memory_available_mib,
      hottestMilliC: row.hottest_milli_c,
    };
  });
}

export async function labelsOf(db: Kysely<Tables>, ids: readonly number[]): Promise<Map<number, Labels>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('device_labels')
    .selectAll()
    .where('device_id', 'in', ids)
    .orderBy('device_id')
    .orderBy('key')
    .execute();
  const grouped = Map.groupBy(rows, ({ device_id }) => device_id);
  return new Map(
    [...grouped].map(([id, own]) => [id, Object.fromEntries(own.map(({ key, value }) => [key, value]))]),
  );
}

/** Severities of the open alerts about each, alone or as one of a group. */
async function openAlertsOf(db: Kysely<Tables>, names: readonly string[]): Promise<Map<string, Severity[]>> {
  const found = new Map<string, Severity[]>();
  if (names.length === 0) return found;
  const add = (name: string, severity: Severity): void => {
    found.set(name, [...(found.get(name) ?? []), severity]);
  };
  const open = db
    .selectFrom('alerts')
    .select(['subject', 'severity', 'devices'])
    .where('open_key', 'is not', null)
    .where('hidden_by', 'is', null);
  for (const { subject, severity } of await open.where('subject', 'in', names).execute())
    add(subject, severity);
  const wanted = new Set(names);
  // Of groups there are few: one for a site that is away as a whole.
  for (const { devices, severity } of await open.where('subject', 'like', '%=%').execute()) {
    for (const name of JSON.parse(devices) as string[]) if (wanted.has(name)) add(name, severity);
  }
  return found;
}

const gravity: readonly Severity[] = ['notice', 'warning', 'critical'];

export const worstOf = (severities: readonly Severity[]): Severity | null =>
  gravity.findLast((one) => severities.includes(one)) ?? null;

/** It, and what is graver. */
export const fromSeverity = (least: Severity): readonly Severity[] => gravity.slice(gravity.indexOf(least));
