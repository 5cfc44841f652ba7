/** A stick with releases and a running agent: what a person at the device does, with the real updater, the real model and no network. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ReleasePath } from '@rockpool/protocol/update/release';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportBundle } from '../releases/bundle.ts';
import { type Office, openFoundedOffice } from '../releases/repository.fixture.ts';
import { documentFile } from '../releases/repository.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const weights = at('models/pebble/pebble-chat-q8_0.gguf');
const agent = ['--disable-warning=ExperimentalWarning', at('agent/main.ts')];
const golden = { prompt: 'Hello!', holds: ['hello', 'help'], withinMs: 300_000 };

let office: Office;
let folder: string;
let stick: string;
const environment = () => ({ ...process.env, ROCKPOOL_HOME: join(folder, 'home'), ROCKPOOL_PORT: '0' });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-by-hand-'));
  mkdirSync(join(folder, 'home'));
  stick = join(folder, 'stick');
  office = openFoundedOffice();
  await office.release({ name: 'pebble', version: '4', files: [weights], golden });
  const broken = readFileSync(weights);
  broken.fill(0, broken.length - 12_000_000);
  const files = [office.file('broken.gguf', broken)];
  await office.release({ name: 'pebble', version: '5', counter: 2, files, golden });
  office.publish();
  const releases = ['models/pebble/4', 'models/pebble/5'] as ReleasePath[];
  await exportBundle(office.folder, {
    out: stick,
    releases,
    days: 20,
    keys: office.online(),
    now: office.now,
  });
});

afterAll(() => {
  office.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Until it serves people. */
async function startAgent(): Promise<{ url: string; end(): Promise<void> }> {
  const process_ = spawn(process.execPath, [...agent, 'serve'], {
    env: { ...environment(), ROCKPOOL_LOG: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const piece of process_.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += String(piece);
    const url = /http:\/\/\S+:\d+/.exec(said)?.[0];
    if (!url) continue;
    while ((await fetch(`${url}/readyz`)).status !== 200) await new Promise((done) => setTimeout(done, 100));
    return {
      url,
      async end() {
        process_.kill('SIGTERM');
        await once(process_, 'exit');
      },
    };
  }
  throw new Error(`the agent ended: ${said}`);
}

const run = promisify(execFile);
/** The guide's commands, as far as they were run here. */
const ran = new Set<string>();
/** @returns what it answered, also when the answer is no */
async function update(...args: string[]): Promise<Record<string, unknown>> {
  ran.add(args[0] ?? '');
  const said = await run(process.execPath, [...agent, 'update', ...args, '--json'], {
    env: environment(),
  }).catch((error: unknown) => error as { stdout: string });
  return JSON.parse(said.stdout);
}

test('a good model stays, also after a restart; a bad one is taken back, and not tried again unless somebody says so', async () => {
  await update('trust', documentFile(office.folder, 'root', 1));
  let serving = await startAgent();
  expect(await update('check', '--bundle', stick)).toMatchObject({
    offers: [{ release: 'models/pebble/5', is: 'offered' }],
  });
  expect(await update('apply', 'models/pebble/4', '--bundle', stick)).toMatchObject({ outcome: 'installed' });
  const bad = ['apply', 'models/pebble/5', '--bundle', stick];
  expect(await update(...bad)).toMatchObject({ outcome: 'rolled-back', reason: 'golden-prompt' });
  expect(await update(...bad)).toMatchObject({ outcome: 'refused', reason: 'quarantined' });
  expect(await update(...bad, '--again')).toMatchObject({ outcome: 'rolled-back' });
  // Before the first model there was the one that comes with Rockpool, which no update brought.
  expect(await update('back', 'model', '--bundle', stick)).toMatchObject({ outcome: 'refused' });
  expect((await fetch(`${serving.url}/readyz`)).status).toBe(200);
  await serving.end();

  serving = await startAgent();
  expect(await update('plan', 'models/pebble/5', '--bundle', stick)).toMatchObject({ is: 'refused' });
  await serving.end();
  const { updates, brokenAt } = await update('history');
  expect((updates as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual([
    ...['installed', 'rolled-back', 'refused', 'rolled-back', 'refused'],
  ]);
  expect(brokenAt).toBeNull();
});

test('a stick that somebody changed is not believed', async () => {
  const serving = await startAgent();
  const file = join(stick, 'metadata/timestamp.json');
  const changed = JSON.parse(readFileSync(file, 'utf8'));
  changed.signed.version += 1;
  const other = join(folder, 'other');
  await run('cp', ['-r', stick, other]);
  writeFileSync(join(other, 'metadata/timestamp.json'), JSON.stringify(changed));
  expect(await update('check', '--bundle', other)).toMatchObject({ error: { code: 'failed' } });
  await serving.end();
});

test('every command of the guide was run', () => {
  const guide = readFileSync(at('docs/updates.md'), 'utf8');
  const told = [...guide.matchAll(/^npx rockpool update (\S+)/gm)].map(([, deed]) => deed);
  expect(told.length).toBeGreaterThan(5);
  expect([...new Set(told)].sort()).toEqual([...ran].sort());
});
