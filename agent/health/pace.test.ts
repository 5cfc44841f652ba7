/** How fast answers came lately. */
import { expect, test } from 'vitest';
import { createPace, quantile } from './pace.ts';

test('nobody asked: nobody knows', () => {
  expect(createPace().now()).toEqual({ milliTokensPerS: null, firstTokenP50Ms: null, firstTokenP95Ms: null });
});

test('tokens by the time in which they were spoken, the first of each answer being where it begins', () => {
  const pace = createPace(() => 0);
  pace.generated(11, 1_000);
  pace.generated(31, 1_000);
  expect(pace.now().milliTokensPerS).toBe(20_000);
});

test('an answer of one token, and one by a clock that was set back, say nothing', () => {
  const pace = createPace(() => 0);
  pace.generated(1, 500);
  pace.generated(50, 0);
  pace.generated(50, -1_000);
  pace.firstToken(-5);
  expect(pace.now()).toEqual({ milliTokensPerS: null, firstTokenP50Ms: null, firstTokenP95Ms: null });
});

test('yesterday does not count', () => {
  let now = 0;
  const pace = createPace(() => now);
  pace.firstToken(9_000);
  now = 15 * 60_000 + 1;
  pace.firstToken(100);
  expect(pace.now().firstTokenP95Ms).toBe(100);
  now += 15 * 60_000 + 1;
  expect(pace.now().firstTokenP95Ms).toBeNull();
});

test('the last hundred are kept, and quantiles are what was measured', () => {
  const pace = createPace(() => 0);
  for (let ms = 1; ms <= 200; ms += 1) pace.firstToken(ms);
  expect(pace.now()).toMatchObject({ firstTokenP50Ms: 150, firstTokenP95Ms: 195 });
  expect([quantile([], 0.5), quantile([7], 0.95), quantile([1, 2], 0.5)]).toEqual([null, 7, 1]);
});
