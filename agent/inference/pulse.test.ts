/** The pulse of the model's process: patient at its start, strict afterwards. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startPulse } from './pulse.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function observed() {
  const seen = { asked: 0, ends: [] as string[] };
  const pulse = startPulse(
    () => {
      seen.asked += 1;
    },
    (why) => void seen.ends.push(why),
  );
  return { seen, pulse };
}

test('a process that takes two minutes to start is left to it', () => {
  const { seen, pulse } = observed();
  vi.advanceTimersByTime(120_000);
  expect(seen.ends).toEqual([]);
  pulse.felt(0, false);
  expect(seen.asked).toBe(60);
  pulse.stop();
});

test('one that never answers is ended after three minutes', () => {
  const { seen, pulse } = observed();
  vi.advanceTimersByTime(182_000);
  expect(seen.ends).toEqual(['it did not answer any more']);
  pulse.stop();
});

test('one that answered and then falls silent is ended after half a minute', () => {
  const { seen, pulse } = observed();
  vi.advanceTimersByTime(2_000);
  pulse.felt(0, false);
  vi.advanceTimersByTime(30_000);
  expect(seen.ends).toEqual([]);
  vi.advanceTimersByTime(2_000);
  expect(seen.ends).toEqual(['it did not answer any more']);
  pulse.stop();
});

test('one that has work and makes no pass for two minutes is ended; one without work is not', () => {
  const { seen, pulse } = observed();
  for (let beat = 0; beat < 200; beat += 1) pulse.felt(7, false);
  expect(seen.ends).toEqual([]);
  for (let beat = 0; beat < 62; beat += 1) pulse.felt(7, true);
  expect(seen.ends).toContain('it made no progress any more');
  pulse.stop();
});
