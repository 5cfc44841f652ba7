/** The Jetson's way, against a fake that keeps the contract of NVIDIA's public source, and a real LUKS2 file. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Run, run } from '../exec.ts';
import { chooseCipher } from './cost.ts';
import { fakeBoard } from './fake-nvluks-srv-app.ts';
import { closeService, isFused, openByJetson, sealToJetson } from './jetson.ts';
import { formatLuks, makeKey, mustBeVolume, opensWith } from './luks.ts';

let folder: string;
let device: string;
let key: string;
/** This machine has no device-mapper: whether the key opens is the answer here, and opening is refused by the kernel. */
const testing: Run = (program, args, options) =>
  run(
    program,
    args[0] === 'open' && !args.includes('--test-passphrase')
      ? ['open', '--test-passphrase', ...args.slice(1, -1)]
      : args,
    options,
  );

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-jetson-'));
  device = join(folder, 'disk');
  key = makeKey();
  writeFileSync(device, '');
  truncateSync(device, 20 * 1024 * 1024);
  await formatLuks(run, device, { key, cipher: chooseCipher({ aes: true }) });
});
afterEach(() => rmSync(folder, { recursive: true }));

const kinds = async (): Promise<string[]> =>
  (await mustBeVolume(device)).slots.map(({ kind }) => kind).sort();

test('the board opens its disk at every boot, and once a boot', async () => {
  const board = fakeBoard('ecid of this board', testing);
  await sealToJetson(board.run, device, { key });
  expect(await kinds()).toEqual(['bootstrap', 'jetson']);

  await openByJetson(board.run, device, 'rockpool-data');
  await expect(openByJetson(board.run, device, 'rockpool-data')).rejects.toMatchObject({
    code: 'not-sealed',
    message: expect.stringContaining('closed earlier in this boot'),
  });
  board.reboot();
  await openByJetson(board.run, device, 'rockpool-data');
});

test('sealing again adds no second slot', async () => {
  const board = fakeBoard('ecid of this board', testing);
  await sealToJetson(board.run, device, { key });
  await sealToJetson(board.run, device, { key });
  expect(await kinds()).toEqual(['bootstrap', 'jetson']);
});

test('another board does not open it', async () => {
  await sealToJetson(fakeBoard('ecid of this board', testing).run, device, { key });
  const other = fakeBoard('ecid of another', testing);
  await expect(openByJetson(other.run, device, 'rockpool-data')).rejects.toMatchObject({ code: 'wrong-key' });
  // Closed also after a try that failed.
  expect((await other.run('nvluks-srv-app', ['-u', '-c', 'rockpool'])).stdout).toContain('0xffff0001');
});

test('the words of an error, which the program prints where the key would be, never become a key', async () => {
  const board = fakeBoard('ecid of this board', testing, { lacksKey: true });
  await expect(sealToJetson(board.run, device, { key })).rejects.toMatchObject({
    code: 'not-sealed',
    message: expect.stringContaining('EKB'),
  });
  expect(await kinds()).toEqual(['bootstrap']);
  expect(await opensWith(run, device, 'TEEC_InvokeCommand failed 0xffff0008 origin 0x4\n')).toBe(false);
});

test('a key of nothing but zeros is none', async () => {
  const zeros: Run = async (program, args, options) =>
    program === 'nvluks-srv-app'
      ? { code: 0, stdout: `${'0'.repeat(32)}\n`, stderr: '' }
      : run(program, args, options);
  await expect(sealToJetson(zeros, device, { key })).rejects.toMatchObject({ code: 'not-sealed' });
  expect(await kinds()).toEqual(['bootstrap']);
});

test('a service that goes on answering after it was told to stop is found out', async () => {
  const board = fakeBoard('ecid of this board', testing);
  const deaf: Run = (program, args, options) =>
    args.includes('-n')
      ? Promise.resolve({ code: 0, stdout: '', stderr: '' })
      : board.run(program, args, options);
  await expect(closeService(deaf)).rejects.toMatchObject({ code: 'not-sealed' });
});

test.each([
  ['0x00000001', true],
  ['0x00000000', false],
  ['1', true],
])('a fuse file that says %s', async (says, fused) => {
  const file = join(folder, 'odm_production_mode');
  writeFileSync(file, `${says}\n`);
  expect(await isFused([join(folder, 'not-there'), file])).toBe(fused);
});

test('where no fuse can be read, that is not taken for burnt', async () => {
  expect(await isFused([join(folder, 'not-there')])).toBeNull();
});
