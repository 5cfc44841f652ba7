/** Tells devices of the waves that have begun, in their order, as many in a minute as may be told. */
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { targetsOf } from './create.ts';
import { whyLeftOut } from './plan.ts';
import { holdDevices, nothingSaid, type Rollout, saveDevices } from './rows.ts';
import type { RolloutDeviceRow } from './tables.ts';
import { loadCandidates } from './targets.ts';
import { installing, tell } from './tell.ts';

const piece = 2_000;
const minuteMs = 60_000;

export async function tellWaiting(
  tx: Kysely<Tables>,
  rollout: Rollout,
  at: number,
): Promise<{ told: number; isMore: boolean }> {
  const most = await mayTell(tx, rollout, at);
  const waiting = most === 0 ? [] : await nextWaiting(tx, rollout, most);
  if (waiting.length === 0) return { told: 0, isMore: false };
  const kept = await keepOut(tx, rollout, waiting);
  const held = await holdDevices(tx, rollout.id, waiting, ['waiting']);
  const telling = held.map(({ device_id }) => device_id).filter((id) => !kept.has(id));
  const commands = await tell(tx, rollout, telling, installing(rollout, at));
  await saveDevices(
    tx,
    held.map((row): RolloutDeviceRow => {
      const command_id = commands.get(row.device_id);
      const why = kept.get(row.device_id) ?? null;
      if (command_id === undefined) return { ...row, state: 'left-out', why, at };
      return {
        ...{ ...row, state: 'told', command_id, told_at: at, tells: row.tells + 1, at, txn: null },
        ...nothingSaid,
      };
    }),
  );
  // Those that were kept out took nobody's place.
  return { told: telling.length, isMore: waiting.length === most };
}

async function mayTell(tx: Kysely<Tables>, { id, plan }: Rollout, at: number): Promise<number> {
  if (plan.perMinute === 0) return piece;
  const { count } = await tx
    .selectFrom('rollout_devices')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('rollout_id', '=', id)
    .where('told_at', '>', at - minuteMs)
    .where('told_at', '<=', at)
    .executeTakeFirstOrThrow();
  return Math.min(piece, Math.max(0, plan.perMinute - Number(count)));
}

async function nextWaiting(tx: Kysely<Tables>, { id, wave }: Rollout, most: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('rollout_devices')
    .select('device_id')
    .where('rollout_id', '=', id)
    .where('state', '=', 'waiting')
    .where('wave', '<=', wave)
    .orderBy('wave')
    .orderBy('rank')
    .limit(most)
    .execute();
  return rows.map(({ device_id }) => device_id);
}

/** By now some have it already, from a stick or another rollout, or turn out to be another board. */
async function keepOut(tx: Kysely<Tables>, rollout: Rollout, ids: readonly number[]) {
  const { plan, manifest } = rollout;
  const candidates = await loadCandidates(tx, {
    ...{ ...targetsOf(plan, manifest, rollout.id), labels: {}, ids, withRevoked: true },
  });
  return new Map(
    candidates.flatMap((one) => {
      // Whoever it belongs to was decided when it was placed.
      const why = whyLeftOut({ ...one, isTaken: false }, manifest);
      return why === null ? [] : [[one.id, why] as const];
    }),
  );
}
