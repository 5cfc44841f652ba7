/** From a disk that lost its header back to one that opens: the operator's key, the sealed copy, and a real cryptsetup. */
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runCommandLine as runFleet } from '@rockpool/fleet/cli/main.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chooseCipher } from '../disk/cost.ts';
import { escrowHeader } from '../disk/escrow.ts';
import { formatLuks, killLuksSlot, makeKey, mustBeVolume, opensWith } from '../disk/luks.ts';
import { readLuksHeader } from '../disk/luks-header.ts';
import { enrolRecovery, markRecoveryKept, type RecoveryKey } from '../disk/recovery.ts';
import { run } from '../exec.ts';
import type { Facts } from '../facts/facts.ts';
import { readContent } from '../facts/look.ts';
import type { LinuxWorld } from '../linux/world.ts';
import { FakeDevice } from '../world.fixture.ts';
import type { Parts } from './kit.ts';
import { runCommandLine } from './main.ts';
import type { Streams } from './output.ts';

/** In memory, as a device keeps headers. */
const folder = mkdtempSync('/dev/shm/rockpool-escrow-');
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);
const disk = file('disk');
const settings = file('leeds.toml');
const keyFile = file('escrow.key');
const sealedFile = file('leeds.sealed');
const headerFile = file('leeds.header');

let whole: Buffer;
let recovery: RecoveryKey;
let uuid: string;

/** A device whose disk is a file; the rest of it is in memory. */
class Device extends FakeDevice {
  memoryFolder = (): string => folder;
  override async look(): Promise<Facts> {
    const facts = await super.look();
    const { content } = await readContent({ run }, { path: disk, sizeBytes: whole.length, children: [] });
    return { ...facts, disk: facts.disk && { ...facts.disk, path: disk, content } };
  }
}

async function provision(args: string[], typed = 'leeds', device = new Device()) {
  const stdin = new PassThrough();
  let [stdout, stderr] = ['', ''];
  const told = {
    write(text: string) {
      stdout += text;
    },
  };
  const noted = {
    write(text: string) {
      stderr += text;
      if (/: $/.test(text)) setImmediate(() => stdin.write(`${typed}\n`));
    },
  };
  const parts: Parts = {
    openWorld: () => device as unknown as LinuxWorld,
    ...{ run, now: Date.now, posture: () => Promise.resolve([]) },
    ...{ saveReceipt: () => undefined, tellDisk: () => undefined, countSealedUnder: () => 0 },
  };
  const streams = { stdin, stdout: told, stderr: noted } as unknown as Streams;
  return { code: await runCommandLine(args, parts, streams), stdout, stderr };
}
const opened = (...more: string[]) =>
  provision(['escrow', 'open', sealedFile, '--key', keyFile, '--out', headerFile, ...more]);
const restored = (typed?: string, device?: Device) =>
  provision(['escrow', 'restore', headerFile, '--config', settings], typed, device);

beforeAll(async () => {
  writeFileSync(settings, 'version = 1\nname = "leeds"\n');
  let publicKey = '';
  const streams = {
    stdin: new PassThrough(),
    stdout: { write: (text: string) => (publicKey = JSON.parse(text).publicKey) },
    stderr: { write: () => true },
    env: {},
  };
  expect(await runFleet(['escrow', 'create', keyFile, '--json'], streams)).toBe(0);
  writeFileSync(disk, '');
  truncateSync(disk, 20 * 1024 * 1024);
  const key = makeKey();
  await formatLuks(run, disk, { key, cipher: chooseCipher({ aes: true }) });
  recovery = (await enrolRecovery(run, disk, { key })).key;
  await markRecoveryKept(run, disk, new Date('2026-11-22T09:00:00Z'));
  await killLuksSlot(run, disk, 31);
  const sealed = await escrowHeader(run, disk, publicKey, folder);
  writeFileSync(sealedFile, Buffer.from(sealed.sealed, 'base64'));
  whole = readFileSync(disk);
  uuid = (await mustBeVolume(disk)).uuid;
});
beforeEach(() => {
  writeFileSync(disk, whole);
  rmSync(headerFile, { force: true });
});

async function overwrite(byte: number, from = 0, length = 4 * 1024 * 1024): Promise<void> {
  const at = await open(disk, 'r+');
  await at.write(Buffer.alloc(length, byte), 0, length, from);
  await at.close();
}

test.each<[string, () => Promise<void>]>([
  ['both copies are damaged', () => overwrite(0x5a, 512, 1024 * 1024)],
  ['the first megabytes are zeros', () => overwrite(0)],
  ['the first megabytes are noise', () => overwrite(0xa7)],
  ['one copy is damaged', () => overwrite(0x5a, 0, 512)],
  ['nothing is damaged', () => Promise.resolve()],
])(
  'where %s, the operator’s copy comes back and the recovery key opens the disk',
  async (_, damage) => {
    await damage();
    const told = await opened();
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining(uuid) });
    expect(statSync(headerFile).mode & 0o777).toBe(0o600);
    const { code, stdout, stderr } = await restored();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('has its header again');
    expect((await readLuksHeader(disk)).state).toBe('good');
    expect(await opensWith(run, disk, recovery)).toBe(true);
  },
  60_000,
);

test.each<[string, () => Promise<void>, RegExp]>([
  [
    'is another disk',
    async () => void (await anotherVolume()),
    /is disk [0-9a-f-]{36}, and this is the header/,
  ],
  ['holds a filesystem', async () => void (await run('mkfs.ext4', ['-q', '-F', disk])), /holds ext4/],
])('a partition that %s is not written to', async (_, become, says) => {
  await opened();
  await become();
  const before = readFileSync(disk);
  const { code, stderr } = await restored();
  expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(says) });
  expect(readFileSync(disk).equals(before)).toBe(true);
});
const anotherVolume = () => formatLuks(run, disk, { key: makeKey(), cipher: chooseCipher({ aes: true }) });

test('nor is one that is in use, nor one that is missing, nor any while another name is typed', async () => {
  await opened();
  await overwrite(0x5a, 512, 1024 * 1024);
  const before = readFileSync(disk);
  const used = new Device();
  used.usedAt = ['/srv'];
  expect(await restored('leeds', used)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('in use at /srv'),
  });
  const without = new Device();
  without.diskPresent = false;
  expect(await restored('leeds', without)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('disk.data'),
  });
  expect(await restored('york')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nothing was touched'),
  });
  expect(readFileSync(disk).equals(before)).toBe(true);
});

test('a copy that is not whole, another key, or a file that is there already, end in a sentence and no file', async () => {
  const wrongKey = file('other.key');
  await runFleet(['escrow', 'create', wrongKey], {
    ...{ stdin: new PassThrough(), stdout: { write: () => true }, stderr: { write: () => true }, env: {} },
  });
  const open = (sealed: string, key: string) =>
    provision(['escrow', 'open', sealed, '--key', key, '--out', headerFile]);
  const torn = file('torn');
  writeFileSync(torn, readFileSync(sealedFile).subarray(0, 1000));
  for (const [sealed, key, code, says] of [
    [torn, keyFile, 1, 'not whole'],
    [sealedFile, wrongKey, 1, 'another escrow key'],
    [sealedFile, sealedFile, 2, 'is no escrow key'],
    [file('nowhere'), keyFile, 2, 'can’t be read'],
  ] as const)
    expect(await open(sealed, key), says).toMatchObject({ code, stderr: expect.stringContaining(says) });
  expect(() => statSync(headerFile)).toThrow('ENOENT');
  writeFileSync(headerFile, 'mine');
  expect(await opened()).toMatchObject({ code: 4, stderr: expect.stringContaining('is there already') });
  expect(readFileSync(headerFile, 'utf8')).toBe('mine');
  expect(await restored()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no encryption header'),
  });
  expect((await provision(['escrow', 'open', sealedFile])).code).toBe(2);
});
