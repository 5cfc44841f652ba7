/** The fleet in numbers, for Prometheus: counted by the database. */
import type { Kysely } from 'kysely';
import type { Clock } from '../host/clock.ts';
import { rolloutFigures } from '../rollout/shown.ts';
import type { Tables } from '../store/tables.ts';
import { countOpenAlerts, countPresences } from './overview.ts';

export interface FleetFigures {
  /** By presence. */
  devices: Readonly<Record<string, number>>;
  /** Open ones that operators see. */
  alerts: readonly { code: string; severity: string; count: number }[];
  /** Those that are under way, by state. */
  commands: Readonly<Record<string, number>>;
  /** By state. */
  rollouts: Readonly<Record<string, number>>;
  /** Devices of rollouts that run or are paused, by state. */
  rolloutDevices: Readonly<Record<string, number>>;
  /** Devices whose certificate ends within seven days; they should have renewed long before. */
  certificatesEnding: number;
}

const weekMs = 7 * 86_400_000;

export async function fleetFigures(db: Kysely<Tables>, clock: Clock): Promise<FleetFigures> {
  return {
    devices: await countPresences(db),
    alerts: await countOpenAlerts(db),
    commands: await countCommands(db),
    ...(await rolloutFigures(db)),
    certificatesEnding: await countEnding(db, clock.now() + weekMs),
  };
}

async function countCommands(db: Kysely<Tables>): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('commands')
    .select((select) => ['state', select.fn.countAll<number>().as('count')])
    .where('state', 'in', ['queued', 'sent', 'accepted'])
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}

/** By the newest certificate of each. */
async function countEnding(db: Kysely<Tables>, before: number): Promise<number> {
  const newest = db
    .selectFrom('certificates as c')
    .innerJoin('devices as d', 'd.id', 'c.device_id')
    .select((select) => select.fn.max('c.expires_at').as('ends'))
    .where('c.kind', '=', 'device')
    .where('d.name_in_force', 'is not', null)
    .groupBy('c.device_id');
  const { count } = await db
    .selectFrom(newest.as('newest'))
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('newest.ends', '<', before)
    .executeTakeFirstOrThrow();
  return Number(count);
}
