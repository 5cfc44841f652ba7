/** What the database knows of all devices, as the rules want it. */
import { CommandResult } from '@rockpool/protocol/fleet/command';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../store/tables.ts';
import type { Seen } from './findings.ts';

/** A device with this label tells nobody anything; its value may be the last day (`2026-12-01`, UTC), else it is until the label goes. */
export const maintenanceLabel = 'maintenance';
const dayMs = 86_400_000;

/** As `device_states` keeps them: what a device has raised. */
const Warnings = z.array(
  z.object({
    code: z.string(),
    severity: z.enum(['notice', 'warning', 'critical']),
    detail: z.string().optional(),
  }),
);

export async function loadSeen(db: Kysely<Tables>, groupBy: string, now: number): Promise<Seen[]> {
  const rows = await db
    .selectFrom('devices as d')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .select(['d.id', 'd.name', 'd.enrolled_at', 's.presence', 's.presence_at', 's.warnings'])
    .select(['s.skew_ms', 's.cloned_at', 's.audit_fork_at'])
    .where('d.name_in_force', 'is not', null)
    .orderBy('d.id')
    .execute();
  const labels = await db
    .selectFrom('device_labels')
    .select(['device_id', 'key', 'value'])
    .where('key', 'in', [groupBy, maintenanceLabel])
    .execute();
  const byLabel = new Map(labels.map(({ device_id, key, value }) => [`${device_id} ${key}`, value]));
  const failed = await failedCommands(db, now);
  return rows.map((row) => ({
    name: row.name,
    group: byLabel.get(`${row.id} ${groupBy}`) ?? null,
    isSilenced: isSilencing(byLabel.get(`${row.id} ${maintenanceLabel}`), now),
    presence: row.presence ?? 'never',
    since: row.presence_at ?? row.enrolled_at,
    warnings: row.warnings === null || row.warnings === '[]' ? [] : Warnings.parse(JSON.parse(row.warnings)),
    ...{ skewMs: row.skew_ms, clonedAt: row.cloned_at, auditForkAt: row.audit_fork_at },
    failedCommands: failed.get(row.id) ?? [],
  }));
}

export function isSilencing(value: string | undefined, now: number): boolean {
  if (value === undefined) return false;
  const lastDay = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(lastDay) || now < lastDay + dayMs;
}

/** Of the last day, without those that succeeded when they were sent again. */
async function failedCommands(
  db: Kysely<Tables>,
  now: number,
): Promise<Map<number, Seen['failedCommands'][number][]>> {
  const rows = await db
    .selectFrom('commands as c')
    .select(['c.device_id', 'c.name', 'c.result'])
    .where('c.state', 'in', ['failed', 'refused'])
    .where('c.changed_at', '>', now - dayMs)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('commands as later')
            .select('later.id')
            .whereRef('later.device_id', '=', 'c.device_id')
            .whereRef('later.name', '=', 'c.name')
            .whereRef('later.counter', '>', 'c.counter')
            .where('later.state', '=', 'succeeded'),
        ),
      ),
    )
    .orderBy('c.counter', 'desc')
    .execute();
  const byDevice = new Map<number, Seen['failedCommands'][number][]>();
  for (const { device_id, name, result } of rows) {
    const said = result === null ? undefined : CommandResult.parse(JSON.parse(result));
    const all = byDevice.get(device_id) ?? [];
    all.push({ name, says: said?.says ?? said?.reason ?? null });
    byDevice.set(device_id, all);
  }
  return byDevice;
}
