/** Sealing, by systemd's and cryptsetup's own programs against an emulated TPM: what opens, and what must not. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chooseCipher } from './cost.ts';
import { type EmulatedTpm, emulateTpm } from './emulated-tpm.fixture.ts';
import { formatLuks, killLuksSlot, makeKey, mustBeVolume, opensWith } from './luks.ts';
import { slotsOf } from './luks-metadata.ts';
import { enrolRecovery, markRecoveryKept, type RecoveryKey } from './recovery.ts';
import { enduresOutages, sealToTpm, unmeasured } from './seal.ts';

let folder: string;
let device: string;
let key: string;
let tpm: EmulatedTpm;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-seal-'));
  tpm = await emulateTpm();
});
afterAll(async () => {
  await tpm.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await tpm.restart();
  await boot({ 7: 'Secure Boot with our keys', 11: 'release 1' });
  device = join(folder, 'disk');
  rmSync(device, { force: true });
  writeFileSync(device, '');
  truncateSync(device, 32 * 1024 * 1024);
  key = makeKey();
  await formatLuks(tpm.run, device, { key, cipher: chooseCipher({ aes: true }) });
});

async function boot(measured: Record<number, string>): Promise<void> {
  for (const [pcr, what] of Object.entries(measured)) await tpm.extend(Number(pcr), what);
}

const kinds = async (): Promise<string[]> =>
  (await mustBeVolume(device)).slots.map(({ kind }) => kind).sort();

/** As at the end of a setup: the seal and a recovery key, nothing else. */
async function provision(pcrs = [7]): Promise<RecoveryKey> {
  await sealToTpm(tpm.run, device, { key }, { pcrs, signedPcrs: [] });
  const recovery = await enrolRecovery(tpm.run, device, { key });
  await markRecoveryKept(tpm.run, device, new Date());
  await killLuksSlot(tpm.run, device, 31);
  expect(await kinds()).toEqual(['recovery', 'tpm2']);
  return recovery.key;
}

test('the disk opens by the TPM after a reboot into the same system, and not into another', async () => {
  await provision();
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(true);

  await tpm.restart();
  await boot({ 7: 'Secure Boot with our keys', 11: 'release 2' });
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(true);

  await tpm.restart();
  await boot({ 7: 'Secure Boot off' });
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);
});

test('the disk does not open by the TPM of another board', async () => {
  await provision();
  const other = await emulateTpm();
  try {
    await other.extend(7, 'Secure Boot with our keys');
    expect(await opensWith(other.run, device, 'tpm2')).toBe(false);
  } finally {
    await other.close();
  }
});

test('a wrong key is wrong also where the TPM would open the disk', async () => {
  await provision();
  expect(await opensWith(tpm.run, device, 'not the key')).toBe(false);
});

test('sealing the same again changes nothing, and leaves one seal', async () => {
  const first = await sealToTpm(tpm.run, device, { key }, { pcrs: [7], signedPcrs: [] });
  expect(await sealToTpm(tpm.run, device, { key }, { pcrs: [7], signedPcrs: [] })).toEqual(first);
  expect(first.policy).toEqual({ pcrs: [7], signedPcrs: [], pin: false, bank: 'sha256' });
  expect(await kinds()).toEqual(['bootstrap', 'tpm2']);
});

test('a seal under another policy replaces the old one, asked with the TPM alone', async () => {
  await provision();
  await sealToTpm(tpm.run, device, 'tpm2', { pcrs: [7, 11], signedPcrs: [] });
  expect(await kinds()).toEqual(['recovery', 'tpm2']);

  await tpm.restart();
  await boot({ 7: 'Secure Boot with our keys', 11: 'release 2' });
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);
});

test('after a changed boot chain the recovery key seals anew, and the old state opens no more', async () => {
  const recovery = await provision();
  await tpm.restart();
  await boot({ 7: 'Secure Boot with new keys' });
  await sealToTpm(tpm.run, device, { key: recovery }, { pcrs: [7], signedPcrs: [] });
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(true);
  expect(await opensWith(tpm.run, device, recovery)).toBe(true);
  expect(await kinds()).toEqual(['recovery', 'tpm2']);

  await tpm.restart();
  await boot({ 7: 'Secure Boot with our keys' });
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);
});

test('a TPM that was cleared is sealed to again, under the same policy', async () => {
  const recovery = await provision();
  expect((await tpm.run('tpm2_clear', ['-T', 'device:/dev/tpmrm0'])).code).toBe(0);
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);
  await sealToTpm(tpm.run, device, { key: recovery }, { pcrs: [7], signedPcrs: [] });
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(true);
});

test('a PCR that the firmware measures nothing into is refused, and no seal is left', async () => {
  await tpm.restart();
  await expect(sealToTpm(tpm.run, device, { key }, { pcrs: [7], signedPcrs: [] })).rejects.toMatchObject({
    code: 'not-sealed',
    message: expect.stringContaining('measures nothing into PCR 7'),
  });
  expect(await kinds()).toEqual(['bootstrap']);
});

test('a wrong key seals nothing', async () => {
  await expect(
    sealToTpm(tpm.run, device, { key: 'nope' }, { pcrs: [7], signedPcrs: [] }),
  ).rejects.toMatchObject({
    code: 'not-sealed',
  });
  expect(await kinds()).toEqual(['bootstrap']);
});

test('a key of one moment that a power cut left behind goes with the next', async () => {
  await provision();
  await sealToTpm(
    (program, args, options) => {
      if (program === 'systemd-cryptenroll') throw new Error('power cut');
      return args[0] === 'luksKillSlot'
        ? Promise.reject(new Error('power cut'))
        : tpm.run(program, args, options);
    },
    device,
    'tpm2',
    { pcrs: [7, 11], signedPcrs: [] },
  ).catch((error: unknown) => expect(String(error)).toContain('power cut'));
  expect(await kinds()).toEqual(['bootstrap', 'recovery', 'tpm2']);

  await sealToTpm(tpm.run, device, 'tpm2', { pcrs: [7, 11], signedPcrs: [] });
  expect(await kinds()).toEqual(['recovery', 'tpm2']);
});

describe('a policy that the release key signs', () => {
  const release = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let publicKeyFile: string;

  beforeEach(() => {
    publicKeyFile = join(folder, 'release.pem');
    writeFileSync(publicKeyFile, pemOf(release.publicKey));
  });

  test('an update of ours opens without a new seal; what nobody signed does not', async () => {
    await restartInto('release 1', release.privateKey);
    await sealToTpm(tpm.run, device, { key }, { pcrs: [7], signedPcrs: [11], publicKeyFile });
    expect((await mustBeVolume(device)).slots.find(({ kind }) => kind === 'tpm2')?.policy).toMatchObject({
      pcrs: [7],
      signedPcrs: [11],
    });
    for (const name of ['release 1', 'release 2']) {
      await restartInto(name, release.privateKey);
      expect(await opensWith(tpm.run, device, 'tpm2'), name).toBe(true);
    }
    await restartInto(
      'a system of somebody else',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    );
    expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);

    await restartInto('release 2', release.privateKey);
    await tpm.extend(11, 'leave-initrd');
    expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);
  });

  test('is not sealed to by a system that was not signed itself, for it would not open', async () => {
    await restartInto('release 1', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    await expect(
      sealToTpm(tpm.run, device, { key }, { pcrs: [7], signedPcrs: [11], publicKeyFile }),
    ).rejects.toMatchObject({ message: expect.stringContaining('signed') });
  });

  /** What a unified kernel image brings along: its PCR 11, signed at the build. */
  async function restartInto(name: string, by: KeyObject): Promise<void> {
    await tpm.restart();
    await boot({ 7: 'Secure Boot with our keys', 11: name });
    tpm.write('tpm2-pcr-signature.json', signatureOf(name, by));
  }
});

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const pemOf = (publicKey: KeyObject): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** TPM 2.0 Library, part 3, TPM2_PolicyPCR: the policy of PCR 11 after one thing was measured into it. */
function signatureOf(measured: string, by: KeyObject): string {
  const pcr11 = sha256(Buffer.alloc(32), sha256(Buffer.from(measured)));
  const selection = Buffer.from('00000001' + '000b' + '03' + '000800', 'hex');
  const policy = sha256(Buffer.alloc(32), Buffer.from('0000017f', 'hex'), selection, sha256(pcr11));
  const publicKey = createPublicKey(by);
  return JSON.stringify({
    sha256: [
      {
        pcrs: [11],
        pkfp: sha256(publicKey.export({ type: 'pkcs1', format: 'der' })).toString('hex'),
        pol: policy.toString('hex'),
        sig: sign('sha256', policy, by).toString('base64'),
      },
    ],
  });
}

test('power cuts in a row do not lock the disk', async () => {
  expect((await tpm.run('tpm2_clear', ['-T', 'device:/dev/tpmrm0'])).code).toBe(0);
  expect(await enduresOutages(tpm.run)).toBe(false);
  await provision();
  expect(await enduresOutages(tpm.run)).toBe(true);
  for (let cuts = 1; cuts <= 5; cuts += 1) {
    await tpm.cutPower();
    await boot({ 7: 'Secure Boot with our keys' });
    expect(await opensWith(tpm.run, device, 'tpm2'), `after ${cuts} power cuts`).toBe(true);
  }
});

test('PCRs at rest are named before anything is sealed to them', async () => {
  const pcrs = join(folder, 'pcr-sha256');
  mkdirSync(pcrs);
  const values = { 7: 'a5'.repeat(32), 11: '00'.repeat(32), 16: 'FF'.repeat(32) };
  for (const [pcr, value] of Object.entries(values)) writeFileSync(join(pcrs, pcr), `${value}\n`);
  expect(await unmeasured([7, 11, 16], pcrs)).toEqual([11, 16]);
});

test('slots of the three kinds of one disk are told apart', async () => {
  await provision();
  expect(
    slotsOf((await mustBeVolume(device)).metadata).map(({ kind, stretching }) => ({ kind, stretching })),
  ).toEqual([
    { kind: 'tpm2', stretching: 'pbkdf2' },
    { kind: 'recovery', stretching: 'pbkdf2' },
  ]);
});
