import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHours, createRate } from './hours.ts';

const zone = process.env['TZ'];
beforeEach(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (iso: string): number => new Date(iso).getTime();
const nightly = { activate: [{ cron: '30 2 * * *', minutes: 60 }] };

test('without windows everything may be done at any time', () => {
  const hours = createHours({});
  expect([hours.mayFetch(0), hours.mayActivate(0), hours.nextActivation(7)]).toEqual([true, true, 7]);
});

test('a window is open from its minute until its length is over', () => {
  const { mayActivate, nextActivation } = createHours(nightly);
  expect(mayActivate(at('2026-11-23T02:29:59'))).toBe(false);
  expect(mayActivate(at('2026-11-23T02:30:00'))).toBe(true);
  expect(mayActivate(at('2026-11-23T03:29:59'))).toBe(true);
  expect(mayActivate(at('2026-11-23T03:30:00'))).toBe(false);
  expect(nextActivation(at('2026-11-23T03:30:00'))).toBe(at('2026-11-24T02:30:00'));
  expect(nextActivation(at('2026-11-23T02:45:00'))).toBe(at('2026-11-23T02:45:00'));
});

test('a window reaches over midnight, and over the end of a month and of a year', () => {
  const { mayFetch } = createHours({ fetch: [{ cron: '0 22 31 12 *', minutes: 300 }] });
  expect(mayFetch(at('2027-01-01T02:59:00'))).toBe(true);
  expect(mayFetch(at('2027-01-01T03:00:00'))).toBe(false);
  expect(mayFetch(at('2026-12-30T23:00:00'))).toBe(false);
});

test('the last day of a month is found whatever the month', () => {
  const { nextActivation } = createHours({ activate: [{ cron: '0 3 L * *', minutes: 60 }] });
  expect(nextActivation(at('2027-02-01T00:00:00'))).toBe(at('2027-02-28T03:00:00'));
  expect(nextActivation(at('2028-02-01T00:00:00'))).toBe(at('2028-02-29T03:00:00'));
  expect(nextActivation(at('2027-04-30T05:00:00'))).toBe(at('2027-05-31T03:00:00'));
});

test('when the clocks go forward the night has its window, an hour later by the clock', () => {
  const { mayActivate, nextActivation } = createHours(nightly);
  const opens = Date.UTC(2026, 2, 29, 1, 30); // 03:30 summer time; 02:30 doesn't exist
  expect(nextActivation(at('2026-03-29T00:00:00'))).toBe(opens);
  expect(mayActivate(opens + 59 * 60_000)).toBe(true);
  expect(mayActivate(opens + 60 * 60_000)).toBe(false);
});

test('when the clocks go back the window opens once, for as long as it says', () => {
  const { mayActivate } = createHours(nightly);
  const first = Date.UTC(2026, 9, 25, 0, 30); // 02:30 summer time
  expect(mayActivate(first)).toBe(true);
  expect(mayActivate(first + 59 * 60_000)).toBe(true);
  expect(mayActivate(first + 60 * 60_000)).toBe(false); // 02:30 again, standard time
});

test('on a day of 25 hours a window of a whole day has no gap', () => {
  const { mayActivate } = createHours({ activate: [{ cron: '0 0 * * *', minutes: 1_440 }] });
  expect(mayActivate(at('2026-10-25T22:00:00'))).toBe(true);
});

test('a window that never comes is never, and one in a leap year is found', () => {
  const never = createHours({ activate: [{ cron: '0 3 29 2 1', minutes: 5 }] }); // a Monday: 2044
  expect(never.nextActivation(at('2028-03-01T00:00:00'))).toBeNull();
  const leap = createHours({ activate: [{ cron: '0 3 29 2 *', minutes: 5 }] });
  expect(leap.nextActivation(at('2028-03-01T00:00:00'))).toBe(at('2032-02-29T03:00:00'));
});

test('of several windows the one that opens first counts', () => {
  const { nextActivation } = createHours({
    activate: [
      { cron: '0 5 * * 6', minutes: 60 },
      { cron: '0 4 * * 3', minutes: 60 },
    ],
  });
  expect(nextActivation(at('2026-11-23T12:00:00'))).toBe(at('2026-11-25T04:00:00'));
});

test('in slow windows the second rate holds', () => {
  const rate = createRate({ rateKiBps: 0, slowKiBps: 64, slow: [{ cron: '0 8 * * 1-5', minutes: 600 }] });
  expect(rate(at('2026-11-23T09:00:00'))).toBe(65_536);
  expect(rate(at('2026-11-23T20:00:00'))).toBe(0);
  expect(createRate({ rateKiBps: 10 })(0)).toBe(10_240);
});

test('what is no cron expression is refused at once', () => {
  for (const cron of ['at night', '0 3 30 2 *'])
    expect(() => createHours({ fetch: [{ cron, minutes: 5 }] })).toThrow(`'${cron}'`);
});
