import { expect, test } from 'vitest';
import { TestTime } from './payload.fixture.ts';
import { createBucket, untilTooSlow } from './rate.ts';

const never = new AbortController().signal;

test('bytes come at the rate, after a burst of one second', async () => {
  const time = new TestTime();
  const bucket = createBucket(() => 1_000, time);
  expect(await bucket.take(1_000, never)).toBe(false);
  expect(await bucket.take(500, never)).toBe(true);
  await bucket.take(2_000, never);
  expect(time.pauses).toEqual([500, 2_000]);
});

test('what was not used yesterday is not made up for today', async () => {
  const time = new TestTime();
  const bucket = createBucket(() => 1_000, time);
  await time.pause(86_400_000, never);
  await bucket.take(3_000, never);
  expect(time.pauses.at(-1)).toBe(2_000);
});

test('a rate that changes holds from the next bytes on, and no rate is none', async () => {
  const time = new TestTime();
  let rate = 0;
  const bucket = createBucket(() => rate, time);
  expect(await bucket.take(10 ** 9, never)).toBe(false);
  rate = 1_000;
  expect(await bucket.take(2_000, never)).toBe(true);
});

test('a clock that is set back holds nothing back', async () => {
  const time = new TestTime();
  let now = 10 ** 12;
  const bucket = createBucket(() => 1_000, { now: () => now, pause: time.pause });
  await bucket.take(5_000, never);
  now = 0;
  await bucket.take(1_000, never);
  expect(time.pauses).toEqual([4_000, 1_000]);
});

test('a window in which we ourselves waited says nothing about the mirror', async () => {
  const windows = [
    { bytes: 200, held: false },
    { bytes: 0, held: true },
    { bytes: 99, held: false },
  ];
  let arrived = 0;
  let seen = 0;
  const pause = async (): Promise<void> => {
    arrived += windows[seen]?.bytes ?? 0;
    seen += 1;
  };
  const held = (): boolean => windows[seen - 1]?.held ?? false;
  await untilTooSlow({ bytes: 100, withinMs: 1 }, () => arrived, held, { pause }, never);
  expect(seen).toBe(3);
});
