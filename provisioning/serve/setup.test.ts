import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { afterEach, expect, test, vi } from 'vitest';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import { claimed, config, FakeDevice } from '../world.fixture.ts';
import { ask, watch } from './client.ts';
import { maxRequestBytes } from './requests.ts';
import { createProvisionServer, listenAt } from './server.ts';
import { createSetup, type SetupWorld } from './setup.ts';

const recoveryKey = 'cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv';

/** A device in memory that also hears what a person at the setup page says. */
class FakeBox extends FakeDevice implements SetupWorld {
  handedOver = 0;
  takeClaim(text: string): void {
    if (!text.startsWith('RP-')) throw new Refusal('bad-request', 'This is no claim.');
    this.memory.claim = { ...claimed, from: 'typed' } as typeof claimed;
  }
  takeStick(): Promise<void> {
    return Promise.resolve();
  }
  override async replaceRecovery(): Promise<string> {
    await super.replaceRecovery();
    this.disk.header?.openedBy.set(2, recoveryKey);
    return recoveryKey;
  }
  unlock(typed: string): Promise<void> {
    if (typed !== recoveryKey) return Promise.reject(new Refusal('wrong-code', 'Not this one.'));
    this.board = this.sealedFor; // the steps bind it to the board anew; here the board is let in
    return Promise.resolve();
  }
  handOver(): Promise<void> {
    this.handedOver += 1;
    return Promise.resolve();
  }
}

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0).reverse()) close();
});

async function box(device = new FakeBox()) {
  const stopping = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), 'provision-'));
  const path = join(folder, 'provision.sock');
  const reported: unknown[] = [];
  const setup = createSetup({
    ...{ world: device, config: config(), signal: stopping.signal, farewellMs: 0 },
    findings: () => Promise.resolve([]),
    finished: () => Promise.resolve(),
    report: (error) => void reported.push(error),
    wait: () => Promise.resolve(),
    handedOver: () => undefined,
  });
  const server = createProvisionServer({
    setup,
    codeHash: () => 'hash',
    certificate: () => Promise.resolve(null),
    report: (error) => void reported.push(error),
  });
  await listenAt(server, path, process.getgid?.() ?? 0);
  opened.push(() => {
    stopping.abort();
    server.end();
    rmSync(folder, { recursive: true });
  });
  await setup.begin();
  const progress = async () => (await ask({ ask: 'progress' }, { path })).progress;
  const until = (phase: string) => expect.poll(async () => (await progress()).phase).toBe(phase);
  return { device, path, progress, until, reported, server };
}

const start = { ask: 'start', with: { claim: 'RP-…', language: 'en' } } as const;

test('a person starts, keeps the key, and the device is handed over; nobody sees the key before or after', async () => {
  const { device, path, progress, until } = await box();
  expect(await progress()).toMatchObject({ phase: 'fresh', needsClaim: true, recovery: null });
  const seen: string[] = [];
  const watching = new AbortController();
  const heard = (async () => {
    for await (const { phase, recovery } of watch({ path, signal: watching.signal })) {
      expect(recovery !== null).toBe(phase === 'recovery');
      if (seen.at(-1) !== phase) seen.push(phase);
      if (phase === 'done') break;
    }
  })();
  await ask(start, { path });
  await until('recovery');
  const { recovery } = await progress();
  expect(recovery).toMatchObject({ key: recoveryKey });
  expect(recovery?.words).toHaveLength(24);

  const kept = (places: [number, number], words: string[]) =>
    ask({ ask: 'kept', with: { places, words } }, { path });
  const words = recovery?.words ?? [];
  await expect(kept([3, 20], ['wrong', 'words'])).rejects.toMatchObject({ code: 'bad-request' });
  await expect(kept([3, 3], [words[3] ?? '', words[3] ?? ''])).rejects.toMatchObject({ code: 'bad-request' });
  expect((await progress()).phase).toBe('recovery');
  await kept([3, 20], [words[3] ?? '', ` ${words[20]?.toUpperCase()} `]);
  await until('done');
  await heard;
  expect(seen).toEqual(['fresh', 'working', 'recovery', 'working', 'done']);
  expect(device.handedOver).toBe(1);
  await expect(ask(start, { path })).rejects.toMatchObject({ code: 'conflict' });
});

test('without a claim it is refused before anything is touched, and goes on with one', async () => {
  const { device, path, progress, until } = await box();
  await ask({ ask: 'start', with: { language: 'zh' } }, { path });
  await until('refused');
  expect(await progress()).toMatchObject({ needsClaim: true, refusal: { code: 'enrolment' } });
  expect(device.deeds).toEqual([]);
  await ask(start, { path });
  await until('recovery');
});

test('a step that fails says why, and a second start goes on from there', async () => {
  const device = new FakeBox();
  const { seal } = device;
  device.seal = () => Promise.reject(new Error('The TPM did not take the key.'));
  const { path, progress, until } = await box(device);
  await ask(start, { path });
  await until('refused');
  expect(await progress()).toMatchObject({
    refusal: { code: 'disk-seal', says: 'The TPM did not take the key.' },
  });
  const failed = (await progress()).steps.find(({ id }) => id === 'disk-seal');
  expect(failed).toMatchObject({ state: 'failed' });
  device.seal = seal;
  const formats = device.deeds.filter((deed) => deed === 'luksFormat').length;
  await ask(start, { path });
  await until('recovery');
  expect(device.deeds.filter((deed) => deed === 'luksFormat')).toHaveLength(formats);
});

/** Set up to its end, and switched off. */
async function setUp(): Promise<FakeBox> {
  const { device, path, progress, until } = await box();
  await ask(start, { path });
  await until('recovery');
  const words = (await progress()).recovery?.words ?? [];
  await ask({ ask: 'kept', with: { places: [0, 1], words: words.slice(0, 2) } }, { path });
  await until('done');
  device.restorePower();
  return device;
}

test('a disk that the board does not open waits for the recovery key, and tells nothing else', async () => {
  const device = await setUp();
  device.board = 'another';
  device.memory.open = false;
  device.memory.mounted = false;
  device.bootEntries = 'absent';
  const { path, progress, until } = await box(device);
  await until('locked');
  expect((await progress()).recovery).toBeNull();
  await expect(ask({ ask: 'unlock', with: { recoveryKey: 'nonsense' } }, { path })).rejects.toMatchObject({
    code: 'wrong-code',
  });
  await expect(ask(start, { path })).rejects.toMatchObject({ code: 'conflict' });
  await ask({ ask: 'unlock', with: { recoveryKey } }, { path });
  await until('done');
});

test('a device that was cut off after its key was kept goes on by itself', async () => {
  const device = await setUp();
  if (device.disk.inside?.device) Object.assign(device.disk.inside.device, { isSetUp: false, lan: null });
  const { until } = await box(device);
  await until('done');
});

test('what is no request of ours is refused, and what is too long is not read on', async () => {
  const { path, reported } = await box();
  const say = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let heard = '';
      const socket = connect(path, () => socket.write(text));
      socket.on('data', (piece) => {
        heard += piece;
      });
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
    });
  for (const line of [
    '{"ask":"shell","with":"id"}',
    '{"ask":"progress","extra":1}',
    'null',
    '[]',
    '{',
    '{"__proto__":{"ask":"code"}}',
  ]) {
    expect(JSON.parse(await say(`${line}\n`)), line).toMatchObject({ say: 'refused', code: 'bad-request' });
  }
  const long = { ask: 'start', with: { language: 'en', claim: 'x'.repeat(maxRequestBytes) } };
  expect(JSON.parse(await say(`${JSON.stringify(long)}\n`))).toMatchObject({ code: 'too-large' });
  expect(JSON.parse(await say('x'.repeat(maxRequestBytes + 1)))).toMatchObject({ code: 'too-large' });
  expect(reported).toEqual([]);
});

test('the socket is for root and one group', async () => {
  const { path } = await box();
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test('a reader who leaves is told nothing more', async () => {
  const { path, device } = await box();
  const leaving = new AbortController();
  const first = await watch({ path, signal: leaving.signal }).next();
  expect(first.value).toMatchObject({ phase: 'fresh' });
  leaving.abort();
  await ask(start, { path });
  await vi.waitFor(() => expect(device.deeds).toContain('luksFormat'));
});

test('a drive that fails a step and the look after it ends in a refusal, and can be tried again', async () => {
  const device = new FakeBox();
  const { path, progress, until, reported } = await box(device);
  const look = device.look.bind(device);
  device.format = () => {
    device.look = () => Promise.reject(new Error('blkid could not look: Input/output error'));
    return Promise.reject(new Error('the drive does not write'));
  };
  await ask(start, { path });
  await until('refused');
  expect(await progress()).toMatchObject({
    refusal: { code: 'disk-format', says: 'the drive does not write' },
  });
  expect(reported).toHaveLength(1);
  device.look = look;
  device.format = FakeBox.prototype.format;
  await ask(start, { path });
  await until('recovery');
});

test('a boot that can’t look at its disk says so, instead of working for ever', async () => {
  const device = new FakeBox();
  device.look = () => Promise.reject(new Error('lsblk did not end within 120 s'));
  const { path, progress, until } = await box(device);
  expect(await progress()).toMatchObject({
    ...{ phase: 'refused', refusal: { code: 'failed', says: 'lsblk did not end within 120 s' } },
  });
  device.look = FakeBox.prototype.look;
  await ask(start, { path });
  await until('recovery');
});

test('of two browsers that start at once one is refused, and nothing of what it asked for is done', async () => {
  const device = new FakeBox();
  const { path, progress, until } = await box(device);
  const taken: string[] = [];
  const takeClaim = device.takeClaim.bind(device);
  device.takeClaim = (text) => {
    taken.push(text);
    takeClaim(text);
  };
  const by = (name: string, claim: string) =>
    ask({ ask: 'start', with: { name, claim, language: 'en' } }, { path });
  const outcomes = await Promise.allSettled([by('leeds', 'RP-1'), by('york', 'RP-2')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await until('recovery');
  const winner = outcomes[0].status === 'fulfilled' ? ['leeds', 'RP-1'] : ['york', 'RP-2'];
  expect([(await progress()).name, ...taken]).toEqual(winner);
});

test('a name that came with a bad claim is not kept', async () => {
  const { path, progress } = await box();
  const bad = { ask: 'start', with: { name: 'york', claim: 'nonsense', language: 'en' } } as const;
  await expect(ask(bad, { path })).rejects.toMatchObject({ code: 'bad-request' });
  expect((await progress()).name).toBe('leeds');
});

test('why a claim can’t be used is told to who typed it, not to the console', async () => {
  const device = new FakeBox();
  device.takeClaim = () => {
    throw new EnrolmentRefused('controller-needed');
  };
  const { path, reported } = await box(device);
  await expect(ask(start, { path })).rejects.toMatchObject({
    ...{ code: 'bad-request', message: expect.stringContaining('Use the whole claim file') },
  });
  expect(reported).toEqual([]);
});

test('the socket ends with its program, also while a page watches', async () => {
  const { path, server } = await box();
  const watching = watch({ path });
  await watching.next();
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.end();
  await closed;
  expect((await watching.next()).done).toBe(true);
});

test('after a claim for a controller that is another one now, the page asks for a claim again', async () => {
  const device = new FakeBox();
  const enrol = device.enrol.bind(device);
  device.enrol = () => Promise.reject(new EnrolmentRefused('wrong-controller'));
  const { path, progress, until } = await box(device);
  await ask(start, { path });
  await until('recovery');
  expect(await progress()).toMatchObject({ needsClaim: false });
  const words = (await progress()).recovery?.words ?? [];
  await ask({ ask: 'kept', with: { places: [0, 1], words: words.slice(0, 2) } }, { path });
  await until('refused');
  expect(await progress()).toMatchObject({ needsClaim: true, refusal: { code: 'wrong-controller' } });
  device.enrol = enrol;
  await ask(start, { path });
  await until('done');
});
