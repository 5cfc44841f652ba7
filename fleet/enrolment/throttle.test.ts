/** Asking too often is slowed per office, and guessing for all guessers together, without shutting out who never erred. */
import { expect, test } from 'vitest';
import { EnrolRefusal } from './refusal.ts';
import { createThrottle } from './throttle.ts';

const clock = { at: 1_000_000, now: () => clock.at };
const isOpen = (throttle: ReturnType<typeof createThrottle>, address: string): boolean => {
  try {
    throttle.demandPatience(address);
    return true;
  } catch (error) {
    if (!(error instanceof EnrolRefusal)) throw error;
    return false;
  }
};
const times = (count: number, work: (n: number) => void): void => {
  for (let n = 0; n < count; n += 1) work(n);
};

test('an address has sixty requests at once, then one a second', () => {
  const throttle = createThrottle(clock);
  times(60, () => expect(isOpen(throttle, '10.0.0.1')).toBe(true));
  expect(isOpen(throttle, '10.0.0.1')).toBe(false);
  expect(isOpen(throttle, '10.0.0.2')).toBe(true);
  clock.at += 1_000;
  expect(isOpen(throttle, '10.0.0.1')).toBe(true);
  expect(isOpen(throttle, '10.0.0.1')).toBe(false);
});

test('all addresses of one IPv6 network count as one, and IPv4 is the same however it is written', () => {
  const throttle = createThrottle(clock);
  times(10, (n) => throttle.countError(`2001:db8:1:2::${n}`));
  expect(isOpen(throttle, '2001:db8:1:2:ffff::1')).toBe(false);
  expect(isOpen(throttle, '2001:db8:1:3::1')).toBe(true);
  times(10, () => throttle.countError('::ffff:10.0.0.1'));
  expect(isOpen(throttle, '10.0.0.1')).toBe(false);
});

test('while many addresses guess, one that never erred gets in', () => {
  const throttle = createThrottle(clock);
  times(300, (n) => throttle.countError(`10.1.${n >> 8}.${n & 255}`));
  expect(isOpen(throttle, '10.1.0.7')).toBe(false); // erred once
  expect(isOpen(throttle, '10.2.0.1')).toBe(true);
});

test('a clock that is set back neither forgives nor locks out for long', () => {
  const throttle = createThrottle(clock);
  times(10, () => throttle.countError('10.0.0.1'));
  clock.at -= 86_400_000;
  expect(isOpen(throttle, '10.0.0.1')).toBe(false);
  throttle.countError('10.0.0.1');
  clock.at += 31_000;
  expect(isOpen(throttle, '10.0.0.1')).toBe(true);
});

test('who erred before the clock was set back waits no longer for it', () => {
  const throttle = createThrottle(clock);
  times(10, () => throttle.countError('10.0.0.1'));
  clock.at -= 86_400_000;
  expect(isOpen(throttle, '10.0.0.1')).toBe(false);
  clock.at += 31_000;
  expect(isOpen(throttle, '10.0.0.1')).toBe(true);
});
