import type { OrderFile } from '@rockpool/protocol/update/order-file';
import { type UpdatePhase, updatePhases } from '@rockpool/protocol/update/status';
import { describe, expect, test } from 'vitest';
import type { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import { FakeDevice, folder, type Op } from './device.fixture.ts';
import { choose, interruption } from './orders.ts';
import { deviceBefore, idOf, never, runToItsEnd, v1, v2, v3 } from './power.fixture.ts';
import { mayBeCancelled } from './transitions.ts';

const rollout = idOf(900);
type Install = Extract<OrderFile, { what: 'install' }>;
const install = (n: number, takenAt: number, of: string | null = null): Install => ({
  ...{ v: 1, what: 'install', id: idOf(n), takenAt },
  order: { rollout: of, release: `models/qwen/${n}`, now: true, again: false, limits: {} },
});
const cancel = (n: number, takenAt: number, of: string | null): OrderFile => ({
  ...{ v: 1, what: 'cancel', id: idOf(n), takenAt, rollout: of },
});
const chosen = (waiting: OrderFile[], done: string[] = []) => {
  const { take, not, spent } = choose(waiting, done);
  return { take: take?.id, not: not.map(({ order, why }) => `${order.id} ${why}`), spent };
};

describe('case 24: of orders that wait at once', () => {
  test('the newest is taken, and the others are told that they are superseded', () => {
    expect(chosen([install(1, 10), install(2, 20), install(3, 30)])).toEqual({
      take: idOf(3),
      not: [`${idOf(1)} superseded`, `${idOf(2)} superseded`],
      spent: [],
    });
  });

  test('a cancel ends what was ordered before it by its rollout, or by anybody when it names none', () => {
    expect(chosen([install(1, 10, rollout), cancel(2, 20, rollout)])).toEqual({
      take: undefined,
      not: [`${idOf(1)} cancelled`],
      spent: [idOf(2)],
    });
    expect(chosen([install(1, 10, rollout), cancel(2, 20, idOf(901))]).take).toBe(idOf(1));
    expect(chosen([install(1, 10, rollout), cancel(2, 20, null)]).take).toBeUndefined();
    expect(chosen([cancel(2, 10, null), install(1, 20, rollout)]).take).toBe(idOf(1));
  });

  test('one that was obeyed already is none, however often it comes', () => {
    expect(chosen([install(1, 10), cancel(2, 20, null)], [idOf(1), idOf(2)])).toEqual({
      take: undefined,
      not: [],
      spent: [idOf(1), idOf(2)],
    });
  });

  test('what is under way is interrupted by another order, and by a cancel of its own', () => {
    const first = install(1, 10, rollout);
    const underWay = { id: idOf(1), takenAt: 10, order: first.order };
    expect(interruption([install(1, 10)], underWay, [])).toBeUndefined();
    expect(interruption([install(2, 20)], underWay, [])).toBe('superseded');
    expect(interruption([install(2, 20)], underWay, [idOf(2)])).toBeUndefined();
    expect(interruption([cancel(3, 20, rollout)], underWay, [])).toBe('cancelled');
    expect(interruption([cancel(3, 20, idOf(901))], underWay, [])).toBeUndefined();
    expect(interruption([cancel(3, 5, null)], underWay, [])).toBeUndefined();
    // Said again by its rollout, under a new name.
    expect(interruption([{ ...first, id: idOf(4) }], underWay, [])).toBeUndefined();
  });
});

const opOf: Partial<Record<UpdatePhase, Op>> = {
  ...{ accepted: 'refresh', resolved: 'probe', fetching: 'fetch', verified: 'stage', ready: 'verify' },
  ...{ activating: 'activate', trial: 'prove', committing: 'commit' },
};

/** A deed that takes a while, so that something can happen in it. */
async function during(
  phase: UpdatePhase,
  happens: (device: FakeDevice) => Promise<void>,
): Promise<FakeDevice> {
  const device = await deviceBefore(v2);
  let happened = false;
  const slow = new FakeDevice({
    ...device.parts,
    async moment(op, when, signal) {
      if (happened || when !== 'before' || op !== opOf[phase]) return;
      happened = true;
      await happens(slow);
      await device.parts.clock.sleep(10_000, signal);
      signal?.throwIfAborted();
    },
  });
  await runToItsEnd(slow);
  return slow;
}

describe('case 24: in each phase', () => {
  const phases = updatePhases.filter((phase) => opOf[phase] !== undefined);

  test.each(phases)('a cancel in %s', async (phase) => {
    const device = await during(phase, async (slow) => {
      await slow.order({ ...cancel(9, slow.parts.clock.now(), null) });
    });
    const [running, said] = mayBeCancelled(phase) ? ['1', 'cancelled cancelled'] : ['2', 'installed'];
    expect([await device.running(), await device.lastWord(idOf(2))]).toEqual([running, said]);
    expect(await device.parts.disk.list(`${folder}/orders`)).toEqual([]);
  });

  test.each(phases)('a second order in %s', async (phase) => {
    const device = await during(phase, (slow) => slow.install(v3, idOf(3)));
    const first = mayBeCancelled(phase) ? 'cancelled superseded' : 'installed';
    expect(await device.lastWord(idOf(2))).toBe(first);
    expect([await device.running(), await device.lastWord(idOf(3))]).toEqual(['3', 'installed']);
  });
});

test('what an order fetched is still there for the next one, which is about the same', async () => {
  let fetches = 0;
  const before = await deviceBefore(v2);
  const counted = new FakeDevice({
    ...before.parts,
    async moment(op, when, signal) {
      if (when === 'after') return;
      if (op === 'fetch') fetches += 1;
      if (op === 'fetch' && fetches === 2)
        expect(await before.parts.disk.list(`${folder}/store`)).toHaveLength(2);
      if (op !== 'verify' || fetches !== 1) return;
      await counted.install(v2, idOf(3));
      await before.parts.clock.sleep(10_000, signal);
      signal?.throwIfAborted();
    },
  });
  await runToItsEnd(counted);
  expect([fetches, await counted.lastWord(idOf(3))]).toEqual([2, 'installed']);
});

test('case 24: two at once, and the power cut after the newer one was taken', async () => {
  const device = await deviceBefore(v2);
  device.parts.clock.now();
  await device.install(v3, idOf(3));
  const machine = await device.start();
  await machine.step(never());
  const left = (device.parts.disk as MemoryDisk).afterPowerCut(1);
  const next = new FakeDevice({ ...device.parts, disk: left, bootId: 'boot-2' });
  await runToItsEnd(next);
  expect([await next.running(), await next.lastWord(idOf(2)), await next.lastWord(idOf(3))]).toEqual([
    '3',
    'cancelled superseded',
    'installed',
  ]);
});

test('an order of a release that is there already ends as installed, and changes nothing', async () => {
  const device = await deviceBefore(v1);
  await runToItsEnd(device);
  const words = await device.words();
  expect(words.map(({ phase }) => phase)).toEqual(['accepted', 'resolved', 'idle']);
  expect(words.at(-1)).toMatchObject({ outcome: 'installed', says: 'It was installed already.' });
});

test('what is no order is removed, and the next one is taken', async () => {
  const device = await deviceBefore(v2);
  const { disk } = device.parts;
  for (const [name, text] of [
    [`${idOf(8)}.json`, '{"v":2}'],
    [`${idOf(7)}.json`, JSON.stringify(install(6, 1))],
    ['notes.json', '\0'.repeat(20_000)],
  ] as const) {
    const file = await disk.open(`${folder}/orders/${name}`, 'new');
    await file.write(Buffer.from(text), 0);
  }
  await runToItsEnd(device);
  expect(await device.lastWord(idOf(2))).toBe('installed');
  expect(await disk.list(`${folder}/orders`)).toEqual([]);
});

describe('an order to go back', () => {
  const back = (n: number, of: string | null): OrderFile => ({
    ...{ v: 1, what: 'roll-back', id: idOf(n), takenAt: Date.UTC(2027, 0, 1), rollout: of, kind: 'model' },
  });
  const sameSafety = { ...v2, version: '2-same', counter: 1 };
  const withBoth = async (release: typeof v2, of: string | null): Promise<FakeDevice> => {
    const device = await deviceBefore(v1);
    const both = new FakeDevice({ ...device.parts, releases: [v1, release] });
    await runToItsEnd(both);
    await both.install(release, idOf(3), { rollout: of });
    await runToItsEnd(both);
    return both;
  };

  test('installs what was there before, proven as anything else', async () => {
    const device = await withBoth(sameSafety, rollout);
    await device.order(back(4, rollout));
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(4))]).toEqual(['1', 'installed']);
  });

  test('case 19: is refused where that is below the floor', async () => {
    const device = await withBoth(v2, rollout);
    await device.order(back(4, rollout));
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(4))]).toEqual(['2', 'refused below-floor']);
  });

  test('by a rollout that did not bring what is there, or with nothing before it, is refused', async () => {
    const device = await withBoth(sameSafety, null);
    await device.order(back(4, rollout));
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(4))]).toEqual(['2-same', 'refused not-found']);

    const first = await deviceBefore(v1);
    await runToItsEnd(first);
    await first.order(back(5, null));
    await runToItsEnd(first);
    expect(await first.lastWord(idOf(5))).toBe('refused not-found');
  });
});
