/** Messages into rows: in order, once, and nothing that is not the device's own. */
import type { ReportBody } from '@rockpool/protocol/fleet/report';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { addDevice, health, type Speaker } from './devices.fixture.ts';
import { createEngine, type Engine, type Message, type Outcome } from './engine.ts';

let registry: TestDatabase;
let db: Database;
let leeds: Speaker;
let engine: Engine;
let now = 1_800_000_000_000;
const results: unknown[] = [];
const statuses: unknown[] = [];

beforeEach(async () => {
  registry = await openTestDatabase();
  db = registry.db;
  leeds = await addDevice(db, 'leeds');
  results.length = 0;
  statuses.length = 0;
  engine = createEngine({
    db,
    listeningSince: 0,
    recordResult: async (_tx, told) => void results.push(told),
    recordStatuses: async (_tx, told) => void statuses.push(told),
  });
});
afterEach(() => registry[Symbol.asyncDispose]());

const commit = (...messages: Message[]): Promise<Outcome> => engine.commit(messages, now);
const stateOf = (speaker: Speaker) =>
  db.selectFrom('device_states').selectAll().where('device_id', '=', speaker.id).executeTakeFirstOrThrow();
const timeline = async () =>
  (await db.selectFrom('timeline').select(['kind', 'what']).orderBy('id').execute()).map(
    ({ kind, what }) => `${kind} ${what}`,
  );
const event = (what: string): ReportBody => ({ kind: 'event', what });

test('a birth and a heartbeat make a device known, and are acknowledged up to where nothing is missing', async () => {
  const outcome = await commit(leeds.birth(1), leeds.report(1), leeds.report(2, event('agent-started')));
  expect(outcome).toMatchObject({ reports: 2, duplicates: 0, poison: [] });
  expect(outcome.acks).toEqual([{ device: 'leeds', epoch: leeds.epoch, upto: 2 }]);
  expect(outcome.births).toEqual([{ device: 'leeds', deviceId: leeds.id, counter: 0, configVersion: 0 }]);
  expect(await stateOf(leeds)).toMatchObject({
    ...{ presence: 'online', connected: 1, seen_at: now, agent: '0.1.0', model: 'pebble', health_at: now },
    ...{
      cpu_permille: 120,
      memory_available_mib: 3_100,
      hottest_milli_c: 48_003,
      posture_holds: 1,
      audit_seq: 12,
    },
  });
  expect(await timeline()).toEqual(['event agent-started', 'presence online']);
  expect(await db.selectFrom('samples').selectAll().execute()).toMatchObject([{ power_milli_w: 7_800 }]);
});

test('the same report again, alone or in a batch, is acknowledged again and counted once', async () => {
  await commit(leeds.report(1, event('one')), leeds.report(2, event('two')));
  const again = await commit(leeds.report(2, event('two')), leeds.batch([1, 2, 3], {}, event('three')));
  expect(again).toMatchObject({ reports: 1, duplicates: 3 });
  expect(again.acks).toMatchObject([{ upto: 3 }]);
  expect(await timeline()).toEqual(['event one', 'event two', 'presence online', 'event three']);
});

test('what is missing is not acknowledged, and the newest health wins whatever comes last', async () => {
  const body = (loadPermille: number): ReportBody => ({
    ...{ kind: 'health', health: { ...health, cpu: { cores: 6, loadPermille } } },
  });
  expect((await commit(leeds.report(1), leeds.report(3, body(333)))).acks).toMatchObject([{ upto: 1 }]);
  expect((await commit(leeds.report(2, body(222)))).acks).toMatchObject([{ upto: 3 }]);
  expect((await stateOf(leeds)).cpu_permille).toBe(333);
});

test('a gap that the device explains, by its report or at its birth, is none', async () => {
  expect((await commit(leeds.report(1), leeds.report(9, undefined, { after: 1 }))).acks).toMatchObject([
    { upto: 9 },
  ]);
  expect((await commit(leeds.report(20))).acks).toMatchObject([{ upto: 9 }]);
  const spool = { oldest: 20, newest: 20, dropped: 10 };
  expect((await commit(leeds.birth(2, { spool }), leeds.report(20))).acks).toMatchObject([{ upto: 20 }]);
  expect((await stateOf(leeds)).spool_dropped).toBe(10);
});

test('what it says of its updates goes on once each, by its number; where it stood and how it ended stands in its timeline', async () => {
  const status = { txn: '5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11', rollout: null, release: 'models/pebble/2' };
  const update = (more: object) =>
    ({ kind: 'update', status: { ...status, kind: 'model', from: null, at: 1, ...more } }) as ReportBody;
  const accepted = leeds.report(1, update({ phase: 'accepted' }));
  const fetching = leeds.report(2, update({ phase: 'fetching', permille: 250 }));
  const ended = leeds.report(
    3,
    update({ phase: 'idle', outcome: 'rolled-back', reason: 'golden-prompt', says: 'It said nothing.' }),
  );
  await commit(accepted, fetching, ended);
  await commit(fetching);
  expect(statuses).toMatchObject([
    {
      ...{ deviceId: leeds.id, at: now },
      statuses: [
        { ord: 1, seq: 1, status: { phase: 'accepted' } },
        { ord: 1, seq: 2, status: { permille: 250 } },
        { ord: 1, seq: 3, status: { outcome: 'rolled-back' } },
      ],
    },
  ]);
  const told = await db
    .selectFrom('timeline')
    .select(['what', 'detail'])
    .where('kind', '=', 'event')
    .execute();
  expect(told).toEqual([
    { what: 'update-accepted', detail: 'models/pebble/2' },
    { what: 'update-rolled-back', detail: 'models/pebble/2: golden-prompt: It said nothing.' },
  ]);
});

test('which releases it has is kept as it said last', async () => {
  const reported = (releases?: string[]): ReportBody =>
    ({
      ...{ kind: 'reported', configVersion: 0, config: {} },
      installed: { agent: '0.1.0', model: 'pebble', system: 'jetson', ...(releases ? { releases } : {}) },
    }) as ReportBody;
  await commit(
    leeds.report(2, reported(['models/pebble/2'])),
    leeds.report(1, reported(['models/pebble/1'])),
  );
  expect(await stateOf(leeds)).toMatchObject({ releases: '["models/pebble/2"]', agent: '0.1.0' });
  await commit(leeds.report(3, reported()));
  expect(await stateOf(leeds)).toMatchObject({ releases: '[]' });
});

test('an epoch that was never seen wins over an older one, whose late words change nothing', async () => {
  const old = leeds.report(70, {
    kind: 'health',
    health: { ...health, cpu: { cores: 6, loadPermille: 70 } },
  });
  await commit(leeds.birth(5), leeds.report(1));
  const epoch = 'ffffffffffffffff';
  await commit(leeds.birth(1, { boot: 'boot-2' }, { epoch }), leeds.report(1, undefined, { epoch }));
  await commit(old, leeds.birth(6, { boot: 'boot-1' }), leeds.state({ connection: 5 }));
  expect(await stateOf(leeds)).toMatchObject({
    epoch,
    connection: 1,
    connected: 1,
    cpu_permille: 120,
    boot: 'boot-2',
  });
});

test('an old will after a new birth changes nothing; the will of this connection does', async () => {
  await commit(leeds.birth(1));
  await commit(leeds.birth(2), leeds.state({ connection: 1 }));
  expect(await stateOf(leeds)).toMatchObject({ connected: 1, connection: 2 });
  await commit(leeds.state({ connection: 2 }), leeds.birth(2));
  expect(await stateOf(leeds)).toMatchObject({ connected: 0, connection: 2 });
});

test('a copy of a device is seen: a connection number or a boot that comes a second time', async () => {
  await commit(leeds.birth(1), leeds.birth(1));
  expect((await stateOf(leeds)).cloned_at).toBeNull();
  await commit(leeds.birth(1, { boot: 'boot-of-the-copy' }));
  expect((await stateOf(leeds)).cloned_at).toBe(now);

  const york = await addDevice(db, 'york');
  await commit(york.birth(1, { boot: 'a' }), york.birth(2, { boot: 'a' }), york.birth(3, { boot: 'b' }));
  expect((await stateOf(york)).cloned_at).toBeNull();
  await commit(york.birth(4, { boot: 'a' }));
  expect((await stateOf(york)).cloned_at).toBe(now);
});

describe('the audit log of a device', () => {
  const head = (seq: number, digit: string): ReportBody => ({
    kind: 'audit-head',
    seq,
    hash: digit.repeat(64),
  });
  const forkOf = async () => (await stateOf(leeds)).audit_fork;

  test('only grows', async () => {
    await commit(leeds.report(1, head(5, 'a')), leeds.report(2, head(9, 'b')), leeds.report(3, head(9, 'b')));
    expect(await forkOf()).toBeNull();
  });
  test('that has another hash at a number that was told is forked', async () => {
    await commit(leeds.report(1, head(5, 'a')), leeds.report(2, head(9, 'b')));
    await commit(leeds.report(3, head(9, 'c')));
    expect(JSON.parse((await forkOf()) ?? '')).toMatchObject({ was: { seq: 9 }, is: { seq: 9 } });
  });
  test('that went back is forked', async () => {
    await commit(leeds.report(1, head(9, 'b')), leeds.report(2, head(8, 'd')));
    expect(await forkOf()).not.toBeNull();
  });
  test('that comes late from before a newer head is compared with what was told then', async () => {
    await commit(leeds.report(1, head(5, 'a')), leeds.report(3, head(9, 'b')));
    await commit(leeds.report(2, head(7, 'c')));
    expect(await forkOf()).toBeNull();
    await commit(leeds.report(4, head(10, 'e')), leeds.report(6, head(12, 'f')));
    await commit(leeds.report(5, head(7, 'd')));
    expect(await forkOf()).not.toBeNull();
  });
});

test('results go to the commands, once', async () => {
  const result = { id: crypto.randomUUID(), state: 'succeeded' } as const;
  await commit(leeds.report(1, { kind: 'result', result }));
  await commit(leeds.report(1, { kind: 'result', result }));
  expect(results).toEqual([{ deviceId: leeds.id, result, at: now }]);
});

test('a warning is raised and cleared by its own report, and by what health says later', async () => {
  const said = (raised: boolean): ReportBody => ({
    ...{ kind: 'warning', code: 'network-lost', severity: 'warning', raised },
  });
  await commit(leeds.report(1, said(true)));
  expect(JSON.parse((await stateOf(leeds)).warnings)).toMatchObject([{ code: 'network-lost' }]);
  await commit(leeds.report(2, said(false)));
  expect((await stateOf(leeds)).warnings).toBe('[]');
  await commit(leeds.report(3, said(true)), leeds.report(4));
  expect((await stateOf(leeds)).warnings).toBe('[]');
  expect(await timeline()).toEqual([
    ...['warning network-lost', 'presence online', 'warning network-lost', 'warning network-lost'],
  ]);
});

test('many samples become one in five minutes; history is put where the device says that it was', async () => {
  const at = (offsetS: number) => ({ at: now - 86_400_000 + offsetS * 1_000 });
  const items = Array.from({ length: 30 }, (_, n) => ({
    ...{ seq: n + 1, boot: 'b', mono: n, body: { kind: 'health', health } as ReportBody, ...at(n * 30) },
  }));
  await commit(leeds.batch([1], { reports: items }));
  const samples = await db.selectFrom('samples').select('at').orderBy('at').execute();
  expect(samples.length).toBeGreaterThanOrEqual(3);
  expect(samples.length).toBeLessThanOrEqual(4);
  expect(samples.every((sample) => sample.at * 1_000 < now - 80_000_000)).toBe(true);
});

test('a clock that is ten years off, or at 1970, doesn’t move anything but its own charts', async () => {
  await commit(
    leeds.report(1, undefined, { at: 0 }),
    leeds.report(2, event('x'), { at: now + 315_360_000_000 }),
  );
  expect(await stateOf(leeds)).toMatchObject({ seen_at: now, health_at: now, skew_ms: 315_360_000_000 });
  expect((await db.selectFrom('timeline').select('at').execute()).every(({ at }) => at === now)).toBe(true);
});

test('revoked in the middle: nothing of it is taken from then on', async () => {
  await commit(leeds.report(1));
  await db
    .updateTable('devices')
    .set({ revoked_at: now, name_in_force: null })
    .where('id', '=', leeds.id)
    .execute();
  await db.updateTable('certificates').set({ revoked_at: now }).where('device_id', '=', leeds.id).execute();
  const outcome = await commit(leeds.report(2));
  expect(outcome).toMatchObject({ reports: 0, acks: [], poison: [{ reason: 'unknown-device' }] });
});

test('a name that another device has now: the old one’s signature is none', async () => {
  await commit(leeds.report(1));
  await db
    .updateTable('devices')
    .set({ revoked_at: now, name_in_force: null })
    .where('id', '=', leeds.id)
    .execute();
  await db.updateTable('certificates').set({ revoked_at: now }).where('device_id', '=', leeds.id).execute();
  const heir = await addDevice(db, 'leeds', { serial: '5fleeds' });
  const outcome = await commit(leeds.report(2), heir.report(1));
  expect(outcome).toMatchObject({ reports: 1, poison: [{ reason: 'signature' }] });
});

test('the feed says who changed, in order', async () => {
  const york = await addDevice(db, 'york');
  await commit(leeds.report(1), york.report(1));
  await commit(york.report(2));
  const rows = await db.selectFrom('feed').select(['device_id', 'kind']).orderBy('seq').execute();
  expect(rows.map(({ device_id }) => device_id)).toEqual([leeds.id, york.id, york.id]);
});

test('presence: flapping is damped, silence while nobody listened says nothing', async () => {
  for (let n = 1; n <= 5; n += 1) {
    now += 20_000;
    await commit(leeds.birth(n));
  }
  expect((await stateOf(leeds)).presence).toBe('flapping');
  now += 5 * 60_000;
  await commit(leeds.report(1));
  expect((await stateOf(leeds)).presence).toBe('flapping');
  now += 6 * 60_000;
  await commit(leeds.report(2));
  expect((await stateOf(leeds)).presence).toBe('online');
});
