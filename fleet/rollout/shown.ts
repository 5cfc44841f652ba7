/** Rollouts as operators see them. */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import {
  type DeviceRolloutState,
  deviceRolloutStates,
  type RolloutDetail,
  type RolloutList,
  type RolloutRow as Shown,
} from '@rockpool/protocol/update/rollout';
import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { Tables } from '../store/tables.ts';
import { type Counts, noCounts, sum } from './judge.ts';
import { countByWave, loadRollout, loadWaves, type Rollout, rolloutOf } from './rows.ts';

export interface RolloutsWish {
  limit: number;
}

/** Those that run or wait for somebody first, then the newest. */
export async function listRollouts(
  db: Kysely<Tables>,
  { limit }: RolloutsWish,
): Promise<z.infer<typeof RolloutList>> {
  const rows = await db
    .selectFrom('rollouts')
    .selectAll()
    .orderBy(sql`case when state in ('running', 'paused') then 0 else 1 end`)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  const { count } = await db
    .selectFrom('rollouts')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rollouts: Shown[] = [];
  for (const row of rows)
    rollouts.push(rowOf(rolloutOf(row), sum([...(await countByWave(db, row.id)).values()])));
  return { rollouts, total: Number(count) };
}

const rowOf = (rollout: Rollout, counts: Counts): Shown => ({
  ...{ id: rollout.id, release: rollout.release, kind: rollout.kind, state: rollout.state },
  ...{ because: rollout.because, wave: rollout.wave, waves: rollout.plan.waves.length },
  waitsForApproval: rollout.waits === 1,
  counts,
  total: deviceRolloutStates.reduce((total, state) => total + counts[state], 0),
  ...{ by: rollout.created_by, createdAt: rollout.created_at, changedAt: rollout.changed_at },
});

const devicesMost = 500;

/** @throws Refusal `not-found` */
export async function showRollout(db: Kysely<Tables>, id: string): Promise<z.infer<typeof RolloutDetail>> {
  const rollout = await loadRollout(db, id);
  const byWave = await countByWave(db, id);
  const waves = new Map((await loadWaves(db, id)).map((row) => [row.wave, row]));
  return {
    ...rowOf(rollout, sum([...byWave.values()])),
    plan: rollout.plan,
    perWave: rollout.plan.waves.map((_, n) => {
      const counts = byWave.get(n) ?? noCounts();
      const { began_at = null, well_at = null } = waves.get(n) ?? {};
      return { devices: sizeOf(counts), counts, beganAt: began_at, wellAt: well_at };
    }),
    devices: await devicesOf(db, id),
    failures: await failuresOf(db, id),
  };
}

const sizeOf = (counts: Counts): number =>
  deviceRolloutStates.reduce((size, state) => size + counts[state], 0);

/** Those with something to tell first. */
const rank: Record<DeviceRolloutState, number> = {
  ...{ failed: 0, 'rolled-back': 1, running: 2, told: 3, waiting: 4, installed: 5, 'left-out': 6 },
};

async function devicesOf(db: Kysely<Tables>, id: string) {
  const by = Object.entries(rank).map(([state, n]) => sql`when ${state} then ${sql.lit(n)}`);
  const rows = await db
    .selectFrom('rollout_devices as m')
    .innerJoin('devices as d', 'd.id', 'm.device_id')
    .select(['d.name', 'm.wave', 'm.state', 'm.phase', 'm.permille', 'm.outcome', 'm.reason', 'm.says'])
    .select(['m.why', 'm.at', 'm.told_at'])
    .where('m.rollout_id', '=', id)
    .orderBy(sql`case m.state ${sql.join(by, sql` `)} end`)
    .orderBy('m.wave')
    .orderBy('m.rank')
    .limit(devicesMost)
    .execute();
  return rows.map(({ name, why, at, told_at, wave, state, phase, permille, outcome, reason, says }) => ({
    ...{ device: name as DeviceName, wave, state, phase, permille, outcome, reason },
    says: says ?? (why === null ? null : saysWhy[why]),
    at: told_at === null && state === 'waiting' ? null : at,
  }));
}

const saysWhy = {
  'has-it': 'It has it already.',
  'not-for-it': 'The release is not for a board like this.',
  'other-rollout': 'Another rollout of the same has yet to end on it.',
  revoked: 'It was put out of the fleet.',
} as const;

async function failuresOf(db: Kysely<Tables>, id: string) {
  const rows = await db
    .selectFrom('rollout_devices')
    .select((select) => ['reason', select.fn.countAll<number>().as('devices')])
    .where('rollout_id', '=', id)
    .where('state', 'in', ['failed', 'rolled-back'])
    .where('reason', 'is not', null)
    .groupBy('reason')
    .execute();
  return rows
    .flatMap(({ reason, devices }) => (reason === null ? [] : [{ reason, devices: Number(devices) }]))
    .sort((a, b) => b.devices - a.devices || (a.reason < b.reason ? -1 : 1));
}

/** What Prometheus reads: by state, all rollouts, and the devices of those that aren't over. */
export async function rolloutFigures(db: Kysely<Tables>) {
  const rollouts = await db
    .selectFrom('rollouts')
    .select((select) => ['state', select.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const devices = await db
    .selectFrom('rollout_devices as m')
    .innerJoin('rollouts as r', 'r.id', 'm.rollout_id')
    .select((select) => ['m.state', select.fn.countAll<number>().as('count')])
    .where('r.state', 'in', ['running', 'paused'])
    .groupBy('m.state')
    .execute();
  const counted = (rows: readonly { state: string; count: number }[]): Record<string, number> =>
    Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  return { rollouts: counted(rollouts), rolloutDevices: counted(devices) };
}
