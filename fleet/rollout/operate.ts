/** What operators do to a rollout; each deed stands in the audit. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { planNow, type RolloutParts } from './create.ts';
import { haltRollout, recall } from './recall.ts';
import { demandRelease } from './releases.ts';
import { changeRollout, loadRollout, newDevice, type Rollout, saveDevices } from './rows.ts';
import { next, type RolloutEvent } from './states.ts';

export interface Deed {
  id: string;
  who: string;
}

/** Its devices are those that have the labels now; the first wave begins at the next look. @throws Refusal */
export async function startRollout(parts: RolloutParts, { id, who }: Deed): Promise<void> {
  const { release } = await loadRollout(parts.db, id);
  // It may have been withdrawn since the draft was made.
  await demandRelease(parts.releases, release);
  await act(parts, { id, who, event: 'start' }, async (tx, rollout, at) => {
    const { plan, seed, manifest } = rollout;
    const planned = await planNow(tx, { plan, seed, release: manifest, rollout: id });
    const row = { rollout_id: id, at };
    await saveDevices(tx, [
      ...planned.members.map(({ id: device_id, wave, rank }) =>
        newDevice({ ...row, device_id, wave, rank, state: 'waiting', why: null }),
      ),
      // Who was put out of the fleet before is none of it.
      ...planned.leftOut.flatMap(({ id: device_id, rank, why }) =>
        why === 'revoked' ? [] : [newDevice({ ...row, device_id, wave: -1, rank, state: 'left-out', why })],
      ),
    ]);
    const last = new Map(planned.members.map(({ wave, rank }) => [wave, rank]));
    await tx
      .insertInto('rollout_waves')
      .values(
        plan.waves.map((_, wave) => ({
          ...{ rollout_id: id, wave, last_rank: last.get(wave) ?? '', well_at: null },
          ...{ began_at: wave === 0 ? at : null, approved_by: null, approved_at: null },
        })),
      )
      .execute();
    await changeRollout(tx, rollout, { state: 'running' }, at);
    return { devices: planned.members.length };
  });
}

/** Nobody begins any more; whoever has begun goes on. @throws Refusal */
export const pauseRollout = (parts: RolloutParts, deed: Deed & { because?: string }): Promise<void> =>
  act(parts, { ...deed, event: 'pause' }, async (tx, rollout, at) => {
    await recall(tx, rollout, at);
    const because = deed.because || `${deed.who} paused it.`;
    await changeRollout(tx, rollout, { state: 'paused', because, waits: 0 }, at);
    return { because };
  });

/** @throws Refusal */
export const resumeRollout = (parts: RolloutParts, deed: Deed): Promise<void> =>
  act(parts, { ...deed, event: 'resume' }, async (tx, rollout, at) => {
    await changeRollout(tx, rollout, { state: 'running', because: null }, at);
    return {};
  });

/** For good: whoever has begun is called back. @throws Refusal */
export const stopRollout = (
  parts: RolloutParts,
  deed: Deed & { because: string; rollBack: boolean },
): Promise<void> =>
  act(parts, { ...deed, event: 'halt' }, async (tx, rollout, at) => {
    const { rollBack } = deed;
    // What halted it first stays the reason when somebody takes back later what it installed.
    const because = deed.because || (rollout.state === 'halted' ? null : `${deed.who} halted it.`);
    await haltRollout(tx, rollout, { event: 'halt', because, rollBack, at });
    return { because, rollBack: String(rollBack) };
  });

/** The next wave may begin. @throws Refusal `conflict` unless it waits for that */
export const approveRollout = (parts: RolloutParts, { id, who }: Deed): Promise<void> =>
  transact(parts.db, async (tx) => {
    const at = parts.clock.now();
    const rollout = await loadRollout(tx, id);
    if (rollout.state !== 'running' || rollout.waits === 0)
      throw new Refusal('conflict', 'This rollout doesn’t wait for anybody’s approval.');
    const wave = rollout.wave + 1;
    await tx
      .updateTable('rollout_waves')
      .set({ approved_by: who, approved_at: at })
      .where('rollout_id', '=', id)
      .where('wave', '=', wave)
      .execute();
    await changeRollout(tx, rollout, { waits: 0, because: null }, at);
    await record(tx, {
      ...{ at, who, action: 'rollout-approve', subject: `rollout ${id}` },
      detail: { release: rollout.release, wave: wave + 1 },
    });
  });

type Work = (
  tx: Kysely<Tables>,
  rollout: Rollout,
  at: number,
) => Promise<Record<string, string | number | null>>;

const act = (
  { db, clock }: RolloutParts,
  { id, who, event }: Deed & { event: Extract<RolloutEvent, 'start' | 'pause' | 'resume' | 'halt'> },
  work: Work,
): Promise<void> =>
  transact(db, async (tx) => {
    const at = clock.now();
    const rollout = await loadRollout(tx, id);
    if (!next(rollout.state, event))
      throw new Refusal('conflict', `This rollout is ${shownAs[rollout.state]}; ${cannot[event]}.`);
    const detail = await work(tx, rollout, at);
    await record(tx, {
      ...{ at, who, action: `rollout-${event}`, subject: `rollout ${id}` },
      detail: { release: rollout.release, ...detail },
    });
  });

const shownAs = {
  draft: 'a draft',
  running: 'running',
  paused: 'paused',
  halted: 'halted for good',
  done: 'done',
} as const satisfies Record<Rollout['state'], string>;

const cannot = {
  start: 'it can’t be started',
  pause: 'it can’t be paused',
  resume: 'it can’t be resumed',
  halt: 'it can’t be halted',
} as const;
