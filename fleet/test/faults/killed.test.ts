/** A controller that is killed while its devices speak and obey. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../broker/devices.fixture.ts';
import type { SimulatedDevice } from '../../simulated/device.ts';
import { openScene, type Scene, say, stateOf } from './faults.fixture.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

test('the controller is killed again and again: what was said is there once and in order, what was ordered is done once', async () => {
  const names = ['leeds', 'york', 'hull'];
  const fleet: SimulatedDevice[] = [];
  for (const name of names) fleet.push(await scene.join(name));
  const expected: string[] = [];
  for (let round = 1; round <= 2; round += 1) {
    await until(() => fleet.every((device) => stateOf(device) === 'online'), 'all of them');
    await scene.order('device', 'command', 'restart-agent', ...names);
    for (let n = 1; n <= 20; n += 1) {
      for (const device of fleet) say(device, `${round}.${n}`);
      expected.push(`${round}.${n}`);
    }
    await wait(round * 350);
    await scene.kill();
    await scene.startAgain();
  }
  const results = () => scene.db.selectFrom('commands').select(['state', 'is_final']).execute();
  await until(async () => (await results()).every(({ is_final }) => is_final === 1), 'all results');
  await until(() => fleet.every((device) => device.state().spooled === 0), 'empty spools');
  expect(await results()).toEqual(Array(6).fill({ state: 'succeeded', is_final: 1 }));
  for (const name of names) {
    const events = await scene.eventsOf(name);
    expect(events.filter(({ what }) => what === 'model-restarted').map(({ detail }) => detail)).toEqual(
      expected,
    );
    expect(events.filter(({ what }) => what === 'agent-started')).toHaveLength(1 + 2);
  }
}, 60_000);
