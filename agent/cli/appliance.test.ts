import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandLine } from './spoken.fixture.ts';

/** This machine has no LUKS2 volume under the folder: what an appliance must not touch is left untouched. */
let folder: string;
let home: string;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-plain-'));
  home = join(folder, 'home');
  environment = {
    ROCKPOOL_APPLIANCE: '1',
    ROCKPOOL_NAME: 'leeds',
    ROCKPOOL_HOST: '127.0.0.1',
    ROCKPOOL_PORT: String(await freePort()),
    ROCKPOOL_REDIRECT_PORT: '0',
    ROCKPOOL_DEVICE: join(folder, 'device'),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('on a disk that is not encrypted no command opens or makes anything', async () => {
  const rockpool = commandLine(home, environment);
  for (const words of [
    'user list',
    'status',
    'backup restore nothing --yes',
    'secret list',
    'audit verify',
  ]) {
    expect(await rockpool(words), words).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^Nothing may be opened here: .*See 'npx rockpool doctor'\.\n$/),
    });
  }
  expect(existsSync(home)).toBe(false);
});

test('doctor says what is missing with its cure, saves what a supporter needs, and makes nothing either', async () => {
  const rockpool = commandLine(home, environment);
  const bundle = join(folder, 'support.tar.gz');
  const ended = await rockpool(['doctor', '--json', '--bundle', bundle]);
  expect(ended.code).toBe(1);
  const { healthy, findings } = JSON.parse(ended.stdout);
  expect(healthy).toBe(false);
  expect(findings).toContainEqual(
    expect.objectContaining({ probe: 'disk-encrypted', state: 'bad', cure: expect.any(String) }),
  );
  expect(findings).toContainEqual(expect.objectContaining({ probe: 'tls-listening', state: 'bad' }));
  const content = gunzipSync(readFileSync(bundle)).toString();
  expect(content).toContain('"rockpool-support"');
  expect(content).toContain('disk-encrypted');
  expect((await rockpool(['doctor', '--bundle', bundle])).code).toBe(4);
  expect(existsSync(home)).toBe(false);
});

test('the agent shows its page and waits; SIGHUP makes it look again, SIGTERM ends it in order', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../rockpool.mjs'), 'serve'], {
    env: { ...process.env, ROCKPOOL_HOME: home, ROCKPOOL_LOG: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await expect
    .poll(readiness, { timeout: 20_000 })
    .toMatchObject({ ready: false, missing: expect.arrayContaining(['disk-encrypted']) });
  child.kill('SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await readiness()).toMatchObject({ ready: false });
  child.kill('SIGTERM');
  expect(await gone, said).toBe(0);
  expect(said).toContain('the posture does not hold');
  expect(existsSync(home)).toBe(false);
});

const readiness = (): Promise<unknown> =>
  new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: environment['ROCKPOOL_PORT'],
        path: '/readyz',
        headers: { host: 'leeds.local' },
        rejectUnauthorized: false,
        agent: false,
      },
      async (response) => {
        let text = '';
        for await (const piece of response) text += String(piece);
        resolve(JSON.parse(text));
      },
    );
    asked.on('error', (error) => resolve(error.message));
    asked.end();
  });
