/** Both programs of a setup together: the page's server, root's own side of the socket, and a device in memory behind it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request as ask } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupProgress } from '@rockpool/protocol/setup';
import { hashSetupCode } from '@rockpool/signing/setup-code';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProvisionServer, listenAt } from '../serve/server.ts';
import { createSetup, type SetupWorld } from '../serve/setup.ts';
import { claimed, config, FakeDevice } from '../world.fixture.ts';
import { ephemeralPair } from './certificate.ts';
import { openGuesses } from './guesses.ts';
import { connectRoot } from './root.ts';
import { createSetupServer, type SetupServer } from './server.ts';

const recoveryKey = 'cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv';

class Box extends FakeDevice implements SetupWorld {
  handedOver = 0;
  takeClaim(text: string): void {
    expect(text).toBe('RP-01234');
    this.memory.claim = { ...claimed, from: 'typed' } as typeof claimed;
  }
  takeStick(): Promise<void> {
    return Promise.resolve();
  }
  override async replaceRecovery(): Promise<string> {
    await super.replaceRecovery();
    return recoveryKey;
  }
  unlock(): Promise<void> {
    return Promise.resolve();
  }
  async handOver(): Promise<void> {
    this.handedOver += 1;
  }
}

let folder: string;
let box: Box;
let server: SetupServer;
let closeRoot: () => void;
const reported: unknown[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-whole-'));
  box = new Box();
  const stopping = new AbortController();
  const report = (error: unknown) => void reported.push(error);
  const setup = createSetup({
    ...{ world: box, config: config(), signal: stopping.signal, farewellMs: 0, report },
    findings: () => Promise.resolve([]),
    finished: () => Promise.resolve(),
    wait: () => Promise.resolve(),
    handedOver: () => undefined,
  });
  const hash = await hashSetupCode('7KQM-2XWR');
  const root = createProvisionServer({
    ...{ setup, report, codeHash: () => hash, certificate: () => Promise.resolve(null) },
  });
  const socket = join(folder, 'provision.sock');
  await listenAt(root, socket, process.getgid?.() ?? 0);
  await setup.begin();
  closeRoot = () => {
    stopping.abort();
    root.close();
  };
  await mkdir(join(folder, 'dist/assets'), { recursive: true });
  for (const name of ['setup.html', 'icon.svg']) writeFileSync(join(folder, 'dist', name), name);
  const uptime = { seconds: () => 100 };
  server = createSetupServer({
    ...{
      root: connectRoot(socket),
      pageFolder: join(folder, 'dist'),
      names: new Set(['leeds.local']),
      uptime,
    },
    pair: await ephemeralPair({ folder, name: 'leeds', addresses: [], now: Date.now() }),
    guesses: openGuesses(join(folder, 'guesses.json'), uptime),
    ...{ log: () => undefined, report },
  });
  await new Promise<void>((resolve) => server.https.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await server.close();
  closeRoot();
  rmSync(folder, { recursive: true });
  expect(reported).toEqual([]);
});

let cookie = '';
const send = (
  path: string,
  body?: unknown,
): Promise<{ status: number; json: ReturnType<typeof JSON.parse> }> =>
  new Promise((resolve, reject) => {
    const { port } = server.https.address() as AddressInfo;
    const request = ask({
      ...{ host: '127.0.0.1', port, path: `/setup/api/${path}`, rejectUnauthorized: false, agent: false },
      method: body === undefined ? 'GET' : 'POST',
      headers: { host: 'leeds.local', 'content-type': 'application/json', cookie },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie;
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }));
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });

test('a setup goes through both programs: code, claim, recovery key, and the device is handed over', async () => {
  await expect.poll(async () => (await send('state')).json.phase).toBe('fresh');
  expect((await send('open', { code: '7KQM-2XWR' })).status).toBe(200);
  expect((await send('start', { claim: 'RP-01234', language: 'zh' })).status).toBe(200);
  await expect.poll(async () => (await send('progress')).json.phase).toBe('recovery');
  const progress = SetupProgress.parse((await send('progress')).json);
  const words = progress.recovery?.words ?? [];
  expect([words.length, progress.recovery?.key]).toEqual([24, recoveryKey]);
  expect((await send('state')).json).not.toHaveProperty('recovery');

  expect((await send('kept', { places: [2, 20], words: ['zoo', 'zoo'] })).json.error.code).toBe(
    'bad-request',
  );
  expect((await send('kept', { places: [2, 20], words: [words[2], words[20]] })).status).toBe(200);
  await expect.poll(async () => (await send('progress')).json.phase).toBe('done');
  const { recovery, steps } = SetupProgress.parse((await send('progress')).json);
  expect([recovery, steps.every(({ state }) => state === 'done'), box.handedOver]).toEqual([null, true, 1]);
});
