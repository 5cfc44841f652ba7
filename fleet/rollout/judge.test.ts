/** Whether a rollout goes on: a table of what is seen and what follows, and what holds for all of them. */
import { type DeviceRolloutState, deviceRolloutStates, RolloutPlan } from '@rockpool/protocol/update/rollout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { type Counts, judge, noCounts, type WaveSeen } from './judge.ts';
import { next, type RolloutEvent } from './states.ts';

const now = 1_000_000;
const plan = (more: Partial<z.input<typeof RolloutPlan>> = {}) =>
  RolloutPlan.parse({
    ...{ release: 'models/pebble/2', waves: [{ devices: 5 }, { permille: 500 }, { permille: 1_000 }] },
    ...{ success: { permille: 800, sample: 5 }, abort: { permille: 300, sample: 4 }, ...more },
  });
const wave = (counts: Partial<Counts>, more: Partial<WaveSeen> = {}): WaveSeen => ({
  ...{ counts: { ...noCounts(), ...counts }, wellAt: null, isApproved: false, ...more },
});
const later = wave({ waiting: 10 });
const seen = (first: Partial<Counts>, more: Partial<WaveSeen> = {}) => [wave(first, more), later, later];

describe('a wave', () => {
  test.each<[string, Partial<Counts>, 'wait' | 'next' | 'approval' | 'halt']>([
    ['that nobody has said anything of', { told: 5 }, 'wait'],
    ['that is well, and too few have said so', { installed: 4, running: 1 }, 'wait'],
    ['that is well', { installed: 5 }, 'next'],
    ['that is well enough', { installed: 4, failed: 1 }, 'next'],
    ['of whom fewer are in it than must have said so', { installed: 3 }, 'next'],
    ['of nobody', {}, 'next'],
    ['of those who were left out', { 'left-out': 5 }, 'next'],
    ['one of whom failed first: a share of one says nothing', { failed: 1, told: 4 }, 'wait'],
    ['three of whom failed, when three are too few', { failed: 3, told: 2 }, 'wait'],
    ['that fails', { installed: 2, failed: 2, told: 1 }, 'halt'],
    ['that goes back', { installed: 2, 'rolled-back': 2, told: 1 }, 'halt'],
  ])('%s', (_, counts, what) => {
    expect(judge(plan(), seen(counts), 0, now).what).toBe(what);
  });

  test('that ended below what it should reach, and above what halts it, is for somebody to look at', () => {
    const strict = plan({ success: { permille: 950, sample: 1 } });
    const verdict = judge(strict, seen({ installed: 4, failed: 1 }), 0, now);
    expect(verdict).toMatchObject({ what: 'approval', isWell: false });
    expect(verdict).toHaveProperty('because', 'Of wave 1, 4 of 5 devices are well; 95 % should be.');
    const approved = [wave({ installed: 4, failed: 1 }), { ...later, isApproved: true }, later];
    expect(judge(strict, approved, 0, now).what).toBe('next');
    // As long as some are under way, they may yet make it well.
    expect(judge(strict, seen({ installed: 4, failed: 1, running: 1 }), 0, now).what).toBe('wait');
  });

  test('the next begins when somebody said so, where the plan asks for that', () => {
    const asking = plan({ waves: [{ devices: 5 }, { permille: 500, approval: true }, { permille: 1_000 }] });
    expect(judge(asking, seen({ installed: 5 }), 0, now)).toMatchObject({ what: 'approval', isWell: true });
    const approved = [wave({ installed: 5 }), { ...later, isApproved: true }, later];
    expect(judge(asking, approved, 0, now).what).toBe('next');
  });

  test('the next begins when the pause is over, and not sooner because a clock was set back', () => {
    const pausing = plan({ waves: [{ devices: 5 }, { permille: 500, pauseS: 60 }, { permille: 1_000 }] });
    const at = (wellAt: number | null) => judge(pausing, seen({ installed: 5 }, { wellAt }), 0, now).what;
    expect(at(null)).toBe('wait');
    expect(at(now - 59_999)).toBe('wait');
    expect(at(now - 60_000)).toBe('next');
    expect(at(now + 3_600_000)).toBe('wait');
  });
});

test('failures count over all waves, and say what may', () => {
  const verdict = judge(plan(), [wave({ installed: 5 }), wave({ installed: 1, failed: 4 }), later], 1, now);
  expect(verdict).toMatchObject({
    ...{ what: 'halt', because: '4 of the 10 devices that said how it ended failed; 30 % may.' },
  });
});

test('a rollout is done when nobody is left, in whatever wave', () => {
  const all = (last: Partial<Counts>) =>
    judge(plan(), [wave({ installed: 9 }), wave({ told: 1 }), wave(last)], 2, now);
  expect(all({ installed: 9 }).what).toBe('wait');
  const done = judge(plan(), [wave({ installed: 9 }), wave({ failed: 1 }), wave({ installed: 9 })], 2, now);
  expect(done.what).toBe('done');
});

const anyCounts = fc
  .record(
    Object.fromEntries(deviceRolloutStates.map((state) => [state, fc.nat({ max: 20 })])) as Record<
      DeviceRolloutState,
      fc.Arbitrary<number>
    >,
  )
  .map((counts) => wave(counts));
const anyPlan = fc
  .record({
    success: fc.record({ permille: fc.nat({ max: 1_000 }), sample: fc.integer({ min: 1, max: 20 }) }),
    abort: fc.record({ permille: fc.nat({ max: 1_000 }), sample: fc.integer({ min: 1, max: 20 }) }),
  })
  .map(({ success, abort }) => plan({ success, abort: { ...abort, rollBack: false } }));

describe('whatever is seen', () => {
  test('above the abort threshold nothing begins, and nothing is halted below it', () => {
    fc.assert(
      fc.property(
        anyPlan,
        fc.tuple(anyCounts, anyCounts, anyCounts),
        fc.nat({ max: 2 }),
        (some, waves, at) => {
          const all = waves.map(({ counts }) => counts);
          const bad = all.reduce((n, counts) => n + counts.failed + counts['rolled-back'], 0);
          const ended = bad + all.reduce((n, { installed }) => n + installed, 0);
          const mustHalt = ended >= some.abort.sample && bad * 1_000 > some.abort.permille * ended;
          expect(judge(some, waves, at, now).what === 'halt').toBe(mustHalt);
        },
      ),
    );
  });

  test('one more that is well never makes a wave worse', () => {
    fc.assert(
      fc.property(
        anyPlan,
        fc.tuple(anyCounts, anyCounts, anyCounts),
        fc.nat({ max: 1 }),
        (some, waves, at) => {
          if (!judge(some, waves, at, now).isWell) return;
          const better = waves.map((one, n) =>
            n === at ? wave({ ...one.counts, installed: one.counts.installed + 1 }) : one,
          );
          expect(judge(some, better, at, now).isWell).toBe(true);
        },
      ),
    );
  });

  test('what was halted is never begun again', () => {
    const events: RolloutEvent[] = ['start', 'pause', 'resume', 'halt', 'failing', 'ended', 'missed'];
    for (const event of events) expect([undefined, 'halted']).toContain(next('halted', event));
  });
});
