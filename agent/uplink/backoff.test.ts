/** When a device tries again: spread, growing, and never not at all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { after, atStart, type Backoff, delayMs } from './backoff.ts';

const held = 60_000;
const after_ = (failures: number): Backoff =>
  Array.from({ length: failures }).reduce<Backoff>((state) => after(state, 0), after(atStart, held));

test('after a start it is tried within two seconds, after a lost connection within thirty', () => {
  expect([delayMs(atStart, 0), delayMs(atStart, 0.999)]).toEqual([0, 1_998]);
  expect([delayMs(after_(0), 0), delayMs(after_(0), 0.5)]).toEqual([0, 15_000]);
});

test('the second attempt leaves the first ones of the others alone; then each failure doubles the range, up to five minutes', () => {
  expect([0, 0.999_999].map((random) => delayMs(after_(1), random))).toEqual([20_000, 50_000]);
  const longest = [2, 3, 4, 5, 6, 50].map((failures) => delayMs(after_(failures), 0.999_999));
  expect(longest).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
});

test('a connection that was let in and thrown out at once is a failure; one that held for a minute is none', () => {
  expect(after(after_(3), 59_999)).toEqual({ failures: 4 });
  expect(after(after_(3), held)).toEqual({ failures: 0 });
});

test('whatever happened before, there is a next attempt within five minutes, and no loop', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(200_000), { maxLength: 200 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (connections, random) => {
        const state = connections.reduce<Backoff>(after, atStart);
        const delay = delayMs(state, random);
        expect(delay).toBeGreaterThanOrEqual(state.failures > 0 ? 500 : 0);
        expect(delay).toBeLessThanOrEqual(300_000);
      },
    ),
  );
});

const away = [500, 1_500, 4_000, 8_000];

test.each(away)(
  'of 10,000 devices whose broker is away for %i ms no second sees more than 500, and all are back within a minute',
  (awayMs) => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const attempts = new Map<number, number>();
    let last = 0;
    for (let device = 0; device < 10_000; device += 1) {
      let state = after(atStart, held);
      for (let at = delayMs(state, random()); ; at += delayMs(state, random())) {
        const second = Math.floor(at / 1_000);
        attempts.set(second, (attempts.get(second) ?? 0) + 1);
        if (at >= awayMs) {
          last = Math.max(last, at);
          break;
        }
        state = after(state, 0);
      }
    }
    expect(Math.max(...attempts.values())).toBeLessThanOrEqual(500);
    expect(last).toBeLessThan(60_000);
  },
);
