import type { Refusal } from '@rockpool/protocol/refusal';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Child } from './child.ts';
import { startLifeline } from './lifeline.ts';
import type { Order } from './wire.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const loaded = { type: 'loaded', contextTokens: 2048, dimensions: 384, runsOn: 'cpu' } as const;

/** Children that live until they are told to die. */
function nursery() {
  const children: { die(why: string): void; orders: Order['type'][] }[] = [];
  const heard: { downs: string[]; ups: number; givenUp?: Refusal } = { downs: [], ups: 0 };
  const life = startLifeline({
    start(): Child {
      const ended = Promise.withResolvers<string>();
      const orders: Order['type'][] = [];
      children.push({ die: ended.resolve, orders });
      return {
        send: (order) => {
          orders.push(order.type);
          if (order.type === 'close') ended.resolve('closed');
        },
        kill: ended.resolve,
        ended: ended.promise,
        pid: children.length,
      };
    },
    greet: (send) => send({ type: 'ping' }),
    onUp: () => (heard.ups += 1),
    onDown: (why) => heard.downs.push(why),
    onGivenUp: (refusal) => (heard.givenUp = refusal),
  });
  return { life, children, heard };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('a child that dies is followed by another, greeted anew, after pauses that grow', async () => {
  const { life, children, heard } = nursery();
  life.loaded(loaded);
  await life.up();
  const pauses: number[] = [];
  for (let death = 1; death <= 4; death += 1) {
    children.at(-1)?.die('SIGKILL');
    await pass(0);
    let waited = 0;
    for (; children.length === death; waited += 50) await pass(50);
    pauses.push(waited);
  }
  expect(pauses).toEqual([250, 500, 1_000, 2_000]);
  expect(heard.downs).toHaveLength(4);
  expect(life.restarts()).toBe(4);
  expect(children.every(({ orders }) => orders[0] === 'ping')).toBe(true);
});

test('who asks while it is away waits, and is told to come back when that takes long', async () => {
  const { life, children } = nursery();
  const early = life.up();
  life.loaded(loaded);
  await early;
  children[0]?.die('SIGKILL');
  await pass(0);
  expect(life.isUp()).toBe(false);
  const asked = expect(life.up()).rejects.toMatchObject({
    code: 'model-loading',
    detail: { retryAfterS: 5 },
  });
  await pass(15_000);
  await asked;
});

test('weights that never load are given up, with the reason for everyone who asks', async () => {
  const { life, children, heard } = nursery();
  for (let death = 0; death < 3; death += 1) {
    children.at(-1)?.die('it was ended by SIGILL');
    await pass(5_000);
  }
  expect(children).toHaveLength(3);
  expect(heard.givenUp?.message).toContain('SIGILL');
  await expect(life.up()).rejects.toMatchObject({ code: 'model-failed' });

  const refused = nursery();
  refused.life.unloadable('unknown architecture');
  await expect(refused.life.up()).rejects.toThrow('unknown architecture');
  await pass(60_000);
  expect(refused.children).toHaveLength(1);
});

test('closing ends the child and starts no other', async () => {
  const { life, children } = nursery();
  life.loaded(loaded);
  await life.close();
  await pass(60_000);
  expect(children).toHaveLength(1);
  expect(children[0]?.orders).toContain('close');
  await expect(life.up()).rejects.toMatchObject({ code: 'model-failed' });
});
