/** Changes as they come: gathered, told to all, whoever wrote them; and nothing stays of a reader who left. */
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Change } from '@rockpool/protocol/fleet/api';
import { Change as ChangeSchema } from '@rockpool/protocol/fleet/api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { noteChanges } from '../registry/feed.ts';
import { addDevices } from '../views/many-devices.fixture.ts';
import { createLive, type FeedEntry, summarise } from './live.ts';
import { type Door, openDoor, password } from './operators-door.fixture.ts';

/** A feed in memory, and a clock that goes when a test says so. */
function openFeed() {
  const entries: FeedEntry[] = [];
  const timers: (() => void)[] = [];
  let reads = 0;
  let broken = false;
  const errors: unknown[] = [];
  const live = createLive({
    feed: {
      head: () => (broken ? Promise.reject(new Error('away')) : Promise.resolve(entries.at(-1)?.seq ?? 0)),
      since: (mark, limit) => {
        reads += 1;
        if (broken) return Promise.reject(new Error('away'));
        return Promise.resolve(entries.filter(({ seq }) => seq > mark).slice(0, limit));
      },
    },
    after: (_, then) => {
      timers.push(then);
      return () => void timers.splice(timers.indexOf(then), 1);
    },
    report: (error) => errors.push(error),
  });
  return {
    ...{ live, errors, timers },
    reads: () => reads,
    setBroken: (now: boolean) => {
      broken = now;
    },
    write(device: string | null, kind: FeedEntry['kind'] = 'device') {
      entries.push({ seq: (entries.at(-1)?.seq ?? 0) + 1, device, kind });
    },
    async second() {
      for (const then of timers.splice(0)) then();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('the hub', () => {
  test('many changes of a second are one, for every reader, from one reading', async () => {
    const { live, write, second, reads } = openFeed();
    write('before');
    const told: Change[][] = [[], [], []];
    for (const into of told) await live.join((change) => into.push(change));
    for (const name of ['leeds', 'york', 'leeds']) write(name);
    write('leeds', 'command');
    await second();
    for (const into of told)
      expect(into).toEqual([{ devices: ['leeds', 'york'], alerts: false, commands: true }]);
    expect(reads()).toBe(1);
    await second();
    expect(told[0]).toHaveLength(1); // nothing new, nothing said
  });

  test('without readers nothing is read, and who comes later hears only of later', async () => {
    const { live, write, second, reads, timers } = openFeed();
    const leave = await live.join(() => undefined);
    leave();
    await second();
    const before = reads();
    expect(timers).toHaveLength(0);
    write('leeds');
    const told: Change[] = [];
    await live.join((change) => told.push(change));
    write('york');
    await second();
    expect(told.map(({ devices }) => devices)).toEqual([['york']]);
    expect(reads()).toBe(before + 1);
    expect(live.readers()).toBe(1);
  });

  test('so many at once that names help nobody are told as many, and none is told twice', async () => {
    const { live, write, second } = openFeed();
    const told: Change[] = [];
    await live.join((change) => told.push(change));
    for (let n = 0; n < 300; n += 1) write(`dev-${n}`);
    await second();
    expect(told).toEqual([{ devices: null, alerts: false, commands: false }]);
    for (let n = 0; n < 5_000; n += 1) write('leeds');
    await second();
    expect(told[1]).toEqual({ devices: null, alerts: true, commands: true }); // some were not even read
    await second();
    expect(told).toHaveLength(2);
  });

  test('a database that is away for a while costs no change: they come when it is back', async () => {
    const { live, write, second, setBroken, errors } = openFeed();
    const told: Change[] = [];
    await live.join((change) => told.push(change));
    setBroken(true);
    write('leeds');
    await second();
    await second();
    expect(errors).toHaveLength(2);
    setBroken(false);
    await second();
    expect(told.map(({ devices }) => devices)).toEqual([['leeds']]);
  });

  test('a reader who comes while it is away is told so, and is not kept', async () => {
    const { live, setBroken } = openFeed();
    setBroken(true);
    await expect(live.join(() => undefined)).rejects.toThrow('away');
    expect(live.readers()).toBe(0);
  });

  test('an alert that is no device’s is told', () => {
    expect(summarise([{ seq: 1, device: null, kind: 'alert' }], false)).toEqual({
      ...{ devices: [], alerts: true, commands: false },
    });
  });
});

describe('over HTTP', () => {
  let door: Door;
  let port: number;
  beforeEach(async () => {
    door = await openDoor();
    await addDevices(door.db, [
      { id: 1, name: 'leeds' },
      { id: 2, name: 'york' },
    ]);
    await door.add('vera', 'viewer');
    await door.app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = door.app.server.address() as AddressInfo);
  });
  afterEach(() => door[Symbol.asyncDispose]());

  const change = (id: number, kind: 'device' | 'alert' = 'device') =>
    door.db.transaction().execute((tx) => noteChanges(tx, kind, [{ id }], 1));

  async function read(headers: Record<string, string>) {
    let text = '';
    let isOver = false;
    const request = get({ host: '127.0.0.1', port, path: '/api/live', headers });
    const status = await new Promise<number>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('close', () => {
          isOver = true;
        });
        resolve(response.statusCode ?? 0);
      });
    });
    return {
      status,
      leave: () => request.destroy(),
      isOver: () => isOver,
      changes: () =>
        [...text.matchAll(/^event: change\ndata: (.*)\n\n/gm)].map(([, json]) =>
          ChangeSchema.parse(JSON.parse(json ?? '')),
        ),
    };
  }

  test('a change that any controller wrote reaches every reader; nobody comes in without being known', async () => {
    expect((await read({})).status).toBe(401);
    const cookie = await door.signIn('vera');
    const readers = await Promise.all([read(cookie), read(cookie)]);
    await change(1);
    await change(2, 'alert');
    for (const { changes } of readers) {
      await vi.waitFor(() =>
        expect(changes().flatMap(({ devices }) => devices)).toEqual(
          expect.arrayContaining(['leeds', 'york']),
        ),
      );
      expect(changes().some(({ alerts }) => alerts)).toBe(true);
    }
    for (const { leave } of readers) leave();
    await vi.waitFor(() => expect(door.live.readers()).toBe(0));
  });

  test('who leaves leaves nothing: fifty come and go, and none is counted', async () => {
    const cookie = await door.signIn('vera');
    for (let n = 0; n < 50; n += 1) (await read(cookie)).leave();
    await vi.waitFor(() => expect(door.live.readers()).toBe(0));
    expect((await read(cookie)).status).toBe(200);
  });

  test('one operator keeps no more than sixteen open', async () => {
    const cookie = await door.signIn('vera');
    const open = await Promise.all(Array.from({ length: 16 }, () => read(cookie)));
    expect((await read(cookie)).status).toBe(429);
    open[0]?.leave();
    await vi.waitFor(async () => expect((await read(cookie)).status).toBe(200));
  });

  test('when the controller ends it keeps nobody waiting', async () => {
    const reader = await read(await door.signIn('vera'));
    await door.app.close();
    await vi.waitFor(() => expect(reader.isOver()).toBe(true));
  });
});

test('who is put out hears nothing more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await using door = await openDoor();
    await door.add('anna', 'admin');
    await door.add('vera', 'viewer');
    const { cookie } = await door.signIn('vera');
    const answer = door.app.inject({ path: '/api/live', headers: { host: 'localhost', cookie } });
    await vi.waitFor(() => expect(door.live.readers()).toBe(1));
    await door.operators.change('vera', { password: `${password} anew` }, 'anna');
    await vi.advanceTimersByTimeAsync(11_000);
    expect((await answer).body).toContain('retry: 3000');
    await vi.waitFor(() => expect(door.live.readers()).toBe(0));
  } finally {
    vi.useRealTimers();
  }
});
