/** Who is there: by receipt alone, damped, and judged by one controller. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addDevice } from '../ingest/devices.fixture.ts';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import { presenceOf, type Signs } from './presence.ts';
import { createDraft } from './state.ts';
import { sweepPresence } from './sweep.ts';

const t = 1_800_000_000_000;
const second = 1_000;
const minute = 60 * second;
/** It connected long ago, and its last heartbeat came now. */
const well: Signs = {
  ...{ presence: 'online', connected: 1, connected_at: t - 3_600_000, heartbeat_s: 30, births: '[]' },
  ...{ seen_at: t, health_at: t },
};
const at = (ms: number, change: Partial<Signs> = {}, listeningSince = 0) =>
  presenceOf({ ...well, ...change }, t + ms, listeningSince);

test('by the time since its last heartbeat', () => {
  expect([0, 74, 76, 149, 151].map((s) => at(s * second))).toEqual([
    ...['online', 'online', 'degraded', 'degraded', 'offline'],
  ]);
  expect(at(150 * second, { heartbeat_s: 600 })).toBe('online');
});

test('a connection that ended is offline after a moment, unless something of it still comes', () => {
  const left = { connected: 0, connected_at: t, seen_at: t };
  expect([at(34 * second, left), at(36 * second, left)]).toEqual(['online', 'offline']);
  expect(at(36 * second, { ...left, seen_at: t + 20 * second, health_at: t + 20 * second })).toBe('online');
});

test('connected, and only other things than heartbeats come: degraded', () => {
  expect(at(100 * second, { seen_at: t + 100 * second })).toBe('degraded');
  // It has only just connected: its first heartbeat is due.
  expect(at(100 * second, { seen_at: t + 100 * second, connected_at: t + 90 * second })).toBe('online');
});

test('more than four births in ten minutes flap; it is over when they are two', () => {
  const births = (...ago: number[]) => JSON.stringify(ago.map((minutes) => [t - minutes * minute, 'boot']));
  expect(at(0, { births: births(9, 7, 5, 1) })).toBe('online');
  expect(at(0, { births: births(9, 7, 5, 3, 1) })).toBe('flapping');
  expect(at(0, { births: births(9, 7, 5), presence: 'flapping' })).toBe('flapping');
  expect(at(0, { births: births(11, 9, 5), presence: 'flapping' })).toBe('online');
});

test('while no controller listened, silence says nothing', () => {
  const away = 600 * second;
  expect(at(away)).toBe('offline');
  expect(at(away, {}, t + away - 10 * second)).toBe('online');
  expect(at(away, {}, t + away - 100 * second)).toBe('degraded');
});

test('whatever a clock does, there is an answer, and a heartbeat of this moment is never offline', () => {
  const time = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(time, time, time, fc.boolean(), (now, seen, connectedAt, connected) => {
      const signs = {
        ...well,
        seen_at: now,
        health_at: now,
        connected_at: connectedAt,
        connected: connected ? 1 : 0,
      };
      expect(presenceOf(signs, now, 0)).toBe('online');
      expect(['online', 'degraded', 'offline']).toContain(
        presenceOf({ ...signs, seen_at: seen, health_at: null }, now, 0),
      );
    }),
  );
});

describe('the sweep', () => {
  let opened: TestDatabase;
  beforeEach(async () => {
    opened = await openTestDatabase();
  });
  afterEach(() => opened[Symbol.asyncDispose]());

  test('finds those that fell silent, tells it once, and leaves the others alone', async () => {
    const { db } = opened;
    for (const [name, change] of Object.entries({
      silent: { seen_at: t - 10 * minute, health_at: t - 10 * minute },
      late: { seen_at: t - 100 * second, health_at: t - 100 * second },
      left: { connected: 0, connected_at: t - minute, seen_at: t - minute },
      fine: {},
    })) {
      const { id } = await addDevice(db, name);
      const { row } = createDraft(id, undefined, t);
      await db
        .insertInto('device_states')
        .values({ ...row, connected_at: t - 3_600_000, health_at: t, ...change })
        .execute();
    }
    expect(await sweepPresence(db, { holder: 'one', now: t, listeningSince: 0 })).toBe(3);
    const rows = await db
      .selectFrom('device_states')
      .innerJoin('devices', 'devices.id', 'device_states.device_id')
      .select(['name', 'presence'])
      .execute();
    expect(Object.fromEntries(rows.map(({ name, presence }) => [name, presence]))).toEqual({
      ...{ silent: 'offline', late: 'degraded', left: 'offline', fine: 'online' },
    });
    expect(await sweepPresence(db, { holder: 'one', now: t, listeningSince: 0 })).toBe(0);
    expect(await db.selectFrom('timeline').select('what').orderBy('what').execute()).toEqual([
      ...[{ what: 'degraded' }, { what: 'offline' }, { what: 'offline' }],
    ]);
    expect(await db.selectFrom('feed').selectAll().execute()).toHaveLength(3);
  });

  test('is one controller’s', async () => {
    const { db } = opened;
    expect(await sweepPresence(db, { holder: 'one', now: t, listeningSince: 0 })).toBe(0);
    expect(await sweepPresence(db, { holder: 'two', now: t, listeningSince: 0 })).toBeNull();
  });
});
