/**
 * What moves rollouts: one of several controllers looks every few seconds, and does what is to be done now. All that it knows
 * is in the database, so that whichever looks next, also after a power cut, goes on where the last one was.
 */
import type { ReleasePath } from '@rockpool/protocol/update/release';
import type { RolloutState } from '@rockpool/protocol/update/rollout';
import { type Kysely, sql } from 'kysely';
import { record } from '../audit/audit.ts';
import { demandLease, type Lease, LeaseLost, onLease } from '../store/lease.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { admit } from './admit.ts';
import type { RolloutParts } from './create.ts';
import { judge } from './judge.ts';
import { goBack, haltRollout } from './recall.ts';
import { changeRollout, loadRollout, type Rollout, seeWaves } from './rows.ts';
import { comeBack, missed, settle } from './settle.ts';
import { tellWaiting } from './tell-waiting.ts';

export interface DriveParts extends RolloutParts {
  /** This controller, another at every start. */
  holder: string;
}

export interface Driven {
  /** Devices that were told to install. */
  told: number;
  /** Waves that began. */
  began: number;
  halted: number;
  done: number;
}

/** Longer than a look takes; when this controller dies, another looks after that. */
const leaseMs = 60_000;

/** @returns undefined when another controller does it */
export const sweepRollouts = (parts: DriveParts): Promise<Driven | undefined> =>
  onLease(parts.db, { name: 'rollouts', holder: parts.holder, forMs: leaseMs }, async (lease) => {
    const driven: Driven = { told: 0, began: 0, halted: 0, done: 0 };
    const failures: unknown[] = [];
    for (const moving of await listMoving(parts.db)) {
      // One that can't be moved keeps none of the others waiting.
      await move(parts, lease, moving, driven).catch((error: unknown) => {
        if (error instanceof LeaseLost) throw error;
        failures.push(error);
      });
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some rollouts could not be moved');
    return driven;
  });

interface Moving {
  id: string;
  release: ReleasePath;
  state: RolloutState;
}

async function move(parts: DriveParts, lease: Lease, moving: Moving, driven: Driven): Promise<void> {
  const { id, release, state } = moving;
  const isWithdrawn = state === 'running' && ((await parts.releases?.isWithdrawn(release)) ?? false);
  // Thousands are told in pieces: everybody else may write in between.
  while (await look(parts, lease, { id, isWithdrawn }, driven));
}

async function listMoving(db: Kysely<Tables>): Promise<Moving[]> {
  const rows = await db
    .selectFrom('rollouts')
    .select(['id', 'release', 'state'])
    .where((where) =>
      where.or([
        where('state', '=', 'running'),
        where.and([
          where('state', '=', 'done'),
          where.exists(missed(db).where('m.rollout_id', '=', sql.ref<string>('rollouts.id'))),
        ]),
        where.and([
          where('state', '=', 'halted'),
          where('rolls_back', '=', 1),
          where.exists(
            where
              .selectFrom('rollout_devices as m')
              .select('m.device_id')
              .whereRef('m.rollout_id', '=', 'rollouts.id')
              .where('m.state', '=', 'installed')
              .where('m.back_id', 'is', null),
          ),
        ]),
      ]),
    )
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, release: row.release as ReleasePath }));
}

/** @returns whether there is more to do at once */
const look = (
  { db, clock }: DriveParts,
  lease: Lease,
  { id, isWithdrawn }: { id: string; isWithdrawn: boolean },
  driven: Driven,
): Promise<boolean> =>
  transact(db, async (tx) => {
    await demandLease(tx, lease);
    const at = clock.now();
    const found = await loadRollout(tx, id);
    if (found.state === 'halted') {
      await goBack(tx, found, at);
      return false;
    }
    const rollout = found.state === 'done' ? await comeBack(tx, found, at) : found;
    if (rollout.state !== 'running') return false;
    if (isWithdrawn) {
      await halt(tx, rollout, 'The release was withdrawn.', at);
      driven.halted += 1;
      return false;
    }
    await admit(tx, rollout, at);
    await settle(tx, rollout, at);
    const after = await advance(tx, rollout, at, driven);
    if (after.state !== 'running') return false;
    const { told, isMore } = await tellWaiting(tx, after, at);
    driven.told += told;
    return isMore;
  });

/** Several waves at once, where nobody is in them. */
async function advance(tx: Kysely<Tables>, from: Rollout, at: number, driven: Driven): Promise<Rollout> {
  let rollout = from;
  for (;;) {
    const verdict = judge(rollout.plan, await seeWaves(tx, rollout.id), rollout.wave, at);
    await markWell(tx, rollout, verdict.isWell, at);
    switch (verdict.what) {
      case 'wait':
        return waitFor(tx, rollout, null, at);
      case 'approval':
        return waitFor(tx, rollout, verdict.because, at);
      case 'halt':
        driven.halted += 1;
        return halt(tx, rollout, verdict.because, at);
      case 'done':
        driven.done += 1;
        await note(tx, rollout, 'rollout-done', {}, at);
        return changeRollout(tx, rollout, { state: 'done', waits: 0, because: null }, at);
      case 'next':
        driven.began += 1;
        rollout = await begin(tx, rollout, at);
    }
  }
}

async function halt(tx: Kysely<Tables>, rollout: Rollout, because: string, at: number): Promise<Rollout> {
  const { rollBack } = rollout.plan.abort;
  await note(tx, rollout, 'rollout-halt', { because, rollBack: String(rollBack) }, at);
  return haltRollout(tx, rollout, { event: 'failing', because, rollBack, at });
}

async function begin(tx: Kysely<Tables>, rollout: Rollout, at: number): Promise<Rollout> {
  const wave = rollout.wave + 1;
  await tx
    .updateTable('rollout_waves')
    .set({ began_at: at })
    .where('rollout_id', '=', rollout.id)
    .where('wave', '=', wave)
    .execute();
  await note(tx, rollout, 'rollout-wave', { wave: wave + 1 }, at);
  return changeRollout(tx, rollout, { wave, waits: 0, because: null }, at);
}

/** Since when; it begins anew when more of them fail meanwhile. */
async function markWell(tx: Kysely<Tables>, { id, wave }: Rollout, isWell: boolean, at: number) {
  await tx
    .updateTable('rollout_waves')
    .set({ well_at: isWell ? at : null })
    .where('rollout_id', '=', id)
    .where('wave', '=', wave)
    .where('well_at', isWell ? 'is' : 'is not', null)
    .execute();
}

/** @param because what it waits for an operator for; null for devices, or for time to pass */
async function waitFor(
  tx: Kysely<Tables>,
  rollout: Rollout,
  because: string | null,
  at: number,
): Promise<Rollout> {
  const waits = because === null ? 0 : 1;
  if (rollout.waits === waits && rollout.because === because) return rollout;
  return changeRollout(tx, rollout, { waits, because }, at);
}

const note = (
  tx: Kysely<Tables>,
  { id, release }: Rollout,
  action: string,
  detail: Record<string, string | number>,
  at: number,
): Promise<void> =>
  record(tx, {
    ...{ at, who: 'controller', action, subject: `rollout ${id}` },
    detail: { release, ...detail },
  });
