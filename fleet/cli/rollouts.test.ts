/** Rollouts from the command line, on a real home with a repository in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RolloutDetail, RolloutForecast, RolloutList } from '@rockpool/protocol/update/rollout';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { saveFact } from '../authority/facts.ts';
import { systemClock } from '../host/clock.ts';
import { sweepRollouts } from '../rollout/drive.ts';
import { publishUnsigned } from '../rollout/repository.fixture.ts';
import { openReleases, releasesFolder } from '../rollout/repository.ts';
import { modelRelease, tenDevices } from '../rollout/rollout.fixture.ts';
import { databaseEnv } from '../store/database.fixture.ts';
import { openStore } from '../store/open.ts';
import type { Database } from '../store/tables.ts';
import { command } from '../test/process.fixture.ts';
import { addDevices } from '../views/many-devices.fixture.ts';

type Detail = z.infer<typeof RolloutDetail>;

let home: string;
let db: Database;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-fleet-rollouts-'));
  db = await openStore((await databaseEnv(home))['ROCKPOOL_FLEET_DATABASE'] ?? home);
  await saveFact(db, 'url', 'https://127.0.0.1:8443');
  await addDevices(db, tenDevices());
  publishUnsigned(releasesFolder(home), [modelRelease('1'), modelRelease('2')]);
});
afterAll(async () => {
  await db.destroy();
  rmSync(home, { recursive: true, force: true });
});

async function json<T>(...args: string[]): Promise<T> {
  const said = await command(home, [...args, '--json']);
  if (said.code !== 0) throw new Error(`${said.code}: ${said.stdout}${said.stderr}`);
  return JSON.parse(said.stdout) as T;
}
const sweep = () =>
  sweepRollouts({ db, clock: systemClock, releases: openReleases(releasesFolder(home)), holder: 'test' });

describe('rollout', () => {
  test('is foreseen, made, started, seen, paused, resumed, approved and halted', async () => {
    const waves = ['--wave', '2', '--wave', '50%,approval', '--wave', '100%,pause=1h'];
    const create = ['rollout', 'create', 'models/pebble/2', ...waves];
    const forecast = await json<RolloutForecast>(...create, '--dry-run');
    expect(forecast.waves.map(({ devices }) => devices)).toEqual([2, 3, 5]);
    expect((await command(home, [...create, '--dry-run'])).stdout).toContain('10 devices would be told');
    expect(await json<z.infer<typeof RolloutList>>('rollout', 'list')).toEqual({ rollouts: [], total: 0 });

    const made = await json<Detail>(...create, '--roll-back', '--abort', '12.5%', '--silent', '2d');
    expect(made).toMatchObject({
      state: 'draft',
      plan: {
        ...{ silentS: 172_800, abort: { permille: 125, sample: 2, rollBack: true } },
        waves: [{ devices: 2 }, { permille: 500, approval: true }, { pauseS: 3_600 }],
      },
    });
    const id = made.id.slice(0, 8);
    await json('rollout', 'start', id);
    await sweep();
    const status = await command(home, ['rollout', 'status', id]);
    expect(status.stdout).toMatch(/^models\/pebble\/2: running/);
    expect(status.stdout).toMatch(/\n1 +0 +2 +0/);
    expect(await json('rollout', 'pause', id, '--because', 'lunch')).toMatchObject({ because: 'lunch' });
    expect((await command(home, ['rollout', 'list'])).stdout).toMatch(
      new RegExp(`${id} +models/pebble/2 +paused +1/3`),
    );
    expect(await json('rollout', 'resume', id)).toMatchObject({ state: 'running' });
    await db.updateTable('rollout_devices').set({ state: 'installed' }).where('wave', '=', 0).execute();
    await sweep();
    expect((await command(home, ['rollout', 'status', id])).stdout).toContain(
      `rockpool-fleet rollout approve ${id}`,
    );
    await json('rollout', 'approve', id);
    await sweep();
    expect(await json('rollout', 'status', id)).toMatchObject({ wave: 1, counts: { told: 3, installed: 2 } });
    expect(await json('rollout', 'halt', id, '--roll-back')).toMatchObject({ state: 'halted' });
  });

  test.each([
    [['create', 'models/pebble/9'], 3, 'no release models/pebble/9'],
    [['create', 'pebble'], 2, 'ROLE/NAME/VERSION'],
    [['create', 'models/pebble/2', '--wave', 'ten'], 2, 'is no wave'],
    [['create', 'models/pebble/2', '--wave', '10%,perhaps'], 2, 'is no wave'],
    [['create', 'models/pebble/2', '--wave', '50%', '--wave', '10%'], 2, 'smaller'],
    [['create', 'models/pebble/2', '--success', '101%'], 2, 'is no share'],
    [['create', 'models/pebble/2', '--label', 'branch'], 2, 'is no label'],
    [['create', 'models/pebble/2', '--releases', '/nowhere'], 3, 'no release'],
    [['start', '5f0c1f0e'], 3, 'no rollout 5f0c1f0e'],
    [['start', 'models/pebble/9'], 3, 'no rollout of models/pebble/9'],
    [['start', '%'], 2, 'by its id'],
  ])('%j ends with %i and says "%s"', async (args, code, says) => {
    const said = await command(home, ['rollout', ...args]);
    expect([said.code, said.stderr]).toEqual([code, expect.stringContaining(says)]);
  });

  test('a deed that can’t be done now ends with 4', async () => {
    const { id } = await json<Detail>('rollout', 'create', 'models/pebble/1', '--start');
    expect((await command(home, ['rollout', 'start', id])).code).toBe(4);
    expect((await command(home, ['rollout', 'approve', id])).code).toBe(4);
  });
});
