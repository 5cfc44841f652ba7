/** What each device should be set to: every change is a version, and reaches the device as a command. */
import { randomUUID } from 'node:crypto';
import { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { Kysely } from 'kysely';
import { noteChanges } from '../registry/feed.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import { nextCounters } from './counters.ts';
import { open } from './states.ts';

export interface Desired {
  config: DeclaredConfig;
  /** 0 before the first. */
  version: number;
}

export async function desiredConfig(db: Kysely<Tables>, deviceId: number): Promise<Desired> {
  const row = await newest(db, deviceId);
  return row
    ? { config: DeclaredConfig.parse(JSON.parse(row.config)), version: row.version }
    : { config: {}, version: 0 };
}

const newest = (db: Kysely<Tables>, deviceId: number) =>
  db
    .selectFrom('desired_configs')
    .selectAll()
    .where('device_id', '=', deviceId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();

export async function nextVersions(
  tx: Kysely<Tables>,
  devices: readonly { id: number }[],
): Promise<Map<number, number>> {
  const rows = await tx
    .selectFrom('desired_configs')
    .select(['device_id', (of) => of.fn.max('version').as('version')])
    .groupBy('device_id')
    .execute();
  const last = new Map(rows.map(({ device_id, version }) => [device_id, version]));
  return new Map(devices.map(({ id }) => [id, (last.get(id) ?? 0) + 1]));
}

export async function saveDesired(
  tx: Kysely<Tables>,
  versions: ReadonlyMap<number, number>,
  config: DeclaredConfig,
  { who, at }: { who: string; at: number },
): Promise<void> {
  const rows = [...versions].map(([device_id, version]) => ({
    ...{ device_id, version, config: JSON.stringify(config), set_by: who, set_at: at },
  }));
  await inPieces(rows, (some) => tx.insertInto('desired_configs').values(some).execute());
}

/** Older settings that no device has seen yet are called back: only the newest matter. */
export async function supersede(
  tx: Kysely<Tables>,
  devices: readonly { id: number }[],
  at: number,
): Promise<void> {
  const meant = new Set(devices.map(({ id }) => id));
  const waiting = await tx
    .selectFrom('commands')
    .select(['id', 'device_id'])
    .where('name', '=', 'set-config')
    .where('state', '=', 'queued')
    .execute();
  for (const { id } of waiting.filter(({ device_id }) => meant.has(device_id)))
    await tx
      .updateTable('commands')
      .set((to) => ({ state: 'cancelled', changed_at: at, version: to('version', '+', 1) }))
      .where('id', '=', id)
      .execute();
}

const dayMs = 86_400_000;

/**
 * At a birth: a device that is behind, because its command ran out while it was away or it lost what it had, is told
 * again. One that failed, refused or was called back isn't: that is for an operator.
 * @param has the version that the device says is in force
 */
export async function renewConfig(
  tx: Kysely<Tables>,
  { deviceId, has, at }: { deviceId: number; has: number; at: number },
): Promise<boolean> {
  const desired = await newest(tx, deviceId);
  if (!desired || has >= desired.version) return false;
  const last = await tx
    .selectFrom('commands')
    .select(['state', 'command_order'])
    .where('device_id', '=', deviceId)
    .where('name', '=', 'set-config')
    .orderBy('counter', 'desc')
    .limit(1)
    .executeTakeFirst();
  const isUnderWay = last && open.some((state) => state === last.state);
  if (isUnderWay || (last && last.state !== 'expired' && last.state !== 'succeeded')) return false;
  const counter = (await nextCounters(tx, [{ id: deviceId }])).get(deviceId) ?? 0;
  const config = DeclaredConfig.parse(JSON.parse(desired.config));
  const order = { name: 'set-config', args: { version: desired.version, config } } as const;
  await tx
    .insertInto('commands')
    .values({
      ...{ id: randomUUID(), device_id: deviceId, counter, name: order.name, version: 1, is_final: 0 },
      ...{ command_order: JSON.stringify(order), state: 'queued', result: null, created_by: 'controller' },
      ...{ created_at: at, changed_at: at, not_after: at + dayMs, sent_at: null, sent_by: null },
    })
    .execute();
  await noteChanges(tx, 'command', [{ id: deviceId }], at);
  return true;
}
