/** A demonstration as one starts it: devices of the agent's own code join by claims, report, obey, and are the same at the next start. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '@rockpool/agent/health/report.ts';
import type { CommandOrder } from '@rockpool/protocol/fleet/command';
import { Health } from '@rockpool/protocol/fleet/health';
import fc from 'fast-check';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../broker/devices.fixture.ts';
import { createCommands } from '../commands/create.ts';
import { listClaims } from '../enrolment/claims.ts';
import { boards } from './boards.ts';
import { chance, drift } from './chance.ts';
import { type Demo, startDemo } from './demo.ts';
import { loadAt, modelAt, paceAt, readingsAt, type Situation } from './numbers.ts';
import { places } from './towns.ts';

const clock = { now: Date.now };
const home = mkdtempSync(join(tmpdir(), 'rockpool-demo-'));
let demo: Demo;
const start = (in_ = home): Promise<Demo> =>
  startDemo({
    ...{ home: in_, devices: 5, ports: { dashboard: 0, enrolment: 0, mqtt: 0 } },
    ...{ clock, logger: pino({ level: 'silent' }) },
  });

beforeAll(async () => {
  demo = await start();
  await demo.fleet.started;
});
afterAll(async () => {
  await demo.close();
  rmSync(home, { recursive: true, force: true });
});

const rows = () =>
  demo.controller.db
    .selectFrom('devices as d')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .select(['d.name', 'd.identity', 's.presence', 's.health', 's.boot', 's.epoch_ord'])
    .orderBy('d.name')
    .execute();
const online = async (): Promise<number> =>
  (await rows()).filter(({ presence, health }) => presence === 'online' && health !== null).length;

/** Sends it, and waits until it has ended. */
async function ask(name: string, order: CommandOrder): Promise<{ state: string; says: string }> {
  const { db } = demo.controller;
  const [made] = await createCommands(db, clock, { names: [name], order, ttlMs: 600_000, who: 'test' });
  const row = () =>
    db
      .selectFrom('commands')
      .select(['state', 'result', 'is_final'])
      .where('id', '=', made?.id ?? '')
      .executeTakeFirstOrThrow();
  await until(async () => (await row()).is_final === 1, `the end of ${order.name}`);
  const { state, result } = await row();
  return { state, says: (JSON.parse(result ?? '{}') as { says?: string }).says ?? '' };
}

test('every simulated device joins by its own claim and keys, and is seen with its health', async () => {
  await until(async () => (await online()) === 5, 'five devices online');
  const found = await rows();
  expect(found.map(({ name }) => name)).toEqual(['hull', 'hull-2', 'leeds', 'leeds-2', 'york']);
  expect(new Set(found.map(({ identity }) => identity)).size).toBe(5);
  const key = statSync(join(home, 'devices/leeds/device/identity-key.cred'));
  expect(key.mode & 0o777).toBe(0o600);
});

test('a self-test that is ordered tells what it found', async () => {
  expect(await ask('leeds', { name: 'run-self-test', args: {} })).toEqual({
    ...{ state: 'succeeded', says: 'Nothing is wrong.' },
  });
});

test('what its agent can not do is refused with the reason', async () => {
  const said = await ask('leeds', { name: 'use-model', args: { model: 'another' } });
  expect(said).toMatchObject({ state: 'refused', says: 'A simulated device has no model to change.' });
});

test('it looks for updates in the signed repository of its controller', async () => {
  const said = await ask('leeds', { name: 'check-update', args: {} });
  expect(said).toEqual({ state: 'succeeded', says: 'There is something to install.' });
});

test('a new certificate takes the place of the old one, and the device is back with it', async () => {
  const file = join(home, 'devices/leeds/device/device.crt');
  const before = readFileSync(file, 'utf8');
  expect(await ask('leeds', { name: 'rotate-certificate', args: {} })).toMatchObject({ state: 'succeeded' });
  expect(readFileSync(file, 'utf8')).not.toBe(before);
  expect(await ask('leeds', { name: 'run-self-test', args: {} })).toMatchObject({ state: 'succeeded' });
});

test('a restart of its agent is told by the agent that comes after', async () => {
  expect(await ask('york', { name: 'restart-agent', args: {} })).toEqual({
    ...{ state: 'succeeded', says: 'The agent has restarted.' },
  });
});

test('the next start is the same fleet, on other ports too, and what was lying about is gone', async () => {
  const before = (await rows()).map(({ name, identity }) => `${name} ${identity}`);
  await demo.close();
  expect(existsSync(demo.claim)).toBe(false);
  demo = await start();
  await demo.fleet.started;
  await until(
    async () => [...demo.fleet.devices.values()].every((d) => d.state().state === 'online'),
    'all of them',
  );
  expect((await rows()).map(({ name, identity }) => `${name} ${identity}`)).toEqual(before);
  const claims = await listClaims(demo.controller.db, clock);
  expect(claims.filter(({ state }) => state === 'open')).toHaveLength(1);
  expect(claims.filter(({ state }) => state === 'revoked')).toHaveLength(1);
});

test("a controller that people use is not taken for a demonstration's", async () => {
  const other = mkdtempSync(join(tmpdir(), 'rockpool-demo-'));
  const first = await start(other);
  await first.close();
  rmSync(join(other, 'devices'), { recursive: true });
  await expect(start(other)).rejects.toThrow(/not made by `demo`/);
  rmSync(other, { recursive: true });
});

const situations = fc.record({
  seed: fc.nat(),
  board: fc.constantFrom(...boards),
  boot: fc.constant('0'),
  bootedMs: fc.constant(Date.UTC(2026, 10, 1)),
  nowMs: fc.integer({ min: Date.UTC(2026, 10, 1), max: Date.UTC(2028, 0, 1) }),
  trouble: fc.constantFrom('none', 'fan', 'memory', 'supply'),
}) satisfies fc.Arbitrary<Situation>;

test('whatever chance brings, its numbers are those of a device', () => {
  fc.assert(
    fc.property(situations, (situation) => {
      const { nowMs } = situation;
      const [readings, model] = [readingsAt(situation), modelAt(situation)];
      const seen = { nowMs, readings, model, posture: null, link: null, selfTest: null, powerMode: null };
      const told = compose({
        seen,
        pace: paceAt(situation),
        auditHead: null,
        updatePhase: 'none',
        raised: [],
      });
      Health.parse(told);
      expect(readings.memory.availableMiB).toBeLessThan(readings.memory.totalMiB);
      expect(loadAt(situation)).toBeLessThanOrEqual(1);
      for (const { milliC } of readings.temperatures) expect(milliC).toBeLessThan(99_000);
    }),
  );
});

test('what drifts does not jump', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 2e12 }), (seed, atMs) => {
      expect(chance(seed, atMs)).toBeLessThan(1);
      expect(Math.abs(drift(seed, atMs + 1_000, 90_000) - drift(seed, atMs, 90_000))).toBeLessThan(0.05);
    }),
  );
});

test('hundreds of places have a name each', () => {
  const names = places(500).map(({ name }) => name);
  expect(new Set(names).size).toBe(500);
  expect(names.slice(0, 4)).toEqual(['leeds', 'leeds-2', 'york', 'hull']);
});
