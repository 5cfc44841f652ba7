/** The list of devices: pages that hold together whatever changes between them, filters, and the plans that keep 30,000 fast. */
import type { DeviceSummary } from '@rockpool/protocol/fleet/api';
import { DeviceList } from '@rockpool/protocol/fleet/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { type DeviceWish, listNames, listPage } from './device-list.ts';
import { addDevices, manyDevices } from './many-devices.fixture.ts';

let opened: TestDatabase;
let db: Database;
const count = 3_000;
const made = manyDevices(count);

beforeAll(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  await addDevices(db, made);
  await revoke(2_999); // dev-02998
  await revoke(3_000);
});
afterAll(() => opened[Symbol.asyncDispose]());

const revoke = (id: number) =>
  db
    .updateTable('devices')
    .set({ name_in_force: null, revoked_at: 5, revoked_because: 'stolen' })
    .where('id', '=', id)
    .execute();

async function allPages(wish: Omit<DeviceWish, 'after'>): Promise<DeviceSummary[]> {
  const devices: DeviceSummary[] = [];
  let after: string | undefined;
  do {
    const page = DeviceList.parse(await listPage(db, { ...wish, after }));
    expect(page.devices.length).toBeLessThanOrEqual(wish.limit);
    devices.push(...page.devices);
    after = page.after ?? undefined;
    if (after === undefined) expect(page.total).toBe(devices.length);
  } while (after !== undefined);
  return devices;
}
const presenceOf = (id: number) => made[id - 1]?.state?.presence ?? 'never';

test.each(['name', 'presence', 'seenAt'] as const)(
  'page by page by %s shows each device in force once',
  async (sort) => {
    const devices = await allPages({ sort, limit: 97 });
    expect(new Set(devices.map(({ name }) => name)).size).toBe(count - 2);
    expect(devices).toHaveLength(count - 2);
  },
);

test('by presence what is offline comes first, and by seenAt who was never heard of', async () => {
  const byPresence = await allPages({ sort: 'presence', limit: 500 });
  const order = byPresence.map(({ presence }) => presence).filter((one, n, all) => one !== all[n - 1]);
  expect(order).toEqual(['offline', 'flapping', 'degraded', 'never', 'online']);
  const bySeen = (await allPages({ sort: 'seenAt', limit: 500 })).map(({ seenAt }) => seenAt ?? -1);
  expect(bySeen).toEqual([...bySeen].sort((a, b) => a - b));
  expect(bySeen[0]).toBe(-1);
});

test('a device that goes between two pages takes none of the others with it', async () => {
  const first = await listPage(db, { limit: 10 });
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('devices').set({ name_in_force: null }).where('id', '=', 5).execute();
    const second = await listPage(tx, { limit: 10, after: first.after ?? '' });
    expect(second.devices[0]?.name).toBe('dev-00010');
    await tx.updateTable('devices').set({ name_in_force: 'dev-00004' }).where('id', '=', 5).execute();
  });
});

describe('filters', () => {
  test('by presence, also several, also never and revoked', async () => {
    for (const presence of ['online', 'offline', 'never'] as const) {
      const expected = made.filter(({ id }) => id < 2_999 && presenceOf(id) === presence).length;
      expect((await listPage(db, { presence: [presence], limit: 1 })).total).toBe(expected);
    }
    const two = await allPages({ presence: ['offline', 'revoked'], limit: 300 });
    expect(two.filter(({ presence }) => presence === 'revoked').map(({ name }) => name)).toEqual([
      'dev-02998',
      'dev-02999',
    ]);
    expect(two.at(-1)?.presence).toBe('revoked');
  });
  test('a name that was taken over is one row, in force', async () => {
    await addDevices(db, [{ id: 9_000, name: 'dev-02998', state: {} }]);
    expect(
      (await listPage(db, { presence: ['revoked'], limit: 10 })).devices.map(({ name }) => name),
    ).toEqual(['dev-02999']);
    expect((await listPage(db, { search: 'dev-02998', limit: 10 })).devices).toMatchObject([
      { presence: 'online' },
    ]);
    await db.deleteFrom('device_states').where('device_id', '=', 9_000).execute();
    await db.deleteFrom('devices').where('id', '=', 9_000).execute();
  });
  test('by labels, all of them', async () => {
    const label = { branch: 'leeds-0', floor: '0' };
    const expected = made.filter(
      ({ id, labels }) => id < 2_999 && labels?.['branch'] === 'leeds-0' && labels['floor'] === '0',
    );
    expect(expected.length).toBeGreaterThan(0);
    expect((await allPages({ labels: label, limit: 2 })).map(({ name }) => name)).toEqual(
      expected.map(({ name }) => name),
    );
  });
  test('by a part of a name or of a label, where % and _ are themselves', async () => {
    const expected = made.filter(({ id, name }) => id < 2_999 && name.includes('012')).length;
    expect((await listPage(db, { search: '012', limit: 1 })).total).toBe(expected);
    const hull = made.filter(
      ({ id, labels }) => id < 2_999 && labels?.['branch']?.startsWith('hull-'),
    ).length;
    expect((await listPage(db, { search: 'HULL-', limit: 1 })).total).toBe(hull);
    for (const search of ['%', '_', '\\', "'"])
      expect((await listPage(db, { search, limit: 1 })).total).toBe(0);
  });
  test('by an alert, of the device alone or of its site', async () => {
    const alert = {
      ...{
        code: 'disk-low',
        severity: 'warning' as const,
        subject: 'dev-00007',
        open_key: 'a',
        detail: null,
      },
      ...{ devices: '["dev-00007"]', raised_at: 1, cleared_at: null, gone_at: null, returns: 0 },
      ...{ hidden_by: null, acknowledged_by: null, acknowledged_at: null },
    };
    await db
      .insertInto('alerts')
      .values([
        alert,
        {
          ...alert,
          code: 'site-offline',
          severity: 'critical',
          subject: 'branch=x',
          open_key: 'b',
          devices: '["dev-00008","dev-00009"]',
        },
        {
          ...alert,
          subject: 'dev-00010',
          devices: '["dev-00010"]',
          open_key: 'c',
          hidden_by: 'site-offline',
        },
        { ...alert, subject: 'dev-00011', devices: '["dev-00011"]', open_key: null, cleared_at: 2 },
      ])
      .execute();
    const found = async (worst: 'notice' | 'critical') =>
      (await listPage(db, { worst, limit: 10 })).devices.map(({ name, worst: is, alerts }) => [
        name,
        is,
        alerts,
      ]);
    expect(await found('notice')).toEqual([
      ['dev-00007', 'warning', 1],
      ['dev-00008', 'critical', 1],
      ['dev-00009', 'critical', 1],
    ]);
    expect((await found('critical')).map(([name]) => name)).toEqual(['dev-00008', 'dev-00009']);
    await db.deleteFrom('alerts').execute();
  });
});

test('names alone, of all that match', async () => {
  expect(await listNames(db, { labels: { branch: 'leeds-0' } })).toEqual(
    made.filter(({ id, labels }) => id < 2_999 && labels?.['branch'] === 'leeds-0').map(({ name }) => name),
  );
});

test.each(['', '!', 'WzksIiIsMF0', Buffer.from('[0,1,"x"]').toString('base64url')])(
  'a page that nobody gave out (%s) is refused',
  async (after) => {
    await expect(listPage(db, { after, limit: 10 })).rejects.toMatchObject({ code: 'bad-request' });
  },
);
