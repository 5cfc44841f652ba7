/**
 * The story of an update, told while it happens: a good release goes through the fleet in waves; a broken one is taken back by
 * the first devices that try it, and halts by itself.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ReleasePath } from '@rockpool/protocol/update/release';
import { type RolloutDetail, RolloutPlan } from '@rockpool/protocol/update/rollout';
import type { z } from 'zod';
import type { Clock } from '../host/clock.ts';
import { createRollout, forecastRollout, type RolloutParts } from '../rollout/create.ts';
import { startRollout } from '../rollout/operate.ts';
import { openReleases, releasesFolder } from '../rollout/repository.ts';
import { showRollout } from '../rollout/shown.ts';
import type { Demo } from './demo.ts';
import { demoModel } from './demo-releases.ts';

export interface StoryParts {
  demo: Demo;
  home: string;
  clock: Clock;
  say(line: string): void;
  /** Of each release. */
  bytes: number;
  /** Longer than this no act lasts. */
  actMs: number;
  lookMs: number;
}

export interface StoryEnd {
  good: Rollout;
  broken: Rollout;
}
type Rollout = z.infer<typeof RolloutDetail>;

export const usualStory = { bytes: 6 * 1024 * 1024, actMs: 240_000, lookMs: 1_000 } as const;
const name = demoModel;
const who = 'story';

/** @throws Refusal `failed` when an act does not end in its time */
export async function tellUpdateStory(parts: StoryParts, signal: AbortSignal): Promise<StoryEnd> {
  const { demo, say } = parts;
  const { devices } = await gather(parts, signal);
  const rollouts: RolloutParts = {
    ...{ db: demo.controller.db, clock: parts.clock },
    releases: openReleases(releasesFolder(parts.home)),
  };
  // A story that was told here before left its releases behind.
  const [newest = 0] = await countersOf(rollouts);

  say('');
  say('Act 1: a release that is good.');
  const version = `${newest + 1}.0`;
  const goodPath = await demo.releases.publish({
    ...{ name, version, counter: newest + 1, bytes: parts.bytes, notes: 'Answers in fewer words.' },
    head: { answers: 'Paris, of course', runs: true },
  });
  say(
    `${goodPath} is signed and published. It goes to one device, then to a quarter of them, then to the rest.`,
  );
  const good = await rollOut(parts, rollouts, planOf(goodPath, goodWaves, 1), signal);
  demandState(good, 'done');
  say(
    `${good.counts.installed} of ${devices} devices run it. Each of them asked it a question before it stayed.`,
  );

  say('');
  say('Act 2: a release that is signed, and broken.');
  const brokenPath = await demo.releases.publish({
    ...{ name, version: `${newest + 1}.1`, counter: newest + 2, bytes: parts.bytes },
    notes: 'Twice as fast, they say.',
    head: { answers: 'I am a teapot', runs: true },
  });
  say(
    `${brokenPath} is published. No signature says whether a model can think: three devices find out first.`,
  );
  const broken = await rollOut(parts, rollouts, planOf(brokenPath, brokenWaves, 3), signal);
  demandState(broken, 'halted');
  tellEnd(broken, { say, devices, goodPath });
  return { good, broken };
}

/** Until each of them has said that it is there: a rollout would wait for those that haven't. */
async function gather({ demo, say, actMs, lookMs, clock }: StoryParts, signal: AbortSignal) {
  await demo.fleet.started;
  const { places } = demo.fleet;
  const online = (): number =>
    [...demo.fleet.devices.values()].filter((device) => device.state().state === 'online').length;
  const until = clock.now() + actMs;
  while (online() < places.length) {
    if (clock.now() > until)
      throw new Refusal('failed', `Only ${online()} of ${places.length} devices came online.`);
    await wait(lookMs, undefined, { signal });
  }
  say(`${places.length} devices have joined and are online.`);
  return { devices: places.length };
}

async function countersOf({ releases }: RolloutParts): Promise<number[]> {
  const list = await releases?.list();
  return (list?.releases ?? []).map(({ counter }) => counter).sort((a, b) => b - a);
}

const goodWaves = [{ devices: 1 }, { permille: 250 }, { permille: 1_000 }];
const brokenWaves = [{ devices: 3 }, { permille: 1_000 }];

const planOf = (release: ReleasePath, waves: readonly object[], sample: number): RolloutPlan =>
  RolloutPlan.parse({
    ...{ release, waves, now: true, note: 'Told by the story.' },
    abort: { permille: 100, sample, rollBack: false },
  });

/** Watches it until it is over. */
async function rollOut(
  { say, actMs, lookMs, clock }: StoryParts,
  parts: RolloutParts,
  plan: RolloutPlan,
  signal: AbortSignal,
): Promise<Rollout> {
  const forecast = await forecastRollout(parts, plan);
  say(`Its forecast: ${forecast.waves.map(({ devices }) => devices).join(', then ')} devices.`);
  const id = await createRollout(parts, { plan, who });
  await startRollout(parts, { id, who });
  const until = clock.now() + actMs;
  let said = '';
  for (;;) {
    const rollout = await showRollout(parts.db, id);
    const now = stateOf(rollout);
    if (now !== said) say(`  ${now}`);
    said = now;
    if (rollout.state === 'done' || rollout.state === 'halted') return rollout;
    if (clock.now() > until)
      throw new Refusal('failed', `${plan.release} is not through after ${actMs / 1_000} s.`);
    await wait(lookMs, undefined, { signal });
  }
}

function stateOf({ state, wave, waves: all, counts, because }: Rollout): string {
  if (state === 'halted') return `Halted by itself: ${because}`;
  const underWay = counts.told + counts.running;
  const failed = counts.failed + counts['rolled-back'];
  return [
    `Wave ${wave + 1} of ${all}: ${counts.installed} run it`,
    ...(underWay > 0 ? [`${underWay} are at it`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(', ');
}

function demandState(rollout: Rollout, state: Rollout['state']): void {
  if (rollout.state !== state)
    throw new Refusal(
      'failed',
      `${rollout.release} is ${rollout.state}, and should be ${state}: ${rollout.because}`,
    );
}

function tellEnd(
  { devices: tried, counts }: Rollout,
  { say, devices, goodPath }: { say: StoryParts['say']; devices: number; goodPath: string },
): void {
  const [first] = tried.filter(({ reason }) => reason !== null);
  if (first) say(`${first.device} said why: ${first.says ?? first.reason}`);
  const failed = counts.failed + counts['rolled-back'];
  say(
    `${failed} tried it, and went back by themselves; ${devices - failed} never saw it. All ${devices} run ${goodPath}.`,
  );
}
