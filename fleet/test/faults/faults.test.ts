/** What may happen to a fleet: its controller is away, a device is revoked or copied. */
import { cpSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../broker/devices.fixture.ts';
import { createClock } from '../fleet.fixture.ts';
import { isQuiet, openScene, type Scene, say, stateOf } from './faults.fixture.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

test('the controller is away for ten minutes: devices keep one reading a minute and every event, and all of it comes', async () => {
  const clock = createClock();
  const leeds = await scene.join('leeds', clock);
  await until(() => isQuiet(leeds), 'a quiet device');
  await scene.kill();
  await until(() => stateOf(leeds) !== 'online', 'the loss');
  for (let n = 1; n <= 20; n += 1) {
    clock.pass(30_000);
    await leeds.beat();
    say(leeds, `away ${n}`);
  }
  const { spooled, dropped } = leeds.state();
  expect(spooled - 20).toBeGreaterThanOrEqual(10);
  expect(spooled - 20).toBeLessThanOrEqual(12);
  expect(dropped).toBe(0);
  await scene.startAgain();
  await until(() => leeds.state().spooled === 0, 'an empty spool');
  const details = (await scene.eventsOf('leeds'))
    .map(({ detail }) => detail)
    .filter((one) => one?.startsWith('away'));
  expect(details).toEqual(Array.from({ length: 20 }, (_, n) => `away ${n + 1}`));
});

test('revoked while it is connected, a device is cut off, keeps asking, and nothing of it is taken any more', async () => {
  const leeds = await scene.join('leeds');
  await until(() => isQuiet(leeds), 'a quiet device');
  const before = (await scene.eventsOf('leeds')).length;
  await scene.order('device', 'revoke', 'leeds', '--because', 'stolen');
  await until(() => stateOf(leeds) !== 'online', 'the cut');
  say(leeds, 'after');
  const attempts = new Set<number>();
  await until(() => {
    attempts.add(leeds.state().since);
    return attempts.size > 4;
  }, 'attempts');
  expect(stateOf(leeds)).not.toBe('online');
  expect(leeds.state()).toMatchObject({ spooled: 1, why: expect.stringMatching(/\S/) });
  expect(await scene.eventsOf('leeds')).toHaveLength(before);
  expect(scene.logged.some((line) => line.startsWith('not connected to the fleet'))).toBe(true);
});

test('a device that was copied, keys and spool and all, is told as two', async () => {
  const leeds = await scene.join('leeds');
  await until(() => isQuiet(leeds), 'a quiet device');
  cpSync(scene.homeOf('leeds'), scene.homeOf('copy'), { recursive: true, verbatimSymlinks: true });
  await scene.start('leeds', { home: scene.homeOf('copy') });
  const clonedAt = async (): Promise<number | null> =>
    (await scene.db.selectFrom('device_states').select('cloned_at').executeTakeFirst())?.cloned_at ?? null;
  await until(async () => (await clonedAt()) !== null, 'the suspicion');
  await until(async () => {
    const alerts = await scene.db.selectFrom('alerts').select('code').execute();
    return alerts.some(({ code }) => code === 'cloned');
  }, 'the alert');
});
