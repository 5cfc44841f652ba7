/** The story, told fast: what is said to the console is what the API tells in the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceDetail } from '@rockpool/protocol/fleet/api';
import { RolloutDetail, RolloutList } from '@rockpool/protocol/update/rollout';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Demo, startDemo } from './demo.ts';
import { type StoryEnd, tellUpdateStory } from './story.ts';

const clock = { now: Date.now };
const home = mkdtempSync(join(tmpdir(), 'rockpool-story-'));
const said: string[] = [];
let demo: Demo;
let end: StoryEnd;
let get: (path: string) => Promise<unknown>;

beforeAll(async () => {
  demo = await startDemo({
    ...{ home, devices: 5, ports: { dashboard: 0, enrolment: 0, mqtt: 0 }, clock, isCalm: true },
    ...{ logger: pino({ level: 'silent' }), pace: { pollMs: 100, trialMs: 50, kiBps: 100_000 } },
  });
  end = await tellUpdateStory(
    { demo, home, clock, say: (line) => said.push(line), bytes: 300_000, actMs: 150_000, lookMs: 200 },
    new AbortController().signal,
  );
  get = await signedIn();
}, 330_000);
afterAll(async () => {
  await demo.close();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

async function signedIn(): Promise<(path: string) => Promise<unknown>> {
  const { dashboard } = demo.controller;
  const headers = { 'content-type': 'application/json', origin: dashboard?.url ?? '' };
  const body = JSON.stringify({ code: dashboard?.setupCode, name: 'ada', password: 'correct horse battery' });
  const entered = await fetch(`${dashboard?.url}/api/setup`, { method: 'POST', headers, body });
  expect(entered.ok).toBe(true);
  const cookie = entered.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return async (path) => (await fetch(`${dashboard?.url}${path}`, { headers: { cookie } })).json();
}

test('the good release is on every device, the broken one on none, as the API tells it', async () => {
  const { rollouts } = RolloutList.parse(await get('/api/rollouts?limit=10'));
  expect(rollouts.map(({ id, state }) => [id, state])).toEqual(
    expect.arrayContaining([
      [end.good.id, 'done'],
      [end.broken.id, 'halted'],
    ]),
  );
  const good = RolloutDetail.parse(await get(`/api/rollouts/${end.good.id}`));
  expect(good.counts).toMatchObject({ installed: 5, failed: 0, 'rolled-back': 0 });
  expect(good.perWave.every(({ beganAt }) => beganAt !== null)).toBe(true);
  const broken = RolloutDetail.parse(await get(`/api/rollouts/${end.broken.id}`));
  expect(broken.counts).toMatchObject({ installed: 0, 'rolled-back': 3, waiting: 2 });
  expect(broken.failures).toEqual([{ reason: 'golden-prompt', devices: 3 }]);
  expect(broken.because).toMatch(/3 of the 3 devices/);
});

test('every device says that it runs the good one, also the one that tried the other', async () => {
  const brought = async (name: string) =>
    DeviceDetail.parse(await get(`/api/devices/${name}`)).installed?.releases;
  for (const { name } of demo.fleet.places)
    await expect.poll(() => brought(name), { timeout: 10_000 }).toEqual([end.good.release]);
  const [tried] = end.broken.devices.filter(({ state }) => state === 'rolled-back');
  expect(DeviceDetail.parse(await get(`/api/devices/${tried?.device}`)).update).toMatchObject({
    ...{ rollout: end.broken.id, outcome: 'rolled-back', reason: 'golden-prompt' },
  });
});

test('the console tells each act, its waves, and why the broken one came back', () => {
  const whole = said.join('\n');
  expect(whole).toContain('5 devices have joined and are online.');
  expect(whole).toContain('Act 1: a release that is good.');
  expect(whole).toContain('Its forecast: 1, then 1, then 3 devices.');
  expect(whole).toContain('5 of 5 devices run it.');
  expect(whole).toContain('Act 2: a release that is signed, and broken.');
  expect(whole).toMatch(/said why: Asked “What is the capital of France\?”, it said “I am a teapot”/);
  expect(whole).toContain(
    `3 tried it, and went back by themselves; 2 never saw it. All 5 run ${end.good.release}.`,
  );
});
