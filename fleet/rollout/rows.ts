/** Rollouts and their devices, read and written: what every deed on them begins and ends with. */
import { Refusal } from '@rockpool/protocol/refusal';
import { Release, ReleasePath } from '@rockpool/protocol/update/release';
import { type DeviceRolloutState, RolloutPlan } from '@rockpool/protocol/update/rollout';
import { type Kysely, sql } from 'kysely';
import { noteChanges } from '../registry/feed.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import { type Counts, noCounts, type WaveSeen } from './judge.ts';
import type { RolloutDeviceRow, RolloutRow, RolloutWaveRow } from './tables.ts';

export interface Rollout extends Omit<RolloutRow, 'plan' | 'manifest' | 'release'> {
  release: ReleasePath;
  plan: RolloutPlan;
  manifest: Release;
}

/** @throws Refusal `not-found` */
export async function loadRollout(db: Kysely<Tables>, id: string): Promise<Rollout> {
  const row = await db.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new Refusal('not-found', 'There is no such rollout; see `rockpool-fleet rollout list`.');
  return rolloutOf(row);
}

export const rolloutOf = (row: RolloutRow): Rollout => ({
  ...row,
  release: ReleasePath.parse(row.release),
  plan: RolloutPlan.parse(JSON.parse(row.plan)),
  manifest: Release.parse(JSON.parse(row.manifest)),
});

/** In a transaction that is alone: whoever changes a rollout sees what it is. @returns it as it is now */
export async function changeRollout(
  tx: Kysely<Tables>,
  rollout: Rollout,
  set: Partial<Pick<RolloutRow, 'state' | 'because' | 'wave' | 'waits' | 'rolls_back' | 'unseen'>>,
  at: number,
): Promise<Rollout> {
  await tx
    .updateTable('rollouts')
    .set({ ...set, changed_at: at })
    .where('id', '=', rollout.id)
    .execute();
  await noteChanges(tx, 'rollout', [{ id: null }], at);
  return { ...rollout, ...set, changed_at: at };
}

export const loadWaves = (db: Kysely<Tables>, id: string): Promise<RolloutWaveRow[]> =>
  db.selectFrom('rollout_waves').selectAll().where('rollout_id', '=', id).orderBy('wave').execute();

/** By wave; those that are left out stand under -1. */
export async function countByWave(db: Kysely<Tables>, id: string): Promise<Map<number, Counts>> {
  const rows = await db
    .selectFrom('rollout_devices')
    .select((select) => ['wave', 'state', select.fn.countAll<number>().as('count')])
    .where('rollout_id', '=', id)
    .groupBy(['wave', 'state'])
    .execute();
  const byWave = new Map<number, Counts>();
  for (const { wave, state, count } of rows) {
    const counts = byWave.get(wave) ?? noCounts();
    counts[state] = Number(count);
    byWave.set(wave, counts);
  }
  return byWave;
}

export async function seeWaves(db: Kysely<Tables>, id: string): Promise<WaveSeen[]> {
  const counts = await countByWave(db, id);
  return (await loadWaves(db, id)).map(({ wave, well_at, approved_at }) => ({
    ...{ counts: counts.get(wave) ?? noCounts(), wellAt: well_at, isApproved: approved_at !== null },
  }));
}

/**
 * Locks rows of a rollout, as long as they are in one of these states: what a device says of itself meanwhile waits.
 * @param ids fewer than a statement takes
 */
export async function holdDevices(
  tx: Kysely<Tables>,
  id: string,
  ids: readonly number[],
  states: readonly DeviceRolloutState[],
): Promise<RolloutDeviceRow[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .updateTable('rollout_devices')
    .set((to) => ({ rank: to.ref('rank') }))
    .where('rollout_id', '=', id)
    .where('device_id', 'in', ids)
    .where('state', 'in', states)
    .returningAll()
    .execute();
  return rows;
}

/** Rows that are new, or that this transaction holds. */
export const saveDevices = (tx: Kysely<Tables>, rows: readonly RolloutDeviceRow[]): Promise<void> =>
  inPieces(
    [...rows].sort((a, b) => a.device_id - b.device_id),
    (some) =>
      tx
        .insertInto('rollout_devices')
        .values(some)
        .onConflict((conflict) => conflict.columns(['rollout_id', 'device_id']).doUpdateSet(excluded))
        .execute(),
  );

export const newDevice = (
  of: Pick<RolloutDeviceRow, 'rollout_id' | 'device_id' | 'wave' | 'rank' | 'state' | 'why' | 'at'>,
): RolloutDeviceRow => ({
  ...of,
  ...{ command_id: null, back_id: null, told_at: null, tells: 0, ord: 0, seq: 0, txn: null },
  ...nothingSaid,
});

/** Of a device that has yet to say something about what it was told last. */
export const nothingSaid = {
  ...{ phase: null, permille: null, outcome: null, reason: null, says: null },
} as const;

const excluded = Object.fromEntries(
  Object.keys(
    newDevice({ rollout_id: '', device_id: 0, wave: 0, rank: '', state: 'waiting', why: null, at: 0 }),
  )
    .filter((column) => column !== 'rollout_id' && column !== 'device_id')
    .map((column) => [column, sql.ref(`excluded.${column}`)]),
);
