/** Who comes first, and in which wave: the same whenever it is asked, and by nobody's choice. */
import { RolloutPlan, type Wave } from '@rockpool/protocol/update/rollout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byRank, rankOf, seedOf } from './order.ts';
import { planRollout } from './plan.ts';
import { modelRelease } from './rollout.fixture.ts';
import { ends, waveAt, waveOfLate } from './waves.ts';

const anySeed = fc.stringMatching(/^[0-9a-f]{64}$/);
const anyNames = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,12}$/), { minLength: 1, maxLength: 60 });
const anyWaves = fc
  .array(
    fc.oneof(
      fc.record({ devices: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ permille: fc.integer({ min: 1, max: 1_000 }) }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((waves): Wave[] => RolloutPlan.parse({ release: 'models/pebble/2', waves }).waves);
const candidate = (name: string, id: number) => ({
  ...{ id, name, isRevoked: false, releases: [], board: null, isTaken: false },
});

describe('the order', () => {
  test('is the same however devices are listed, and another for another rollout', () => {
    fc.assert(
      fc.property(anySeed, anyNames, fc.integer(), (seed, names, by) => {
        const order = (some: readonly string[]): string[] =>
          some
            .map((name) => ({ name, rank: rankOf(seed, name) }))
            .sort(byRank)
            .map(({ name }) => name);
        const turned = [...names].sort((a, b) => ((a.length * by) % 7) - ((b.length * by) % 7));
        expect(order(turned)).toEqual(order(names));
      }),
    );
    expect(rankOf(seedOf('fleet', 1), 'leeds')).not.toBe(rankOf(seedOf('fleet', 2), 'leeds'));
    expect(rankOf(seedOf('fleet', 1), 'leeds')).not.toBe(rankOf(seedOf('other', 1), 'leeds'));
  });

  test('case 21: a device can’t choose its wave: its place follows from its name and a number that it never learns', () => {
    const names = Array.from({ length: 2_000 }, (_, n) => `dev-${n}`);
    // However the names look, each is as likely to be first as any other.
    const firsts = names.filter((name) => rankOf(seedOf('fleet', 3), name) < '2');
    expect(firsts.length).toBeGreaterThan(170);
    expect(firsts.length).toBeLessThan(330);
    const again = firsts.filter((name) => rankOf(seedOf('fleet', 4), name) < '2');
    expect(again.length).toBeLessThan(firsts.length / 3);
  });
});

describe('waves', () => {
  test('hold every device once, each wave as many as it says, and the last all that are left', () => {
    fc.assert(
      fc.property(anySeed, anyNames, anyWaves, (seed, names, waves) => {
        const { members } = planRollout(names.map(candidate), {
          ...{ plan: { waves }, release: modelRelease('2'), seed },
        });
        expect(members.map(({ name }) => name).sort()).toEqual([...names].sort());
        expect(members.map(({ wave }) => wave)).toEqual(
          members.map(({ wave }) => wave).sort((a, b) => a - b),
        );
        const until = waves.map((_, n) => members.filter(({ wave }) => wave <= n).length);
        for (const [n, { devices, permille }] of waves.slice(0, -1).entries()) {
          const asked = devices ?? Math.ceil((names.length * (permille ?? 0)) / 1_000);
          expect(until[n]).toBe(Math.min(names.length, Math.max(asked, until[n - 1] ?? 0)));
        }
        expect(until.at(-1)).toBe(names.length);
      }),
    );
  });

  test('a share of few devices is at least one of them', () => {
    const waves = RolloutPlan.parse({
      ...{ release: 'models/pebble/2', waves: [{ permille: 10 }, { permille: 500 }, { permille: 1_000 }] },
    }).waves;
    expect(ends(waves, 3)).toEqual([1, 2, 3]);
    expect(ends(waves, 0)).toEqual([0, 0, 0]);
    expect([0, 1, 2].map((at) => waveAt(ends(waves, 3), at))).toEqual([0, 1, 2]);
  });

  test('who joins late stands where it would have stood, and never in a wave that is over', () => {
    fc.assert(
      fc.property(
        anySeed,
        anyNames,
        anyWaves,
        fc.stringMatching(/^[A-Z]{1,9}$/),
        (seed, names, waves, late) => {
          const { members } = planRollout(names.map(candidate), {
            ...{ plan: { waves }, release: modelRelease('2'), seed },
          });
          const last = waves.map((_, n) => members.filter(({ wave }) => wave === n).at(-1)?.rank ?? '');
          const rank = rankOf(seed, late);
          for (let running = 0; running < waves.length; running += 1) {
            const wave = waveOfLate(last, rank, running);
            expect(wave).toBeGreaterThanOrEqual(running);
            expect(wave).toBeLessThan(waves.length);
          }
          // With as many before it as there are, it is in the wave of the next one after it.
          const after = members.find((one) => one.rank > rank);
          if (after) expect(waveOfLate(last, rank, 0)).toBe(after.wave);
        },
      ),
    );
  });
});
