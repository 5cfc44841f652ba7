/** LUKS2 on plain files, by the real cryptsetup: what opens, what is damaged, and what must not be taken away. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../exec.ts';
import { chooseCipher } from './cost.ts';
import { escrowHeader, headerDigest, makeEscrowKeys, openEscrow, restoreHeader } from './escrow.ts';
import {
  addLuksKey,
  eraseLuks,
  formatLuks,
  killLuksSlot,
  makeKey,
  mustBeVolume,
  opensWith,
  readVolume,
  repairLuks,
  saveToken,
} from './luks.ts';
import { readLuksHeader } from './luks-header.ts';
import { passphraseToken, provisioningToken } from './luks-metadata.ts';
import { enrolRecovery, markRecoveryKept, parseRecoveryKey, type RecoveryKey, toWords } from './recovery.ts';

let folder: string;
let fresh: Buffer;
let key: string;
let device: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-luks-'));
  device = join(folder, 'disk');
  key = makeKey();
  writeFileSync(device, '');
  truncateSync(device, 20 * 1024 * 1024);
  await formatLuks(run, device, { key, cipher: chooseCipher({ aes: true }) });
  fresh = readFileSync(device);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => writeFileSync(device, fresh));

async function damage(from: number, length = 512): Promise<void> {
  const file = await open(device, 'r+');
  await file.write(Buffer.alloc(length, 0x5a), 0, length, from);
  await file.close();
}

const kinds = async (): Promise<string[]> =>
  (await mustBeVolume(device)).slots.map(({ kind }) => kind).sort();

/** As at the end of a setup without a TPM. */
async function provision(): Promise<RecoveryKey> {
  const recovery = await enrolRecovery(run, device, { key });
  await markRecoveryKept(run, device, new Date('2026-11-22T09:00:00Z'));
  await killLuksSlot(run, device, 31);
  return recovery.key;
}

test('a new disk is ours by one write: AES-256-XTS, sectors of 4096, one slot, unfinished', async () => {
  expect(await mustBeVolume(device)).toMatchObject({
    label: 'rockpool-data',
    cipher: 'aes-xts-plain64',
    keyBits: 512,
    sectorBytes: 4096,
    slots: [{ id: 31, kind: 'bootstrap', stretching: 'pbkdf2' }],
    mark: 'unfinished',
    header: { state: 'good' },
  });
});

test('a wrong key opens nothing, and is told as that', async () => {
  expect(await opensWith(run, device, key)).toBe(true);
  expect(await opensWith(run, device, makeKey())).toBe(false);
  await expect(
    addLuksKey(run, device, { key: 'wrong' }, 'new', { stretching: { kind: 'random-key' } }),
  ).rejects.toMatchObject({
    code: 'wrong-key',
  });
  expect(await kinds()).toEqual(['bootstrap']);
});

test('a typed passphrase gets a slot that is dear to guess, whatever letters it has', async () => {
  const passphrase = 'Schlüssel 钥匙 "quoted" $HOME';
  const stretching = { kind: 'argon2id', memoryKiB: 32 * 1024, passes: 4, lanes: 1 } as const;
  const slot = await addLuksKey(run, device, { key }, passphrase, { stretching });
  await saveToken(run, device, { type: passphraseToken, keyslots: [String(slot)] });
  const { metadata, slots } = await mustBeVolume(device);
  expect(slots).toContainEqual({ id: slot, kind: 'passphrase', policy: null, stretching: 'argon2id' });
  expect(metadata.keyslots[slot]?.kdf).toMatchObject({ type: 'argon2id', memory: 32 * 1024, time: 4 });
  expect(await opensWith(run, device, passphrase, slot)).toBe(true);
});

test('what is no disk, and what is no LUKS2, is said so', async () => {
  await expect(readVolume(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'device-missing' });
  writeFileSync(join(folder, 'zeros'), Buffer.alloc(1024 * 1024));
  expect(await readVolume(join(folder, 'zeros'))).toBeNull();
  await expect(killLuksSlot(run, join(folder, 'zeros'), 0)).rejects.toMatchObject({ code: 'not-luks' });
  const ran = await run(
    'cryptsetup',
    [
      'luksFormat',
      '--batch-mode',
      '--type',
      'luks1',
      '--pbkdf-force-iterations',
      '1000',
      '--key-file',
      '-',
      join(folder, 'zeros'),
    ],
    { input: 'x' },
  );
  expect(ran).toMatchObject({ code: 0 });
  expect(await readLuksHeader(join(folder, 'zeros'))).toMatchObject({ state: 'none' });
});

describe('the header', () => {
  test.each([
    ['primary', 0],
    ['primary', 600],
    ['primary', 4096 + 100],
    ['secondary', 0x4000],
    ['secondary', 0x4000 + 4096 + 100],
  ] as const)('a damaged %s copy (at byte %i) is told, still opens, and is repaired', async (place, at) => {
    await damage(at);
    const report = await readLuksHeader(device);
    expect(report.state).toBe('damaged');
    expect(report.says).toContain(`The ${place} copy`);
    expect(await readVolume(device)).toMatchObject({ mark: 'unfinished' });
    // Looking has not mended it behind our back.
    expect((await readLuksHeader(device)).state).toBe('damaged');

    expect((await repairLuks(run, device)).state).toBe('good');
    expect(await opensWith(run, device, key)).toBe(true);
  });

  test('an older copy is told too: it has slots that were destroyed since', async () => {
    const old = readFileSync(device).subarray(0x4000, 0x8000);
    await addLuksKey(run, device, { key }, 'second', { stretching: { kind: 'random-key' } });
    const file = await open(device, 'r+');
    await file.write(old, 0, old.length, 0x4000);
    await file.close();
    const report = await readLuksHeader(device);
    expect(report).toMatchObject({ state: 'damaged' });
    expect(report.says).toContain('The secondary copy of the encryption header is older');
    expect(await kinds()).toEqual(['bootstrap', 'unknown']);
    expect((await repairLuks(run, device)).copies.map(({ sequence }) => sequence)).toEqual(
      Array(2).fill(report.copies[0].sequence),
    );
  });

  test('with both copies damaged nothing opens, and nothing is written by trying', async () => {
    await damage(600);
    await damage(0x4000 + 600);
    expect(await readLuksHeader(device)).toMatchObject({
      state: 'lost',
      cure: expect.stringContaining('escrow'),
    });
    expect(await readVolume(device)).toBeNull();
    await expect(opensWith(run, device, key)).rejects.toMatchObject({ code: 'not-luks' });
    const before = readFileSync(device);
    await expect(repairLuks(run, device)).rejects.toMatchObject({ code: 'header-damaged' });
    expect(readFileSync(device).equals(before)).toBe(true);
  });

  test('restored from escrow, a header that was overwritten opens the disk again', async () => {
    const recovery = await provision();
    const operator = makeEscrowKeys();
    const { digest, sealed } = await escrowHeader(run, device, operator.publicKey, folder);
    expect(sealed.length).toBeLessThan(1024 * 1024);
    expect(await headerDigest(run, device, folder)).toBe(digest);

    await damage(0, 4 * 1024 * 1024);
    expect(await readVolume(device)).toBeNull();
    const opened = await openEscrow(sealed, operator.secretKey);
    expect(opened.digest).toBe(digest);
    await restoreHeader(run, device, opened.backup, folder);
    expect(await mustBeVolume(device)).toMatchObject({ mark: 'kept', uuid: opened.uuid });
    expect(await opensWith(run, device, recovery)).toBe(true);
    expect(await opensWith(run, device, key)).toBe(false);
  });

  test('an escrowed header is of no use to another key, nor for another disk, nor when a bit of it is wrong', async () => {
    const operator = makeEscrowKeys();
    const { sealed } = await escrowHeader(run, device, operator.publicKey, folder);
    await expect(openEscrow(sealed, makeEscrowKeys().secretKey)).rejects.toMatchObject({
      code: 'escrow-broken',
    });
    const spoiled = Buffer.from(sealed, 'base64');
    spoiled[1000] = (spoiled[1000] ?? 0) ^ 1;
    await expect(openEscrow(spoiled.toString('base64'), operator.secretKey)).rejects.toMatchObject({
      code: 'escrow-broken',
    });

    const { backup } = await openEscrow(sealed, operator.secretKey);
    await formatLuks(run, device, { key, cipher: chooseCipher({ aes: true }) });
    await expect(restoreHeader(run, device, backup, folder)).rejects.toMatchObject({ code: 'escrow-broken' });
  });

  test('the escrowed copy holds no slot that was destroyed, and no byte of what lay there before', async () => {
    await addLuksKey(run, device, { key }, 'goes', { stretching: { kind: 'random-key' }, slot: 7 });
    const at = Number((await mustBeVolume(device)).metadata.keyslots[7]?.area.offset);
    await killLuksSlot(run, device, 7);
    await damage(at, 4096);
    const operator = makeEscrowKeys();
    const { backup } = await openEscrow(
      (await escrowHeader(run, device, operator.publicKey, folder)).sealed,
      operator.secretKey,
    );
    expect(backup.subarray(at, at + 4096).every((byte) => byte === 0)).toBe(true);
  });

  test('a damaged header is not escrowed over a good one', async () => {
    await damage(600);
    await expect(escrowHeader(run, device, makeEscrowKeys().publicKey, folder)).rejects.toMatchObject({
      code: 'header-damaged',
    });
  });
});

describe('the recovery key', () => {
  test('opens a real disk, typed as words', async () => {
    const { key: recovery, slot } = await enrolRecovery(run, device, { key });
    const typed = toWords(recovery).join(' ');
    expect(await opensWith(run, device, parseRecoveryKey(typed), slot)).toBe(true);
  });

  test('makes the disk a device’s when a person has kept it, and for good', async () => {
    const first = await enrolRecovery(run, device, { key });
    expect(await mustBeVolume(device)).toMatchObject({ mark: 'unfinished' });
    await markRecoveryKept(run, device, new Date('2026-11-22T09:00:00Z'));
    expect(await mustBeVolume(device)).toMatchObject({ mark: 'kept' });

    const second = await enrolRecovery(run, device, { key: first.key });
    expect(await opensWith(run, device, first.key)).toBe(false);
    expect(await opensWith(run, device, second.key)).toBe(true);
    // Nobody has kept the second yet; that doesn't make the disk one that may be formatted.
    expect(await mustBeVolume(device)).toMatchObject({ mark: 'kept' });
  });

  test('may be two, for two places', async () => {
    const branch = await enrolRecovery(run, device, { key });
    const office = await enrolRecovery(run, device, { key }, { keepOld: true });
    expect(await opensWith(run, device, branch.key, branch.slot)).toBe(true);
    expect(await opensWith(run, device, office.key, office.slot)).toBe(true);
  });

  test('is the last way in, and can’t be destroyed', async () => {
    await provision();
    const [slot] = (await mustBeVolume(device)).slots;
    await expect(killLuksSlot(run, device, slot?.id ?? -1)).rejects.toMatchObject({ code: 'last-way-in' });
    expect(await kinds()).toEqual(['recovery']);
  });
});

test('a word of ours that a later version wrote keeps the disk from being formatted', async () => {
  await saveToken(run, device, { type: provisioningToken, keyslots: [], version: 2, finished: true });
  expect(await mustBeVolume(device)).toMatchObject({ mark: 'kept' });
});

test('another’s LUKS2 is foreign', async () => {
  expect((await run('cryptsetup', ['config', device, '--label', 'backups'])).code).toBe(0);
  expect(await mustBeVolume(device)).toMatchObject({ mark: 'foreign' });
});

test('erased, no key opens it any more', async () => {
  const recovery = await provision();
  await eraseLuks(run, device);
  expect(await kinds()).toEqual([]);
  expect(await opensWith(run, device, recovery)).toBe(false);
});
