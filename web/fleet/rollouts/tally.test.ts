import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviceStates, drawn, roomOf, tally, waveSpokenOf, waveState } from './tally.ts';

const inWaves = deviceStates.filter((state) => state !== 'left-out');
const counts = fc.record(
  Object.fromEntries(inWaves.map((state) => [state, fc.integer({ min: 0, max: 5_000 })])),
);
const waves = fc.array(
  counts.map((of) => ({ counts: of, devices: Object.values(of).reduce((sum, n) => sum + n, 0) })),
  { minLength: 1, maxLength: 20 },
);

test('whatever the numbers, what is drawn fills the picture, in order, and leaves nobody out', () => {
  fc.assert(
    fc.property(waves, (all) => {
      const there = all.filter(({ devices }) => devices > 0);
      const picture = drawn(all);
      expect(picture).toHaveLength(there.length);
      const last = picture.at(-1);
      if (!last) return;
      expect(last.x + last.width).toBeCloseTo(roomOf, 6);
      for (const [place, { x, width, segments }] of picture.entries()) {
        const shown = inWaves.filter((state) => (there[place]?.counts[state] ?? 0) > 0);
        expect(segments.map(({ state }) => state)).toEqual(shown);
        for (const segment of segments) expect(segment.width).toBeGreaterThan(0);
        expect(segments[0]?.x).toBeCloseTo(x, 6);
        const end = segments.at(-1);
        expect((end?.x ?? 0) + (end?.width ?? 0)).toBeCloseTo(x + width, 6);
      }
    }),
  );
});

test('those that were tried and taken back have failed too; those that were told are under way', () => {
  const of = { installed: 7, running: 2, told: 3, failed: 1, 'rolled-back': 4, waiting: 9, 'left-out': 5 };
  expect(tally(of)).toEqual({ installed: 7, underWay: 5, failed: 5, targets: 26 });
});

test('a wave is what its rollout lets it be', () => {
  const began = { beganAt: 1, wellAt: null };
  const running = { state: 'running', wave: 1, waitsForApproval: false } as const;
  expect(waveState(running, { beganAt: 1, wellAt: 2 }, 0)).toBe('well');
  expect(waveState(running, began, 1)).toBe('running');
  expect(waveState(running, { beganAt: null, wellAt: null }, 2)).toBe('waiting');
  expect(waveState({ ...running, waitsForApproval: true }, { beganAt: null, wellAt: null }, 2)).toBe(
    'approval',
  );
  expect(waveState({ ...running, state: 'halted' }, began, 1)).toBe('stopped');
  expect(waveState({ ...running, state: 'done' }, began, 1)).toBe('well');
});

test('the wave that somebody has to approve is spoken of, and none beyond the last', () => {
  const waitsForApproval = false;
  expect(waveSpokenOf({ wave: 0, waves: 3, waitsForApproval })).toBe(0);
  expect(waveSpokenOf({ wave: 0, waves: 3, waitsForApproval: true })).toBe(1);
  expect(waveSpokenOf({ wave: 2, waves: 3, waitsForApproval: true })).toBe(2);
});
