/** A device that leaves: on a real disk file, with the real programs and an emulated TPM. */
import { mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../exec.ts';
import { chooseCipher } from './cost.ts';
import { type EmulatedTpm, emulateTpm } from './emulated-tpm.fixture.ts';
import { escrowHeader, makeEscrowKeys, openEscrow, restoreHeader } from './escrow.ts';
import { formatLuks, killLuksSlot, makeKey, opensWith, readVolume } from './luks.ts';
import { enrolRecovery, markRecoveryKept } from './recovery.ts';
import { sealToTpm } from './seal.ts';
import { planWipe, type WipeFacts, wipe } from './wipe.ts';

let folder: string;
let facts: WipeFacts;
let tpm: EmulatedTpm | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-wipe-'));
  const device = join(folder, 'disk');
  writeFileSync(device, '');
  truncateSync(device, 20 * 1024 * 1024);
  facts = {
    ...{ device, name: 'leeds', openAs: null, mountedAt: null, header: 'good', discards: false, tpm: null },
  };
});
afterEach(async () => {
  await tpm?.close();
  tpm = undefined;
  rmSync(folder, { recursive: true });
});

test('the plan destroys what opens the disk before anything slow, and tells it', () => {
  const all = {
    ...facts,
    openAs: 'rockpool-data',
    mountedAt: '/var/lib/rockpool',
    discards: true,
    tpm: 'device:/dev/tpmrm0',
  };
  expect(planWipe(all).map(({ id }) => id)).toEqual([
    ...['unmount', 'close', 'erase-slots', 'overwrite-header', 'clear-tpm', 'discard'],
  ]);
  expect(planWipe({ ...facts, header: 'lost' }).map(({ id }) => id)).toEqual(['overwrite-header']);
});

test('a name that is not the device’s touches nothing', async () => {
  const key = makeKey();
  await formatLuks(run, facts.device, { key, cipher: chooseCipher({ aes: true }) });
  const before = readFileSync(facts.device);
  await expect(wipe(run, facts, 'york')).rejects.toMatchObject({ code: 'bad-request' });
  expect(readFileSync(facts.device).equals(before)).toBe(true);
});

test('a wiped disk opens by nothing: not by its keys, not by a copy of its header and the board', async () => {
  tpm = await emulateTpm();
  const { device } = facts;
  const key = makeKey();
  await tpm.extend(7, 'Secure Boot with our keys');
  await formatLuks(tpm.run, device, { key, cipher: chooseCipher({ aes: true }) });
  await sealToTpm(tpm.run, device, { key }, { pcrs: [7], signedPcrs: [] });
  const recovery = await enrolRecovery(tpm.run, device, { key });
  await markRecoveryKept(tpm.run, device, new Date());
  await killLuksSlot(tpm.run, device, 31);
  const operator = makeEscrowKeys();
  const { sealed } = await escrowHeader(run, device, operator.publicKey, folder);

  const said = await wipe(tpm.run, { ...facts, tpm: 'device:/dev/tpmrm0' }, 'leeds');
  expect(said).toContain('The TPM has a new seed.');
  expect(await readVolume(device)).toBeNull();
  await expect(opensWith(run, device, recovery.key)).rejects.toMatchObject({ code: 'not-luks' });

  const { backup } = await openEscrow(sealed, operator.secretKey);
  await restoreHeader(run, device, backup, folder);
  expect(await opensWith(tpm.run, device, 'tpm2')).toBe(false);
  // This is why the paper has to go too, as the receipt says.
  expect(await opensWith(tpm.run, device, recovery.key)).toBe(true);
});

test('a drive that says yes and writes nothing is found out', async () => {
  await formatLuks(run, facts.device, { key: makeKey(), cipher: chooseCipher({ aes: true }) });
  const disk = readFileSync(facts.device);
  await expect(
    wipe(
      async (program, args, options) => {
        const ran = await run(program, args, options);
        // What stood before the discard stands again after it.
        if (program === 'blkdiscard') writeFileSync(facts.device, disk);
        return ran;
      },
      { ...facts, discards: true },
      'leeds',
    ),
  ).rejects.toMatchObject({ code: 'not-as-asked', message: expect.stringContaining('is not wiped') });
});

test('cut off by power after the first deed, nothing opens the disk any more', async () => {
  const key = makeKey();
  await formatLuks(run, facts.device, { key, cipher: chooseCipher({ aes: true }) });
  const cut = join(folder, 'cut');
  await expect(
    wipe(
      async (program, args, options) => {
        const ran = await run(program, args, options);
        if (args[0] === 'erase') renameSync(facts.device, cut);
        return ran;
      },
      facts,
      'leeds',
    ),
  ).rejects.toMatchObject({ code: 'device-missing' });
  expect((await readVolume(cut))?.slots).toEqual([]);
  expect(await opensWith(run, cut, key)).toBe(false);
});

test('half a header is wiped as well', async () => {
  const key = makeKey();
  await formatLuks(run, facts.device, { key, cipher: chooseCipher({ aes: true }) });
  const disk = readFileSync(facts.device);
  disk.fill(0, 0, 0x5000);
  writeFileSync(facts.device, disk);
  expect(await wipe(run, { ...facts, header: 'lost' }, ' leeds\n')).toContain(
    `Nothing is left of the header of ${facts.device}.`,
  );
  expect(readFileSync(facts.device).subarray(0x8000, 0x48000).equals(disk.subarray(0x8000, 0x48000))).toBe(
    false,
  );
});
