/** What a rollout tells devices: commands like any other, sent by the same dispatch, and again at a birth. */
import { randomUUID } from 'node:crypto';
import type { CommandOrder } from '@rockpool/protocol/fleet/command';
import type { Kysely } from 'kysely';
import { nextCounters } from '../commands/counters.ts';
import { noteChanges } from '../registry/feed.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import type { Rollout } from './rows.ts';

/** Of more than these, the feed says that it is many. */
const mostNamed = 200;
const dayMs = 86_400_000;
/** Whoever was away when something was called back hears of it before anything else, also after a month. */
const backTtlMs = 30 * dayMs;

export interface Telling {
  order: CommandOrder;
  ttlMs: number;
  at: number;
}

/** @returns the command of each device */
export async function tell(
  tx: Kysely<Tables>,
  rollout: Pick<Rollout, 'release'>,
  ids: readonly number[],
  { order, ttlMs, at }: Telling,
): Promise<Map<number, string>> {
  const devices = ids.map((id) => ({ id }));
  const counters = await nextCounters(tx, devices);
  const rows = ids.map((id) => ({
    ...{ id: randomUUID(), device_id: id, counter: counters.get(id) ?? 0, name: order.name },
    ...{ command_order: JSON.stringify(order), state: 'queued' as const, version: 1, is_final: 0 as const },
    ...{ result: null, created_by: `rollout of ${rollout.release}`, created_at: at, changed_at: at },
    ...{ not_after: at + ttlMs, sent_at: null, sent_by: null },
  }));
  await inPieces(rows, (some) => tx.insertInto('commands').values(some).execute());
  if (rows.length > 0)
    await noteChanges(tx, 'command', devices.length > mostNamed ? [{ id: null }] : devices, at);
  return new Map(rows.map(({ device_id, id }) => [device_id, id]));
}

export const installing = ({ id, release, plan }: Rollout, at: number): Telling => ({
  order: {
    name: 'install',
    args: { order: { rollout: id, release, now: plan.now, again: false, limits: plan.limits } },
  },
  ttlMs: plan.silentS * 1_000,
  at,
});

export const cancelling = ({ id }: Rollout, at: number): Telling => ({
  order: { name: 'cancel-install', args: { rollout: id } },
  ttlMs: backTtlMs,
  at,
});

export const goingBack = ({ id, kind }: Rollout, at: number): Telling => ({
  order: { name: 'roll-back', args: { rollout: id, kind } },
  ttlMs: backTtlMs,
  at,
});
