import type { Samples } from '@rockpool/protocol/fleet/api';
import { expect, test } from 'vitest';
import { livedIn } from '../test/fake-fleet.fixture.ts';
import { grow, hottest, type Measured, measuredOf, power, withTail } from './tail.ts';

const columns = (at: number[], cpu: number[]): Samples => {
  const none = at.map(() => null);
  return {
    ...{ at, cpuPermille: cpu, memoryAvailableMiB: none, diskFreeMiB: none, hottestMilliC: none },
    ...{
      gpuLoadPermille: none,
      powerMilliW: none,
      milliTokensPerS: none,
      queued: none,
      firstTokenP95Ms: none,
    },
  };
};
const health = livedIn(3).devices.get('leeds')?.health;
if (!health) throw new Error('the fixture knows no leeds');
const measured = (at: number, cpuPermille: number): Measured => {
  const one = measuredOf(health, at * 1000);
  return { ...one, values: { ...one.values, cpuPermille } };
};

test('what was measured since the last row is the end of every curve', () => {
  const shown = withTail(columns([300, 600], [1, 2]), [measured(590, 8), measured(610, 3), measured(620, 4)]);
  expect(shown.at).toEqual([300, 600, 610, 620]);
  expect(shown.cpuPermille).toEqual([1, 2, 3, 4]);
  expect(new Set(Object.values(shown).map((values) => values.length))).toEqual(new Set([4]));
});

test('a device that was away for long has a gap before its first new word', () => {
  const shown = withTail(columns([300], [1]), [measured(9_000, 3)]);
  expect([shown.at, shown.cpuPermille]).toEqual([
    [300, 301, 9_000],
    [1, null, 3],
  ]);
  expect(withTail(columns([], []), [measured(9_000, 3)]).at).toEqual([9_000]);
});

test('the same measurement counts once, and a page that stays open keeps no more than an hour', () => {
  const one = grow([], measured(10, 1));
  expect(grow(one, measured(10, 1))).toBe(one);
  let tail = one;
  for (let second = 20; second < 10_000; second += 10) tail = grow(tail, measured(second, 1));
  expect(tail).toHaveLength(360);
  expect(tail.at(-1)?.at).toBe(9_990);
});

test('the hottest zone and the power of the whole board are picked as the controller does', () => {
  const hot = { ...health, temperatures: [...health.temperatures] };
  hot.temperatures.unshift({ zone: 'a', milliC: null, limitMilliC: null });
  hot.temperatures.push({ zone: 'b', milliC: 99_000, limitMilliC: null });
  expect(hottest(hot)?.zone).toBe('b');
  expect(hottest({ ...health, temperatures: [] })).toBeNull();
  const { jetson } = health;
  if (!jetson) throw new Error('leeds is a Jetson');
  expect(power(health)).toBe(jetson.rails[0]?.milliW);
  const rails = [
    { rail: 'A', milliW: 1_000 },
    { rail: 'B', milliW: null },
    { rail: 'C', milliW: 500 },
  ];
  expect(power({ ...health, jetson: { ...jetson, rails } })).toBe(1_500);
  expect(power({ ...health, jetson: null })).toBeNull();
});
