/** A rollout is made as a draft, which tells nobody anything; what it would do can be asked before, and is what it does. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Release } from '@rockpool/protocol/update/release';
import type { RolloutForecast, RolloutPlan } from '@rockpool/protocol/update/rollout';
import type { Kysely } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import { noteChanges } from '../registry/feed.ts';
import { demandLabels } from '../registry/labels.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { seedOf } from './order.ts';
import { asksForBoard, forecastOf, type Planned, planRollout } from './plan.ts';
import { demandRelease, type KnownRelease, type Releases } from './releases.ts';
import { loadCandidates } from './targets.ts';

export interface RolloutWish {
  plan: RolloutPlan;
  who: string;
}

export interface RolloutParts {
  db: Kysely<Tables>;
  clock: Clock;
  /** Undefined: this controller has none. */
  releases: Releases | undefined;
}

/** @returns its id @throws Refusal `not-found`, `bad-request` */
export async function createRollout(
  { db, clock, releases }: RolloutParts,
  { plan, who }: RolloutWish,
): Promise<string> {
  demandSense(plan);
  const { release, bytes } = await demandRelease(releases, plan.release);
  const id = randomUUID();
  const at = clock.now();
  await transact(db, async (tx) => {
    const seed = await nextSeed(tx);
    await tx
      .insertInto('rollouts')
      .values({
        ...{ id, release: plan.release, kind: release.kind, name: release.name, bytes, seed },
        ...{ manifest: JSON.stringify(release), plan: JSON.stringify(plan), state: 'draft', because: null },
        ...{ wave: 0, waits: 0, rolls_back: 0, unseen: 0, created_by: who, created_at: at, changed_at: at },
      })
      .execute();
    await noteChanges(tx, 'rollout', [{ id: null }], at);
    await record(tx, {
      ...{ at, who, action: 'rollout-create', subject: `rollout ${id}` },
      detail: { release: plan.release, plan: JSON.stringify(plan).slice(0, 1_000) },
    });
  });
  return id;
}

/** Nothing is made, and nobody is told anything. @throws Refusal as above */
export async function forecastRollout(
  { db, releases }: RolloutParts,
  plan: RolloutPlan,
): Promise<RolloutForecast> {
  demandSense(plan);
  const known = await demandRelease(releases, plan.release);
  const seed = await nextSeed(db);
  return forecastOf(await planNow(db, { plan, seed, release: known.release, rollout: '' }), {
    ...{ plan, bytes: known.bytes },
  });
}

/** As it is at this moment. */
export async function planNow(
  db: Kysely<Tables>,
  {
    plan,
    seed,
    release,
    rollout,
  }: { plan: RolloutPlan; seed: string; release: KnownRelease['release']; rollout: string },
): Promise<Planned> {
  const candidates = await loadCandidates(db, { ...targetsOf(plan, release, rollout), withRevoked: true });
  return planRollout(candidates, { plan, release, seed });
}

export const targetsOf = (plan: RolloutPlan, release: Release, rollout: string) => ({
  ...{ labels: plan.labels, kind: release.kind, name: release.name, rollout },
  withBoard: asksForBoard(release),
});

function demandSense({ labels, waves }: RolloutPlan): void {
  demandLabels(labels);
  let permille = 0;
  let devices = 0;
  for (const wave of waves) {
    if ((wave.permille ?? permille) < permille || (wave.devices ?? devices) < devices)
      throw new Refusal(
        'bad-request',
        'Each wave counts the ones before; it can’t be smaller than they are.',
      );
    permille = wave.permille ?? permille;
    devices = wave.devices ?? devices;
  }
}

const fact = 'rollout-seed';

/** Of a secret of this fleet and of how many rollouts there are: a forecast knows it before the rollout is there. */
async function nextSeed(db: Kysely<Tables>): Promise<string> {
  await db
    .insertInto('facts')
    .values({ key: fact, value: randomBytes(32).toString('hex') })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const { value } = await db
    .selectFrom('facts')
    .select('value')
    .where('key', '=', fact)
    .executeTakeFirstOrThrow();
  const { count } = await db
    .selectFrom('rollouts')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return seedOf(value, Number(count));
}
