/** The deeds on a machine, as far as no root and no systemd are needed: what is asked, what is kept, what is said. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createKeyPairP256, issue } from '@rockpool/signing/x509';
import { beforeEach, describe, expect, test } from 'vitest';
import { type DeedsParts, deedsHere, runOwn } from './deeds-here.ts';

let folder: string;
let parts: DeedsParts;
let objection: string | null;
let ordered: string[];
const signal = new AbortController().signal;
const root = await createAuthority({ name: 'Test', years: 1, at: new Date() });
const certify = async (): Promise<void> =>
  writeFileSync(
    join(folder, 'device.crt'),
    await issue(root, createKeyPairP256().publicKey, {
      cn: 'leeds',
      days: 90,
      usages: ['client'],
      at: new Date(),
    }),
  );

beforeEach(async () => {
  objection = null;
  ordered = [];
  folder = mkdtempSync(join(tmpdir(), 'deeds-'));
  mkdirSync(join(folder, 'ask'));
  parts = {
    appliance: { askFolder: join(folder, 'ask') },
    ...{ home: folder, files: { folder, credentials: undefined }, bootId: 'boot-1' },
    selfTest: async () => ({ failed: [], lines: [] }),
    objection: () => null,
    configChanged: () => undefined,
    updates: {
      objection: () => objection,
      install: (id, order) => void ordered.push(`install ${id} ${order.release}`),
      cancel: (id, rollout) => void ordered.push(`cancel ${id} ${rollout}`),
      rollBack: (id, kind, rollout) => void ordered.push(`back ${id} ${kind} ${rollout}`),
      check: async () => ['models/qwen3-8b/2: it needs 5 GB'],
    },
    endProcess: () => undefined,
  };
  await certify();
});

describe('on an appliance', () => {
  test('a restart of the device is asked for by a file, and is found out by another boot', async () => {
    const { reboot } = deedsHere(parts);
    const before = reboot.before();
    expect(await reboot.begin(signal)).toBeUndefined();
    expect(existsSync(join(folder, 'ask/reboot'))).toBe(true);
    expect(reboot.after(before)).toMatchObject({ state: 'failed' });
    expect(deedsHere({ ...parts, bootId: 'boot-2' }).reboot.after(before)).toMatchObject({
      state: 'succeeded',
    });
  });

  test('another certificate is asked for by a file, and is found out by its number', async () => {
    const { rotateCertificate } = deedsHere(parts);
    const before = rotateCertificate.before();
    expect(await rotateCertificate.begin(signal)).toBeUndefined();
    expect(existsSync(join(folder, 'ask/rotate'))).toBe(true);
    expect(rotateCertificate.after(before)).toMatchObject({ state: 'failed' });
    await certify();
    expect(rotateCertificate.after(before)).toMatchObject({ state: 'succeeded' });
  });

  test('the agent ends itself after what it said has been written down', async () => {
    const order: string[] = [];
    const { restartAgent } = deedsHere({ ...parts, endProcess: () => void order.push('ended') });
    await restartAgent.begin(signal);
    order.push('written');
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['written', 'ended']);
  });
});

test('a desk lacks what would end it or its machine, and says why', () => {
  const desk = deedsHere({ ...parts, appliance: undefined });
  for (const name of ['reboot', 'restart-agent'] as const) expect(desk.lacks(name), name).toMatch(/\.$/);
  for (const name of ['run-self-test', 'collect-support-bundle', 'rotate-certificate', 'set-config'] as const)
    expect(desk.lacks(name), name).toBeNull();
  expect(deedsHere(parts).lacks('reboot')).toBeNull();
});

describe('what the updater is for', () => {
  const order = {
    rollout: null,
    release: 'models/qwen3-8b/2',
    now: false,
    again: false,
    limits: {},
  } as const;

  test('is handed to it, under the number of the command', async () => {
    const deeds = deedsHere(parts);
    expect(await deeds.install('1', order)).toMatchObject({ state: 'succeeded' });
    expect(await deeds.rollBack('2', 'model', null)).toMatchObject({ state: 'succeeded' });
    expect(await deeds.cancelInstall('3', 'r')).toMatchObject({ state: 'succeeded' });
    expect(ordered).toEqual(['install 1 models/qwen3-8b/2', 'back 2 model null', 'cancel 3 r']);
    expect(await deeds.checkUpdate(signal)).toMatchObject({ found: ['models/qwen3-8b/2: it needs 5 GB'] });
  });

  test('is refused where nobody’s releases are trusted; taking something back never is', async () => {
    objection = 'This device trusts nobody.';
    const deeds = deedsHere(parts);
    const refused = { state: 'refused', reason: 'not-allowed', says: objection };
    expect(await deeds.install('1', order)).toEqual(refused);
    expect(await deeds.rollBack('2', 'model', null)).toEqual(refused);
    expect(await deeds.checkUpdate(signal)).toEqual(refused);
    expect(await deeds.useModel('models/qwen3-8b/2', signal)).toEqual(refused);
    expect(await deeds.cancelInstall('3', 'r')).toMatchObject({ state: 'succeeded' });
    expect(ordered).toEqual(['cancel 3 r']);
  });

  test('another model is a release of the repository, at once; a file of somebody’s is not', async () => {
    const deeds = deedsHere(parts);
    expect(await deeds.useModel('models/qwen3-8b/2', signal)).toMatchObject({ state: 'succeeded' });
    expect(ordered).toEqual([expect.stringMatching(/^install \S+ models\/qwen3-8b\/2$/)]);
    for (const other of ['/etc/passwd', 'agent/rockpool/2', 'qwen3-8b', 'models/../x'])
      expect(await deeds.useModel(other, signal), other).toMatchObject({ state: 'failed' });
  });
});

test('a self-test that found something has failed, and tells all that it found', async () => {
  const found = { failed: ['disk'], lines: ['bad disk: 0.1 GB free', 'good clock: kept'] };
  const { runSelfTest } = deedsHere({ ...parts, selfTest: async () => found });
  expect(await runSelfTest(signal)).toEqual({
    ...{ state: 'failed', says: 'Something is wrong: disk.', found: found.lines },
  });
});

test('support bundles stay on the device, the last three of them', async () => {
  const bundles = join(folder, 'uplink/bundles');
  mkdirSync(bundles, { recursive: true });
  for (let n = 0; n < 5; n += 1) {
    writeFileSync(join(bundles, `support-${n}.tar.gz`), 'old');
    utimesSync(join(bundles, `support-${n}.tar.gz`), n + 1, n + 1);
  }
  process.env['ROCKPOOL_HOME'] = folder;
  process.env['ROCKPOOL_MODEL'] = join(folder, 'none.gguf');
  try {
    const outcome = await deedsHere(parts).collectSupportBundle('new', signal);
    expect(outcome).toMatchObject({ state: 'succeeded', says: expect.stringContaining('sent to nobody') });
  } finally {
    delete process.env['ROCKPOOL_HOME'];
    delete process.env['ROCKPOOL_MODEL'];
  }
  expect(readdirSync(bundles).sort()).toEqual(['support-3.tar.gz', 'support-4.tar.gz', 'support-new.tar.gz']);
});

describe('a program of ours', () => {
  test('answers with what it says', async () => {
    expect(await runOwn('agent/main.ts', ['--version'], signal)).toMatch(/^\d+\.\d+\.\d+/);
  });
  test('that fails is told by its last line', async () => {
    await expect(runOwn('agent/main.ts', ['no-such-command'], signal)).rejects.toThrow(/no-such-command/);
  });
  test('is not begun when nobody waits for it any more', async () => {
    await expect(runOwn('agent/main.ts', ['--version'], AbortSignal.abort())).rejects.toThrow();
  });
});
