/** What the page on fleets shows, run as it stands there: by a controller, and in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, createDevice } from '../fleet/test/fleet.fixture.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/fleet.md'), 'utf8');
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, text]) => (text ?? '').split('\n'))
  .filter((line) => line !== '');
const scripts = lines.filter((line) => line.startsWith('npm run'));
const isServing = (line: string): boolean => line.startsWith('npx rockpool-fleet serve');
const commands = lines.filter((line) => !scripts.includes(line) && !isServing(line));

const env = { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter) };
/** npx would look for the package outside of the clone. */
const here = (line: string): string => line.replaceAll('npx rockpool', 'rockpool');
/** On ports of this test's own. */
const anywhere =
  '--listen 127.0.0.1:0 --mqtt-listen 127.0.0.1:0 --dashboard-listen 127.0.0.1:0 --log-level warn --json';

let folder: string;
let controller: { url: string; pin: string };
let stop: () => Promise<unknown>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-reader-'));
  writeFileSync(join(folder, 'passphrase'), 'three gulls over the pier\n');
  writeFileSync(join(folder, 'ada.password'), 'four gulls over the pier\n');
  const program = spawn('bash', ['-c', `exec ${here(lines.find(isServing) ?? '')} ${anywhere}`], {
    ...{ cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  const ended = once(program, 'exit');
  stop = async () => {
    program.kill('SIGTERM');
    await ended;
  };
  const [line] = (await Promise.race([
    once(createInterface(program.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('it ended'))),
  ])) as [string];
  const said = JSON.parse(line) as typeof controller;
  // Its name is none that this machine knows.
  controller = { ...said, url: `https://127.0.0.1:${new URL(said.url).port}` };
}, 60_000);
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

test('what it runs by npm is a script of this project', () => {
  const known = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  expect(scripts.length).toBeGreaterThan(0);
  for (const line of scripts) expect(Object.keys(known.scripts)).toContain(line.split(' ')[2]);
});

let hasJoined = false;
test.each(commands)('%s', async (line) => {
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', here(line)], {
    ...{ cwd: folder, encoding: 'utf8', env },
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stderr).not.toMatch(/\bat .*\.ts:\d+/);
  const claim = /^RP(?:-\w{5}){4}$/m.exec(stdout)?.[0];
  if (claim === undefined || hasJoined) return;
  // The technician's part, so that what follows finds a device.
  hasJoined = true;
  expect(codeOf(await createDevice({ controller }, 'leeds').ask('enrol', { claim }))).toBe('ok');
});
