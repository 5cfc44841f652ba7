/** The whole of it: looks, what is told of them, and what of that a wire carries. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Health } from '@rockpool/protocol/fleet/health';
import { Report, reportDomains } from '@rockpool/protocol/fleet/report';
import type { Posture } from '@rockpool/protocol/posture';
import { frameDeflated } from '@rockpool/signing/frame';
import { createSeed, openIdentity } from '@rockpool/signing/identity';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boards, type Tree, unpack } from '../host/jetson/tree.fixture.ts';
import { createHealth, type DeviceHealth, type HealthParts } from './health.ts';
import { openHostMachine } from './machine/host-machine.ts';
import type { Machine, Readings } from './machine/machine.ts';
import { noonMs, well, wellReadings } from './warnings/seen.fixture.ts';
import type { Change } from './warnings/watch.ts';

let home: string;
let monoMs: number;
let told: Change[];
let errors: unknown[];
let health: DeviceHealth | undefined;
let tree: Tree | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-health-'));
  monoMs = 0;
  told = [];
  errors = [];
});
afterEach(async () => {
  await health?.close();
  health = undefined;
  tree?.remove();
  tree = undefined;
  rmSync(home, { recursive: true });
});

const posture: Posture = { holds: true, findings: [] };

function open(over: Partial<HealthParts> = {}): DeviceHealth {
  health = createHealth({
    machine: machineThat(() => wellReadings),
    home,
    clock: { now: () => noonMs },
    model: () => well.model,
    pace: () => ({ milliTokensPerS: 12_345, firstTokenP50Ms: 400, firstTokenP95Ms: 1_200 }),
    posture: () => posture,
    link: () => well.link,
    auditHead: async () => ({ seq: 12, hash: 'ab'.repeat(32) }),
    updatePhase: () => 'idle',
    changed: (change) => void told.push(change),
    report: (error) => void errors.push(error),
    monoMs: () => monoMs,
    ...over,
  });
  return health;
}

const machineThat = (read: () => Readings): Machine => ({
  read: async () => read(),
  system: async () => 'Linux',
});

/** So many looks, half a minute apart. */
async function looks(of: DeviceHealth, times: number): Promise<Health> {
  for (let i = 1; i < times; i += 1) {
    await of.sample();
    monoMs += 30_000;
  }
  return await of.sample();
}

test('what is told is what the protocol takes, and is whole', async () => {
  const found = await open().sample();
  expect(Health.parse(found)).toEqual(found);
  expect(found).toMatchObject({
    uptimeS: 86_400,
    model: { name: 'pebble', loaded: true, milliTokensPerS: 12_345, firstTokenP95Ms: 1_200 },
    posture: { holds: true, missing: [], certificateDays: 60, clockSynchronised: true },
    auditHead: { seq: 12 },
    warnings: [],
  });
  expect(health?.latest()).toBe(found);
});

test('who asks while a look is under way gets that look', async () => {
  let reads = 0;
  const one = open({
    machine: machineThat(() => {
      reads += 1;
      return wellReadings;
    }),
  });
  const [first, second] = await Promise.all([one.sample(), one.sample()]);
  expect(first).toBe(second);
  expect(reads).toBe(1);
});

describe('over a restart of the agent', () => {
  const hot = machineThat(() => ({
    ...wellReadings,
    temperatures: [{ zone: 'tj-thermal', milliC: 97_000, limitMilliC: 99_000 }],
  }));

  test('what was told is not told again, and still stands in the report', async () => {
    await looks(open({ machine: hot }), 8);
    expect(told.map(({ code }) => code)).toEqual(['near-heat-limit']);
    await health?.close();
    const after = await looks(open({ machine: hot }), 8);
    expect(told).toHaveLength(1);
    expect(after.warnings).toEqual([
      { code: 'near-heat-limit', severity: 'warning', since: noonMs, detail: 'tj-thermal at 97 °C of 99 °C' },
    ]);
  });

  test('also when it was killed just after it told', async () => {
    const first = open({ machine: hot });
    await looks(first, 8);
    // Not closed: the file is as it was when the warning was told.
    health = undefined;
    await looks(open({ machine: hot }), 8);
    expect(told).toHaveLength(1);
  });

  test.each(['', '{', '{"version":2}', 'null'])(
    'a file that holds %j is told of, and what holds is judged anew',
    async (text) => {
      writeFileSync(join(home, 'warnings.json'), text);
      await looks(open({ machine: hot }), 8);
      expect(errors).toHaveLength(1);
      expect(told.map(({ code }) => code)).toEqual(['near-heat-limit']);
    },
  );

  test('a folder that takes no file keeps no warning from being told', async () => {
    const gone = join(home, 'file');
    writeFileSync(gone, '');
    await looks(open({ machine: hot, home: join(gone, 'below') }), 8);
    expect(told.map(({ code }) => code)).toEqual(['near-heat-limit']);
    expect(errors.length).toBeGreaterThan(0);
  });

  test('its file is small, and written when something is told, not at every look', async () => {
    const one = open();
    await looks(one, 10);
    expect(() => readFileSync(join(home, 'warnings.json'))).toThrow('ENOENT');
    await looks(one, 20);
    expect(readFileSync(join(home, 'warnings.json')).length).toBeLessThan(2_000);
  });
});

test("an appliance's posture says what is missing, and whether its clock is kept where no file does", async () => {
  const found = await open({
    machine: machineThat(() => ({ ...wellReadings, clockSynchronised: null })),
    posture: () => ({
      holds: false,
      findings: [
        { code: 'disk-encrypted', state: 'bad', says: '', cure: null },
        { code: 'clock', state: 'warning', says: '', cure: null },
      ],
    }),
  }).sample();
  expect(found.posture).toMatchObject({
    holds: false,
    missing: ['disk-encrypted'],
    clockSynchronised: false,
  });
});

test('a machine that can not be read at all is the caller’s to tell, and the next look is one again', async () => {
  let isBroken = true;
  const one = open({
    machine: machineThat(() => {
      if (isBroken) throw new Error('EIO');
      return wellReadings;
    }),
  });
  await expect(one.sample()).rejects.toThrow('EIO');
  isBroken = false;
  expect((await one.sample()).uptimeS).toBe(86_400);
});

test('a self-test that failed is a warning at the next look', async () => {
  const one = open();
  one.selfTested(['database', 'audit']);
  expect((await one.sample()).warnings).toMatchObject([
    { code: 'self-test-failed', severity: 'warning', detail: 'database, audit' },
  ]);
});

/** As it goes over the wire: one report, signed, deflated. */
async function wireBytes(found: Health): Promise<number> {
  const report = Report.parse({
    v: 1,
    dev: 'branch-office-leeds-0001',
    epoch: '0123456789abcdef',
    seq: 1_234_567,
    boot: '0c1e5a52-0a37-4f5c-9b1e-6d0c9be2a003',
    at: noonMs,
    mono: 604_800_000,
    body: { kind: 'health', health: found },
  });
  return frameDeflated(openIdentity(createSeed()), reportDomains.deflated, report).length;
}

describe('a heartbeat is at most 1 KB on the wire', () => {
  test.each(boards)('from %s', async (board) => {
    tree = unpack(board);
    const machine = openHostMachine({ home: tree.root, root: tree.root });
    expect(await wireBytes(await looks(open({ machine }), 2))).toBeLessThanOrEqual(1_024);
  });

  test('from the board with most to tell, on which five things are wrong', async () => {
    tree = unpack('agx-orin');
    tree.set('sys/class/hwmon/hwmon0/rpm', null);
    const inner = openHostMachine({ home: tree.root, root: tree.root });
    const ill: Machine = {
      ...inner,
      async read() {
        const readings = await inner.read();
        return {
          ...readings,
          disk: { totalMiB: 100_000, freeMiB: 5_000, wearPercent: 20, readOnly: true },
          memory: { ...readings.memory, totalMiB: 62_780, availableMiB: 900 },
          clockSynchronised: false,
        };
      },
    };
    const one = open({ machine: ill, link: () => ({ ...well.link!, spooled: 5_000 }) });
    one.selfTested(['database']);
    const found = await looks(one, 150);
    expect(found.warnings.map(({ code }) => code).sort()).toEqual([
      'clock-unsynchronised',
      'disk-filling',
      'disk-read-only',
      'memory-short',
      'spool-growing',
    ]);
    expect(await wireBytes(found)).toBeLessThanOrEqual(1_024);
  });
});
