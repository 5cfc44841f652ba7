/** A rollout is stopped: nobody begins any more, whoever has begun is called back, and what was installed may be taken back. */
import type { Kysely } from 'kysely';
import { noteChanges } from '../registry/feed.ts';
import type { Tables } from '../store/tables.ts';
import { changeRollout, holdDevices, type Rollout, saveDevices } from './rows.ts';
import { next, type RolloutEvent, underWay } from './states.ts';
import { cancelling, goingBack, tell } from './tell.ts';

/**
 * Commands that no device has taken yet are not sent any more; their devices wait again. One that was on its way may be
 * obeyed all the same: then what the device says of it counts.
 * @returns devices that may have got it, or have taken it
 */
export async function recall(tx: Kysely<Tables>, { id }: Rollout, at: number): Promise<number[]> {
  const told = await tx
    .selectFrom('rollout_devices as m')
    .leftJoin('commands as c', 'c.id', 'm.command_id')
    .select(['m.device_id', 'c.id as command', 'c.state', 'c.sent_at'])
    .where('m.rollout_id', '=', id)
    .where('m.state', 'in', underWay)
    .execute();
  const untaken = told.filter(({ state }) => state === 'queued' || state === 'sent');
  for (const some of inHundreds(untaken)) {
    const cancelled = await tx
      .updateTable('commands')
      .set((to) => ({ state: 'cancelled', changed_at: at, version: to('version', '+', 1) }))
      .where(
        'id',
        'in',
        some.flatMap(({ command }) => command ?? []),
      )
      // The device may have taken it since it was looked at.
      .where('state', 'in', ['queued', 'sent'])
      .returning('device_id')
      .execute();
    const rows = await holdDevices(
      tx,
      id,
      cancelled.map(({ device_id }) => device_id),
      ['told'],
    );
    await saveDevices(
      tx,
      rows.map((row) => ({ ...row, state: 'waiting', at })),
    );
  }
  if (untaken.length > 0) await noteChanges(tx, 'command', [{ id: null }], at);
  return told.flatMap(({ device_id, state, sent_at }) =>
    state === 'queued' && sent_at === null ? [] : [device_id],
  );
}

export interface Halting {
  event: Extract<RolloutEvent, 'halt' | 'failing'>;
  because: string | null;
  rollBack: boolean;
  at: number;
}

/** @returns it as it is now */
export async function haltRollout(
  tx: Kysely<Tables>,
  rollout: Rollout,
  { event, because, rollBack, at }: Halting,
): Promise<Rollout> {
  const state = next(rollout.state, event);
  if (!state) throw new Error(`a rollout that is ${rollout.state} can't be ${event}`);
  const mayHaveBegun = rollout.state === 'halted' ? [] : await recall(tx, rollout, at);
  await tell(tx, rollout, mayHaveBegun, cancelling(rollout, at));
  const halted = await changeRollout(
    tx,
    rollout,
    {
      ...{ state, waits: 0, because: because ?? rollout.because },
      rolls_back: rollBack || rollout.rolls_back === 1 ? 1 : 0,
      unseen: event === 'failing' ? 1 : 0,
    },
    at,
  );
  await goBack(tx, halted, at);
  return halted;
}

const most = 2_000;

/**
 * Whoever has it is told to go back; also whoever came to have it after it was halted.
 * @returns how many were told
 */
export async function goBack(tx: Kysely<Tables>, rollout: Rollout, at: number): Promise<number> {
  if (rollout.state !== 'halted' || rollout.rolls_back === 0) return 0;
  const have = await tx
    .selectFrom('rollout_devices as m')
    .innerJoin('devices as d', 'd.id', 'm.device_id')
    .leftJoin('device_states as s', 's.device_id', 'm.device_id')
    .select(['m.device_id', 's.releases'])
    .where('m.rollout_id', '=', rollout.id)
    .where('m.state', '=', 'installed')
    .where('m.back_id', 'is', null)
    .where('d.name_in_force', 'is not', null)
    .orderBy('m.device_id')
    .limit(most)
    .execute();
  const meant = new Set(
    have.flatMap(({ device_id, releases }) =>
      stillHas(rollout.release, releases === null ? [] : JSON.parse(releases)) ? [device_id] : [],
    ),
  );
  const all = have.map(({ device_id }) => device_id);
  const rows = await holdDevices(tx, rollout.id, all, ['installed']);
  const telling = rows.map(({ device_id }) => device_id).filter((id) => meant.has(id));
  const commands = await tell(tx, rollout, telling, goingBack(rollout, at));
  await saveDevices(
    tx,
    rows.map((row) => ({ ...row, back_id: commands.get(row.device_id) ?? '', at })),
  );
  return telling.length;
}

/** Another version of the same came after it: going back would take that one back. */
function stillHas(release: string, releases: readonly string[]): boolean {
  const family = release.slice(0, release.lastIndexOf('/') + 1);
  return releases.includes(release) || !releases.some((one) => one.startsWith(family));
}

const hundreds = 500;

function* inHundreds<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += hundreds) yield all.slice(at, at + hundreds);
}
