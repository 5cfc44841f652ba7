/** What is shown of a fleet and of one device, out of the rows of all rooms. */
import { DeviceDetail, Overview, Samples } from '@rockpool/protocol/fleet/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { record } from '../audit/audit.ts';
import { createCommands } from '../commands/create.ts';
import { health } from '../ingest/devices.fixture.ts';
import type { SampleRow } from '../registry/reported-tables.ts';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { listAlerts } from './alerts.ts';
import { showDetail } from './device-detail.ts';
import { fleetFigures } from './figures.ts';
import { addDevices } from './many-devices.fixture.ts';
import { overview } from './overview.ts';
import { readSamples, thin } from './samples.ts';

let opened: TestDatabase;
let db: Database;
const clock = createClock(1_900_000_000_000);
const alert = {
  ...{ code: 'disk-low', severity: 'warning' as const, detail: null, raised_at: 1, cleared_at: null },
  ...{ gone_at: null, returns: 0, hidden_by: null, acknowledged_by: null, acknowledged_at: null },
};

beforeAll(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  await addDevices(db, [
    {
      id: 1,
      name: 'leeds-1',
      labels: { branch: 'leeds', floor: '1' },
      state: { health: JSON.stringify(health), health_at: 7 },
    },
    { id: 2, name: 'leeds-2', labels: { branch: 'leeds' }, state: { presence: 'offline', agent: '0.0.9' } },
    { id: 3, name: 'york', labels: { branch: 'york' } },
    { id: 4, name: 'nowhere', state: { health: '{"of":"tomorrow"}', health_at: 9 } },
    { id: 5, name: 'gone', labels: { branch: 'leeds' }, state: {} },
  ]);
  await db
    .updateTable('devices')
    .set({ name_in_force: null, revoked_at: 3, revoked_because: 'stolen' })
    .where('id', '=', 5)
    .execute();
  await db
    .insertInto('alerts')
    .values([
      { ...alert, subject: 'leeds-1', open_key: 'a', devices: '["leeds-1"]' },
      {
        ...alert,
        subject: 'branch=york',
        code: 'site-offline',
        severity: 'critical',
        open_key: 'b',
        devices: '["york"]',
      },
      {
        ...alert,
        subject: 'leeds-2',
        code: 'offline',
        open_key: 'c',
        devices: '["leeds-2"]',
        hidden_by: 'x',
      },
      { ...alert, subject: 'leeds-1', code: 'past', open_key: null, devices: '["leeds-1"]', cleared_at: 5 },
    ])
    .execute();
});
afterAll(() => opened[Symbol.asyncDispose]());

test('the fleet at a glance, grouped by a label; who was put out counts in no group', async () => {
  expect(Overview.parse(await overview(db, 'branch'))).toEqual({
    counts: { online: 2, degraded: 0, flapping: 0, offline: 1, never: 1, revoked: 1 },
    total: 4,
    openAlerts: { notice: 0, warning: 1, critical: 1 },
    agents: [
      { version: '0.1.0', devices: 2 },
      { version: '0.0.9', devices: 1 },
    ],
    labelKeys: ['branch', 'floor'],
    groups: [
      { value: 'leeds', total: 2, online: 1, worst: 'warning' },
      { value: 'york', total: 1, online: 0, worst: 'critical' },
    ],
  });
  expect((await overview(db, 'colour')).groups).toEqual([]);
});

describe('one device', () => {
  test('with its health, its alerts and nothing that is hidden', async () => {
    const detail = DeviceDetail.parse(await showDetail(db, 'leeds-1'));
    expect(detail).toMatchObject({
      presence: 'online',
      healthAt: 7,
      worst: 'warning',
      alerts: 1,
      labels: { floor: '1' },
    });
    expect(detail.health?.uptimeS).toBe(health.uptimeS);
    expect(detail.open.map(({ code }) => code)).toEqual(['disk-low']);
    expect((await showDetail(db, 'leeds-2')).open).toEqual([]);
    expect((await showDetail(db, 'york')).open.map(({ code }) => code)).toEqual(['site-offline']);
  });
  test('whose agent speaks of things that this controller has no word for: shown without its health, not as if it had none', async () => {
    expect(DeviceDetail.parse(await showDetail(db, 'nowhere'))).toMatchObject({
      presence: 'online',
      health: null,
      healthAt: null,
    });
  });
  test('that was put out says when and why; one that never was says so', async () => {
    expect(await showDetail(db, 'gone')).toMatchObject({
      presence: 'revoked',
      revoked: { at: 3, because: 'stolen' },
      alerts: 0,
    });
    await expect(showDetail(db, 'atlantis')).rejects.toMatchObject({ code: 'not-found' });
  });
  test('its timeline is what it told, what it was told, and what was done to it, newest first', async () => {
    await createCommands(db, clock, {
      ...{ order: { name: 'reboot', args: {} }, names: ['york'], ttlMs: 60_000, who: 'anna' },
    });
    await transact(db, (tx) =>
      record(tx, { at: clock.now() + 2, who: 'anna', action: 'device-label', subject: 'device york' }),
    );
    await db
      .insertInto('timeline')
      .values({
        device_id: 3,
        at: clock.now() + 1,
        device_at: null,
        kind: 'event',
        what: 'agent-started',
        detail: null,
      })
      .execute();
    const { timeline, commands } = DeviceDetail.parse(await showDetail(db, 'york'));
    expect(commands).toMatchObject([
      { device: 'york', order: { name: 'reboot' }, state: 'queued', by: 'anna' },
    ]);
    expect(timeline.map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      'operator device-label',
      'event agent-started',
      'command reboot',
      'operator command-create',
    ]);
  });
});

test('alerts: open ones without those that another explains, closed ones, and those of a device', async () => {
  const codes = async (wish: { open?: boolean; device?: string }) =>
    (await listAlerts(db, { ...wish, limit: 10 })).alerts.map(({ code }) => code);
  expect(await codes({ open: true })).toEqual(['site-offline', 'disk-low']);
  expect(await codes({ open: false })).toEqual(['past']);
  expect(await codes({})).toEqual(['past', 'site-offline', 'disk-low']);
  expect(await codes({ open: true, device: 'york' })).toEqual(['site-offline']);
  expect(await codes({ device: 'leeds-1' })).toEqual(['past', 'disk-low']);
  expect(await codes({ open: true, device: 'leeds' })).toEqual([]); // a part of a name is none
  expect(await listAlerts(db, { open: true, limit: 1 })).toMatchObject({
    total: 2,
    alerts: [{ code: 'site-offline' }],
  });
});

test('figures for Prometheus', async () => {
  expect(await fleetFigures(db, clock)).toMatchObject({
    devices: { online: 2, revoked: 1 },
    alerts: expect.arrayContaining([{ code: 'disk-low', severity: 'warning', count: 1 }]),
    commands: { queued: 1 },
    certificatesEnding: 0,
  });
  const certificate = {
    kind: 'device' as const,
    pem: '',
    key_pin: '',
    names: '[]',
    issued_at: 1,
    revoked_at: null,
  };
  await db
    .insertInto('certificates')
    .values([
      { ...certificate, serial: 'a', device_id: 1, expires_at: clock.now() + 86_400_000 },
      { ...certificate, serial: 'b', device_id: 2, expires_at: clock.now() + 86_400_000 },
      { ...certificate, serial: 'c', device_id: 2, expires_at: clock.now() + 90 * 86_400_000 }, // renewed
      { ...certificate, serial: 'd', device_id: 5, expires_at: clock.now() + 86_400_000 }, // put out
    ])
    .execute();
  expect((await fleetFigures(db, clock)).certificatesEnding).toBe(1);
});

describe('measurements', () => {
  const sample = (at: number, wish: Partial<SampleRow> = {}): SampleRow => ({
    ...{ device_id: 1, at, cpu_permille: 100, memory_available_mib: 900, disk_free_mib: null },
    ...{ hottest_milli_c: null, gpu_load_permille: null, power_milli_w: null, milli_tokens_per_s: null },
    ...{ queued: null, first_token_p95_ms: null, ...wish },
  });
  test('of a span, as columns', async () => {
    await db
      .insertInto('samples')
      .values([sample(300), sample(600, { cpu_permille: null }), sample(900)])
      .execute();
    const samples = Samples.parse(await readSamples(db, 'leeds-1', { from: 300_000, to: 600_000 }));
    expect([samples.at, samples.cpuPermille]).toEqual([
      [300, 600],
      [100, null],
    ]);
    await expect(readSamples(db, 'leeds-1', { from: 2, to: 1 })).rejects.toMatchObject({
      code: 'bad-request',
    });
    await expect(readSamples(db, 'atlantis', { from: 1, to: 2 })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
  test('are thinned to what a screen shows, and a peak or a lack of memory stays', () => {
    const many = Array.from({ length: 8_640 }, (_, n) =>
      sample(n * 300, n === 5_000 ? { cpu_permille: 990, memory_available_mib: 12 } : {}),
    );
    const few = thin(many);
    expect(few.length).toBeLessThanOrEqual(1_000);
    expect(Math.max(...few.map(({ cpu_permille }) => cpu_permille ?? 0))).toBe(990);
    expect(Math.min(...few.map(({ memory_available_mib }) => memory_available_mib ?? 0))).toBe(12);
    expect(few.map(({ at }) => at)).toEqual(few.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(few[0]?.disk_free_mib).toBeNull();
  });
});
