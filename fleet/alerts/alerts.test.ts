/** Alerts as they are kept: one sweep of one controller at a time, an operator who looks after one, and the feed of events. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCommands } from '../commands/create.ts';
import { addDevice, connect, disconnect, type FakeDevice } from '../commands/fleet.fixture.ts';
import { recordResult } from '../commands/results.ts';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import { type Lease, takeLease } from '../store/lease.ts';
import type { Database } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { acknowledgeAlert, alertEvents, pruneAlerts, sweepAlerts } from './alerts.ts';
import { isSilencing } from './seen.ts';

const minute = 60_000;
const start = 1_800_000_000_000;
const clock = createClock(start);

let opened: TestDatabase;
let db: Database;
let leeds: FakeDevice[];
let york: FakeDevice;
beforeEach(async () => {
  clock.set(start);
  opened = await openTestDatabase();
  ({ db } = opened);
  leeds = [];
  for (const name of ['leeds-1', 'leeds-2', 'leeds-3'])
    leeds.push(await addDevice(db, name, { branch: 'leeds' }));
  york = await addDevice(db, 'york', { branch: 'york' });
  for (const one of [...leeds, york]) await connect(db, one, start);
});
afterEach(() => opened[Symbol.asyncDispose]());

const sweepAfter = (ms: number) => {
  clock.pass(ms);
  return sweepAlerts(db, clock);
};
const events = async () =>
  (await alertEvents(db, { after: 0, limit: 100 })).map(
    ({ what, alert }) => `${what} ${alert.code} ${alert.subject}`,
  );
const setState = (device: FakeDevice, set: Record<string, string | number | null>) =>
  db.updateTable('device_states').set(set).where('device_id', '=', device.id).execute();

test('a site that lost its power is one alert, which clears by itself', async () => {
  expect(await sweepAfter(0)).toEqual({ raised: 0, cleared: 0, open: 0 });
  for (const one of leeds) await disconnect(db, one, clock.now());
  expect(await sweepAfter(2 * minute)).toEqual({ raised: 1, cleared: 0, open: 1 });
  expect(await sweepAfter(minute)).toEqual({ raised: 0, cleared: 0, open: 1 });
  for (const one of leeds) await connect(db, one, clock.now());
  await sweepAfter(0);
  expect(await sweepAfter(minute)).toEqual({ raised: 0, cleared: 1, open: 0 });
  expect(await events()).toEqual(['raised site-offline branch=leeds', 'cleared site-offline branch=leeds']);
  const [{ alert }] = (await alertEvents(db, { after: 0, limit: 1 })) as [
    Awaited<ReturnType<typeof alertEvents>>[0],
  ];
  expect(alert).toMatchObject({
    ...{ code: 'site-offline', severity: 'critical', devices: ['leeds-1', 'leeds-2', 'leeds-3'] },
    ...{ raisedAt: start + 2 * minute, clearedAt: start + 4 * minute },
  });
});

test('it comes back as another alert', async () => {
  for (let n = 0; n < 2; n += 1) {
    await disconnect(db, york, clock.now());
    await sweepAfter(2 * minute);
    await connect(db, york, clock.now());
    await sweepAfter(0);
    await sweepAfter(minute);
  }
  expect(await db.selectFrom('alerts').select(['subject', 'open_key']).execute()).toEqual(
    Array(2).fill({ subject: 'york', open_key: null }),
  );
});

test('sweeps are told in the feed only when something changed', async () => {
  await setState(york, { warnings: JSON.stringify([{ code: 'disk-full', severity: 'critical', since: 1 }]) });
  for (let n = 0; n < 5; n += 1) await sweepAfter(minute);
  expect(await db.selectFrom('feed').select(['device_id', 'kind']).execute()).toEqual([
    { device_id: york.id, kind: 'alert' },
  ]);
});

test('two sweeps at once raise one alert', async () => {
  await disconnect(db, york, clock.now());
  clock.pass(2 * minute);
  await Promise.all([sweepAlerts(db, clock), sweepAlerts(db, clock)]);
  expect(await events()).toEqual(['raised offline york']);
});

test('a controller that lost its lease writes nothing', async () => {
  const ask = { name: 'alerts', forMs: 60_000 };
  const lease = (await takeLease(db, { ...ask, holder: 'a' })) as Lease;
  await disconnect(db, york, clock.now());
  clock.pass(2 * minute);
  await db.updateTable('leases').set({ until: 1 }).execute();
  expect(await takeLease(db, { ...ask, holder: 'b' })).toBeDefined();
  await expect(sweepAlerts(db, clock, { lease })).rejects.toThrow('no longer');
  expect(await events()).toEqual([]);
});

test('an operator looks after it, once, and that is written down; worse, it wants looking at again', async () => {
  const [first] = leeds as [FakeDevice];
  const fail = async () => {
    const [made] = await createCommands(db, clock, {
      ...{ names: ['leeds-1'], order: { name: 'reboot', args: {} }, ttlMs: minute, who: 'anna' },
    });
    await transact(db, (tx) =>
      recordResult(tx, {
        ...{ deviceId: first.id, at: clock.now() },
        result: { id: made?.id ?? '', state: 'refused', reason: 'not-allowed' },
      }),
    );
  };
  await fail();
  await sweepAfter(0);
  const seen = await acknowledgeAlert(db, clock, { id: 1, who: 'anna' });
  expect(seen).toMatchObject({ severity: 'notice', detail: 'reboot: not-allowed' });
  expect((await acknowledgeAlert(db, clock, { id: 1, who: 'ben' })).acknowledged?.by).toBe('anna');
  await fail();
  await fail();
  await sweepAfter(0);
  expect(await db.selectFrom('alerts').select(['severity', 'acknowledged_by']).executeTakeFirst()).toEqual({
    ...{ severity: 'warning', acknowledged_by: null },
  });
  expect(await events()).toEqual(
    ['raised', 'acknowledged', 'worsened'].map((what) => `${what} commands-failed leeds-1`),
  );
  const deeds = await db
    .selectFrom('audit')
    .select(['who', 'subject'])
    .where('action', '=', 'alert-acknowledge')
    .execute();
  expect(deeds).toEqual([{ who: 'anna', subject: 'alert 1' }]);
});

test('a success takes earlier failures of the same command back', async () => {
  const [first] = leeds as [FakeDevice];
  for (const state of ['failed', 'succeeded'] as const) {
    const [made] = await createCommands(db, clock, {
      ...{ names: ['leeds-1'], order: { name: 'reboot', args: {} }, ttlMs: minute, who: 'anna' },
    });
    await transact(db, (tx) =>
      recordResult(tx, { deviceId: first.id, at: clock.now(), result: { id: made?.id ?? '', state } }),
    );
    await sweepAfter(0);
  }
  expect(await events()).toEqual(['raised commands-failed leeds-1', 'cleared commands-failed leeds-1']);
});

test('a copied identity and a rewritten log stay until somebody looks, and can be found again', async () => {
  await setState(york, { cloned_at: start, audit_fork: '{}', audit_fork_at: start });
  await sweepAfter(90 * 86_400_000);
  expect((await events()).sort()).toEqual(['raised audit-fork york', 'raised cloned york']);
  for (const id of [1, 2]) await acknowledgeAlert(db, clock, { id, who: 'anna' });
  expect((await sweepAfter(0)).open).toBe(0);
  await setState(york, { cloned_at: clock.now() });
  expect((await sweepAfter(0)).raised).toBe(1);
});

test('what is over or was never there cannot be acknowledged', async () => {
  await disconnect(db, york, clock.now());
  await sweepAfter(2 * minute);
  await connect(db, york, clock.now());
  await sweepAfter(0);
  await sweepAfter(minute);
  await expect(acknowledgeAlert(db, clock, { id: 1, who: 'anna' })).rejects.toThrow('over already');
  await expect(acknowledgeAlert(db, clock, { id: 9, who: 'anna' })).rejects.toThrow('no alert 9');
});

test('a device that was revoked has no alerts, and one that was never heard of has one after an hour', async () => {
  await addDevice(db, 'hull', {}, clock.now());
  await disconnect(db, york, clock.now());
  await sweepAfter(2 * minute);
  await db
    .updateTable('devices')
    .set({ name_in_force: null, revoked_at: 1 })
    .where('id', '=', york.id)
    .execute();
  await sweepAfter(58 * minute);
  expect(await events()).toEqual(['raised offline york', 'raised never-heard hull', 'cleared offline york']);
});

test('a label silences a device, for good or until a day has passed', async () => {
  const set = (value: string) =>
    db
      .insertInto('device_labels')
      .values({ device_id: york.id, key: 'maintenance', value })
      .onConflict((conflict) => conflict.columns(['device_id', 'key']).doUpdateSet({ value }))
      .execute();
  await disconnect(db, york, clock.now());
  await set('new rack');
  expect((await sweepAfter(2 * minute)).raised).toBe(0);
  await set(new Date(start - 86_400_000).toISOString().slice(0, 10));
  expect((await sweepAfter(minute)).raised).toBe(1);
  const noon = Date.parse('2026-12-01T12:00:00Z');
  expect(
    ['2026-11-30', '2026-12-01', '2026-12-02', 'forever'].map((value) => isSilencing(value, noon)),
  ).toEqual([...[false, true, true, true]]);
});

test('old ones are forgotten, numbers of events are not given again', async () => {
  await disconnect(db, york, clock.now());
  await sweepAfter(2 * minute);
  await connect(db, york, clock.now());
  await sweepAfter(0);
  await sweepAfter(minute);
  expect(await pruneAlerts(db, clock.now() + 1)).toBe(1);
  await disconnect(db, york, clock.now());
  await sweepAfter(2 * minute);
  expect((await alertEvents(db, { after: 2, limit: 9 })).map(({ seq, what }) => ({ seq, what }))).toEqual([
    { seq: 3, what: 'raised' },
  ]);
});
