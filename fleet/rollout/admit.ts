/** Devices that come when a rollout has begun: enrolled later, labelled later, or free now of what kept them out. */
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { targetsOf } from './create.ts';
import { byRank, rankOf } from './order.ts';
import { type Candidate, whyLeftOut } from './plan.ts';
import { holdDevices, loadWaves, newDevice, type Rollout, saveDevices } from './rows.ts';
import { loadCandidates } from './targets.ts';
import { waveOfLate } from './waves.ts';

/** What kept them out changes seldom. */
const againAfterMs = 10 * 60_000;
const againMost = 1_000;

export async function admit(tx: Kysely<Tables>, rollout: Rollout, at: number): Promise<void> {
  const wish = targetsOf(rollout.plan, rollout.manifest, rollout.id);
  const fresh = await loadCandidates(tx, { ...wish, onlyNew: true });
  const kept = await keptOut(tx, rollout.id, at - againAfterMs);
  const again = await loadCandidates(tx, { ...wish, ids: kept });
  if (fresh.length + kept.length === 0) return;
  const lastRanks = (await loadWaves(tx, rollout.id)).map(({ last_rank }) => last_rank);
  const place = (one: Candidate) => {
    const why = whyLeftOut(one, rollout.manifest);
    const rank = rankOf(rollout.seed, one.name);
    const wave = why === null ? waveOfLate(lastRanks, rank, rollout.wave) : -1;
    return { device_id: one.id, wave, rank, state: why === null ? 'waiting' : 'left-out', why } as const;
  };
  const placed = new Map(again.map((one) => [one.id, place(one)]));
  const held = await holdDevices(tx, rollout.id, kept, ['left-out']);
  await saveDevices(tx, [
    ...fresh.map((one) => newDevice({ rollout_id: rollout.id, at, ...place(one) })).sort(byRank),
    // Whose labels changed meanwhile stays out; it is looked at again all the same.
    ...held.map((row) => ({ ...row, ...placed.get(row.device_id), at })),
  ]);
}

async function keptOut(tx: Kysely<Tables>, id: string, before: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('rollout_devices')
    .select('device_id')
    .where('rollout_id', '=', id)
    .where('state', '=', 'left-out')
    .where('why', 'in', ['other-rollout', 'not-for-it'])
    .where('at', '<=', before)
    .orderBy('device_id')
    .limit(againMost)
    .execute();
  return rows.map(({ device_id }) => device_id);
}
