import { expect, test } from 'vitest';
import { isDue, startNightly } from './nightly.ts';

const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 30).getTime();

test.each<[string, number, number | null, boolean]>([
  ['at night', at(25, 3), at(24, 3), true],
  ['a second time in a night', at(25, 4), at(25, 2), false],
  ['by day', at(25, 10), at(25, 3), false],
  ['by day, though the nights were missed', at(27, 10), at(24, 3), true],
  ['the first night', at(25, 2), null, true],
  ['the first day', at(25, 10), null, false],
])('memory is tidied %s: %#', (_, now, last, due) => expect(isDue(now, last, at(25, 0))).toBe(due));

test('what fails is told, and tried again', async () => {
  const told: unknown[] = [];
  let runs = 0;
  const nightly = startNightly({
    consolidation: {
      async run() {
        runs += 1;
        if (runs === 1) throw new Error('the disk is full');
        return [];
      },
    },
    facts: { lastNight: async () => null },
    idle: {
      async use(work) {
        await work(new AbortController().signal);
        return true;
      },
    },
    clock: { now: () => at(25, 3) },
    report: (error) => told.push(error),
  });
  await nightly.look();
  await nightly.look();
  expect(told).toEqual([new Error('the disk is full')]);
  expect(runs).toBe(2);
  await nightly.close();
});
