/** Rollouts over HTTP: the same deeds as by the command line, in the shapes that the dashboard reads. */
import { ReleaseList, RolloutDetail, RolloutForecast, RolloutList } from '@rockpool/protocol/update/rollout';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '../audit/audit.ts';
import { sweepRollouts } from '../rollout/drive.ts';
import { FakeReleases, modelRelease, tenDevices } from '../rollout/rollout.fixture.ts';
import { addDevices } from '../views/many-devices.fixture.ts';
import { codeIn, type Door, openDoor } from './operators-door.fixture.ts';

let door: Door;
let headers: Record<string, string>;
const releases = new FakeReleases().add(modelRelease('2'));
const plan = { release: 'models/pebble/2', waves: [{ devices: 2 }, { permille: 1_000, approval: true }] };

beforeAll(async () => {
  door = await openDoor({ releases });
  await addDevices(door.db, tenDevices());
  await door.add('olga', 'operator');
  headers = await door.signIn('olga');
});
afterAll(() => door[Symbol.asyncDispose]());

const post = (path: string, payload: object = {}) => door.ask('POST', path, { headers, payload });
const get = (path: string) => door.ask('GET', path, { headers });

test('a rollout is foreseen, made, started, paused, resumed and halted', async () => {
  expect(ReleaseList.parse((await get('/api/releases')).json()).releases).toMatchObject([{ version: '2' }]);
  const forecast = RolloutForecast.parse((await post('/api/rollouts?dry=true', plan)).json());
  expect(forecast).toMatchObject({ devices: 10, bytes: 10_000, waves: [{ devices: 2 }, { devices: 8 }] });
  expect(RolloutList.parse((await get('/api/rollouts')).json()).total).toBe(0);

  const { id } = RolloutDetail.parse((await post('/api/rollouts', plan)).json());
  const detail = async () => RolloutDetail.parse((await get(`/api/rollouts/${id}`)).json());
  expect(await detail()).toMatchObject({
    state: 'draft',
    by: 'olga',
    total: 0,
    perWave: [{ devices: 0 }, {}],
  });
  expect(codeIn(await post(`/api/rollouts/${id}/resume`))).toBe('conflict');
  expect(RolloutDetail.parse((await post(`/api/rollouts/${id}/start`)).json()).state).toBe('running');
  await sweepRollouts({ db: door.db, clock: door.clock, releases, holder: 'a' });
  const running = await detail();
  expect(running.perWave).toMatchObject([
    { devices: 2, counts: { told: 2 } },
    { devices: 8, beganAt: null },
  ]);
  expect(
    running.devices
      .slice(0, 2)
      .map(({ device }) => device)
      .sort(),
  ).toEqual([...(forecast.waves[0]?.first ?? [])].sort());
  await post(`/api/rollouts/${id}/pause`, { because: 'lunch' });
  expect(await detail()).toMatchObject({ state: 'paused', because: 'lunch' });
  await post(`/api/rollouts/${id}/resume`);
  expect(codeIn(await post(`/api/rollouts/${id}/approve`))).toBe('conflict');
  await post(`/api/rollouts/${id}/halt`, { rollBack: true, because: 'bad answers' });
  expect(await detail()).toMatchObject({ state: 'halted', because: 'bad answers' });
  expect(RolloutList.parse((await get('/api/rollouts')).json())).toMatchObject({
    total: 1,
    rollouts: [{ id }],
  });
  const deeds = (await listAudit(door.db, 20)).map(({ who, action }) => `${who} ${action}`).reverse();
  expect(deeds.filter((deed) => deed.includes('rollout'))).toEqual(
    ['create', 'start', 'pause', 'resume', 'halt'].map((deed) => `olga rollout-${deed}`),
  );
});

test.each([
  ['/api/rollouts', { ...plan, release: 'models/pebble/9' }, 'not-found'],
  ['/api/rollouts', { ...plan, release: '../pebble/2' }, 'bad-request'],
  ['/api/rollouts', { ...plan, waves: [] }, 'bad-request'],
  ['/api/rollouts', { ...plan, waves: [{ devices: 1, permille: 5 }] }, 'bad-request'],
  ['/api/rollouts', { ...plan, seed: '00' }, 'bad-request'],
  ['/api/rollouts?dry=perhaps', plan, 'bad-request'],
  ['/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/start', {}, 'not-found'],
  ['/api/rollouts/none/start', {}, 'bad-request'],
])('POST %s with %j is refused as %s', async (path, payload, code) => {
  expect(codeIn(await post(path, payload))).toBe(code);
});

test('what happens to a rollout is in the live feed as commands, and its figures are counted', async () => {
  const { createFeed } = await import('../registry/feed.ts');
  const entries = await createFeed(door.db).since(0, 1_000);
  expect(entries.map(({ kind }) => kind)).toContain('rollout');
  const text = (await door.ask('GET', '/metrics')).body;
  expect(text).toContain('rockpool_fleet_rollouts{state="halted"} 1');
  expect(text).toContain('rockpool_fleet_rollout_devices{state="told"} 0');
});
