/** What the page on rollouts shows, run as it stands there, from top to bottom, while a controller would be at work. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveFact } from '../fleet/authority/facts.ts';
import { systemClock } from '../fleet/host/clock.ts';
import { sweepRollouts } from '../fleet/rollout/drive.ts';
import { publishUnsigned } from '../fleet/rollout/repository.fixture.ts';
import { openReleases, releasesFolder } from '../fleet/rollout/repository.ts';
import { modelRelease } from '../fleet/rollout/rollout.fixture.ts';
import { openStore } from '../fleet/store/open.ts';
import type { Database } from '../fleet/store/tables.ts';
import { addDevices } from '../fleet/views/many-devices.fixture.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/rollouts.md'), 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, text]) => (text ?? '').split('\n'))
  .filter((line) => line !== '');

let folder: string;
let home: string;
let db: Database;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rollouts-reader-'));
  home = join(folder, '.rockpool-fleet');
  publishUnsigned(releasesFolder(home), [modelRelease('2', { name: 'qwen3-8b' })]);
  db = await openStore(home);
  await saveFact(db, 'url', 'https://127.0.0.1:8443');
  const some = Array.from({ length: 30 }, (_, n) => ({
    id: n + 1,
    name: `leeds-${n}`,
    labels: { branch: 'leeds' },
  }));
  await addDevices(
    db,
    some.map((one) => ({ ...one, state: {} })),
  );
});
afterAll(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

/** What a controller and its devices do in between: all that were told have it, and it is looked at. */
async function passTime(): Promise<void> {
  const releases = openReleases(releasesFolder(home));
  const sweep = () => sweepRollouts({ db, clock: systemClock, releases, holder: 'guide' });
  await sweep();
  await db.updateTable('rollout_devices').set({ state: 'installed' }).where('state', '=', 'told').execute();
  await sweep();
}

test('it shows each deed that there is', () => {
  for (const deed of ['create', 'start', 'pause', 'resume', 'halt', 'approve', 'status', 'list', '--dry-run'])
    expect(commands.join('\n')).toMatch(new RegExp(`rockpool-fleet rollout .*${deed}|rollout ${deed}`));
});

test.each(commands)('%s', async (line) => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line.replaceAll('npx rockpool', 'rockpool')], {
    ...{ cwd: folder, encoding: 'utf8' },
    env: { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter) },
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stderr).not.toMatch(/\bat .*\.ts:\d+/);
  if (line.includes('rollout start')) await passTime();
});
