/** A dry run says what then happens, makes nothing, and tells nobody. */
import { RolloutPlan } from '@rockpool/protocol/update/rollout';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Made } from '../views/many-devices.fixture.ts';
import { forecastRollout } from './create.ts';
import { named, openRolloutFleet, type RolloutFleet, released } from './rollout.fixture.ts';

let fleet: RolloutFleet;
beforeEach(async () => {
  fleet = await openRolloutFleet();
});
afterEach(() => fleet[Symbol.asyncDispose]());

describe('a dry run', () => {
  const labelled = (n: number): Made => ({
    ...{ id: n + 1, name: `dev-${n}`, labels: { branch: n % 3 === 0 ? 'leeds' : 'york' } },
    state: n % 7 === 0 ? { releases: JSON.stringify([released]) } : {},
  });

  test('says what then happens, makes nothing, and tells nobody', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom({}, { branch: 'leeds' }, { branch: 'york' }),
        fc
          .uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 3 })
          .map((some) => some.sort((a, b) => a - b)),
        async (count, labels, shares) => {
          await using some = await openRolloutFleet(Array.from({ length: count }, (_, n) => labelled(n)));
          const asked = [...shares, 1_000].map((permille) => ({ permille }));
          const plan = RolloutPlan.parse({ release: released, labels, waves: asked });
          const forecast = await forecastRollout(some.parts, plan);
          expect(await some.db.selectFrom('rollouts').selectAll().execute()).toEqual([]);
          const id = await some.start(plan);
          const rows = await some.db
            .selectFrom('rollout_devices as m')
            .innerJoin('devices as d', 'd.id', 'm.device_id')
            .select(['d.name', 'm.wave', 'm.state', 'm.why'])
            .orderBy('m.wave')
            .orderBy('m.rank')
            .execute();
          const members = rows.filter(({ state }) => state === 'waiting');
          expect(forecast.devices).toBe(members.length);
          expect(forecast.bytes).toBe(members.length * 1_000);
          for (const [n, { devices, first }] of forecast.waves.entries()) {
            const inWave = members.filter(({ wave }) => wave === n).map(({ name }) => name);
            expect([devices, first]).toEqual([inWave.length, inWave.slice(0, 20)]);
          }
          const out = rows.filter(({ why }) => why === 'has-it').length;
          expect(forecast.leftOut).toEqual(out === 0 ? [] : [{ why: 'has-it', devices: out }]);
          // And so they are told, wave by wave.
          const told: string[] = [];
          for (let n = 0; n < 6; n += 1) {
            await some.sweep();
            const taken = await some.deliver();
            told.push(...named(taken));
            await some.end(taken);
          }
          expect(told.sort()).toEqual(members.map(({ name }) => name).sort());
          expect((await some.show(id)).state).toBe('done');
        },
      ),
      { numRuns: 12 },
    );
  });

  test('refuses what a rollout would refuse', async () => {
    const plan = (more: object) =>
      RolloutPlan.parse({ release: released, waves: [{ permille: 1_000 }], ...more });
    await expect(forecastRollout(fleet.parts, plan({ release: 'models/pebble/9' }))).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(
      forecastRollout(fleet.parts, plan({ waves: [{ permille: 500 }, { permille: 100 }] })),
    ).rejects.toMatchObject({ code: 'bad-request' });
    await expect(forecastRollout(fleet.parts, plan({ labels: { 'NOT A KEY': 'x' } }))).rejects.toMatchObject({
      code: 'bad-request',
    });
    await expect(forecastRollout({ ...fleet.parts, releases: undefined }, plan({}))).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
