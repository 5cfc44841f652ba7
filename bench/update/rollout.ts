/** A rollout over 10,000 devices: what it takes to foresee it, to plan it, and to begin a wave of it. */
import { health } from '../../fleet/ingest/devices.fixture.ts';
import { forecastRollout } from '../../fleet/rollout/create.ts';
import {
  modelRelease,
  openRolloutFleet,
  type RolloutFleet,
  released,
} from '../../fleet/rollout/rollout.fixture.ts';
import type { Made } from '../../fleet/views/many-devices.fixture.ts';
import { RolloutPlan } from '../../protocol/update/rollout.ts';
import { type Figure, median } from '../figure.ts';

const count = 10_000;
const runs = 3;
const waves = [{ devices: 100 }, { permille: 200 }, { permille: 1_000 }];

export async function* rolloutBench(): AsyncGenerator<Figure> {
  const times = {
    forecast: [] as number[],
    start: [] as number[],
    wave: [] as number[],
    quiet: [] as number[],
  };
  for (let n = 0; n < runs; n += 1) {
    await using fleet = await openRolloutFleet(devices());
    // The last health of each is read, to see which board it is.
    fleet.releases.add(modelRelease('2', { compat: { boards: ['NVIDIA Jetson'], memoryMiB: 4_000 } }));
    const plan = RolloutPlan.parse({ release: released, waves });
    times.forecast.push(await took(() => forecastRollout(fleet.parts, plan)));
    let id = '';
    times.start.push(
      await took(async () => {
        id = await fleet.start(plan);
      }),
    );
    await fleet.sweep();
    await allInstalled(fleet, id);
    // Judged, begun, and every one of its 1,900 devices told, in one look.
    times.wave.push(await took(() => fleet.sweep()));
    times.quiet.push(await took(() => fleet.sweep()));
    const { counts } = await fleet.show(id);
    if (counts.told !== 1_900) throw new Error(`${counts.told} were told`);
  }
  const note = `${count} devices with their labels and last health in SQLite, median of ${runs}`;
  const figure = (name: string, ms: readonly number[], atMost?: number): Figure => ({
    ...{ name, value: median(ms) / 1_000, unit: 's', note },
    ...(atMost === undefined ? {} : { reach: { atMost } }),
  });
  yield figure(`a rollout over ${count} devices: foreseen`, times.forecast, 1);
  yield figure(`a rollout over ${count} devices: started, every wave planned`, times.start, 1);
  yield figure('its second wave: judged, begun and 1,900 devices told', times.wave, 1);
  yield figure('a look when nothing is to be done', times.quiet);
}

const devices = (): Made[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ id: n + 1, name: `dev-${n}`, labels: { branch: `b-${n % 500}`, floor: `${n % 3}` } },
    state: { health: JSON.stringify(health), releases: '["models/pebble/1"]' },
  }));

const allInstalled = ({ db }: RolloutFleet, id: string) =>
  db
    .updateTable('rollout_devices')
    .set({ state: 'installed' })
    .where('rollout_id', '=', id)
    .where('state', '=', 'told')
    .execute();

async function took(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
