import type { Samples } from '@rockpool/protocol/fleet/api';
import { expect, test } from 'vitest';
import { extent, measured, plans, spread, withGaps } from './curves.ts';

const samples = (at: number[], cpu: (number | null)[]): Samples => {
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

test('a line breaks where nothing was heard for long, and nowhere else', () => {
  const steady = samples([0, 60, 125, 180], [1, 2, 3, 4]);
  expect(withGaps(steady)).toBe(steady);
  const broken = withGaps(samples([0, 60, 120, 3_600, 3_660], [1, 2, 3, 4, 5]));
  expect(broken.at).toEqual([0, 60, 120, 180, 3_600, 3_660]);
  expect(broken.cpuPermille).toEqual([1, 2, 3, null, 4, 5]);
  expect(broken.queued).toHaveLength(6);
});

test('no sample, or a single one, has no gaps', () => {
  expect(withGaps(samples([], [])).at).toEqual([]);
  expect(withGaps(samples([7], [1])).at).toEqual([7]);
});

test('only what was measured is drawn', () => {
  const some = samples([0, 60], [null, 5]);
  const drawn = plans.flatMap((plan) => measured(plan, some).map(({ column }) => column));
  expect(drawn).toEqual(['cpuPermille']);
});

test('what is not known is no lowest and no last value', () => {
  expect(extent([3, null, 9, null])).toEqual({ last: 9, low: 3, high: 9 });
  expect(extent([null])).toEqual({ last: null, low: null, high: null });
});

test('a table has the first and the last row, and evenly some between', () => {
  expect(spread(3, 24)).toEqual([0, 1, 2]);
  expect(spread(101, 5)).toEqual([0, 25, 50, 75, 100]);
});
