/**
 * The disk's key from a Jetson's trusted world, where there is no TPM early enough: NVIDIA's `nvluks-srv-app` asks the
 * trusted application luks-srv in OP-TEE for a passphrase that it derives from the disk-encryption key in the board's
 * EKB partition, the chip's ECID and a context; no two boards and no two contexts get the same.
 *
 * Its contract is that of NVIDIA's public source (nv-optee, optee/samples/luks-srv, BSD-2-Clause; the same in r35 and
 * r36) and of the disk encryption chapter of the Jetson Linux guide: `-u -c CONTEXT` prints 32 hexadecimal digits and
 * a line end, the context has at most 40 characters, and `-n` closes the service until the next boot. That program ends
 * with 0 also when it failed, and prints why where the passphrase would be: a pipe into cryptsetup would make
 * the words of an error message the key of the disk. Nothing of this has run on a board here.
 *
 * On a board whose fuses aren't burnt the root of that derivation is known to everybody, and so is the passphrase to
 * whoever reads the chip's number: `isFused` has to hold first.
 */
import { readFile } from 'node:fs/promises';
import type { Run } from '../exec.ts';
import { DiskError } from './disk-error.ts';
import { addLuksKey, mustBeVolume, openLuks, opensWith, saveToken, type Unlock } from './luks.ts';
import { jetsonToken, slotOf } from './luks-metadata.ts';

const program = 'nvluks-srv-app';

/** The fuse that ends a board's open life, as the kernel of Jetson Linux shows it; one of these is there. */
export const fuseFiles = [
  '/sys/devices/platform/efuse-burn/odm_production_mode',
  '/sys/devices/platform/3810000.efuse/3810000.efuse:efuse-burn/odm_production_mode',
  '/sys/devices/3810000.efuse/3810000.efuse:efuse-burn/odm_production_mode',
];

/** @returns null where no such file is: not a Jetson, or a kernel that shows it elsewhere */
export async function isFused(files: readonly string[] = fuseFiles): Promise<boolean | null> {
  for (const file of files) {
    const value = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (value !== null) return Number.parseInt(value.trim().replace(/^0x/i, ''), 16) === 1;
  }
  return null;
}

/** The disk's own UUID: 36 characters, new with every format, so that a passphrase of an earlier life opens nothing. */
const contextOf = async (device: string): Promise<string> => (await mustBeVolume(device)).uuid;

/** A slot for the board's passphrase; the same again changes nothing. */
export async function sealToJetson(run: Run, device: string, unlock: Unlock): Promise<void> {
  const passphrase = await ask(run, await contextOf(device));
  const known = slotOf((await mustBeVolume(device)).metadata, 'jetson');
  if (known && (await opensWith(run, device, passphrase, known.id))) return;
  const slot = await addLuksKey(run, device, unlock, passphrase, { stretching: { kind: 'random-key' } });
  await saveToken(run, device, { type: jetsonToken, keyslots: [String(slot)] });
}

/** At boot. The service is closed afterwards in any case: whoever breaks in later can't ask it for the key. */
export async function openByJetson(
  run: Run,
  device: string,
  name: string,
  options?: { discards?: boolean },
): Promise<void> {
  try {
    await openLuks(run, device, name, { key: await ask(run, await contextOf(device)) }, options);
  } finally {
    await closeService(run);
  }
}

/** Until the next boot. @throws DiskError `not-sealed` when it still answers */
export async function closeService(run: Run): Promise<void> {
  await run(program, ['-n']);
  const again = await run(program, ['-u', '-c', 'rockpool']);
  if (passphraseIn(again.stdout) !== null)
    throw new DiskError(
      'not-sealed',
      `${program} still gives the disk's key after it was told to stop. Reboot; then report this board's release.`,
    );
}

async function ask(run: Run, context: string): Promise<string> {
  const ran = await run(program, ['-u', '-c', context], { timeoutMs: 30_000 });
  const passphrase = ran.code === 0 ? passphraseIn(ran.stdout) : null;
  if (passphrase === null) {
    const says = `${ran.stdout} ${ran.stderr}`.trim();
    // TEE_ERROR_ACCESS_DENIED: the application's flag is down.
    const cure = /0xffff0001/i.test(says)
      ? 'The service was closed earlier in this boot; reboot, and open the disk before anything closes it.'
      : 'Check that the board was flashed with disk encryption (an EKB with its key) and that /dev/tee0 is there.';
    throw new DiskError(
      'not-sealed',
      `${program} gave no key (${says || `it ended with ${ran.code}`}). ${cure}`,
    );
  }
  return passphrase;
}

/** 16 bytes as digits, and nothing else; all zeros is what an empty buffer looks like. */
function passphraseIn(stdout: string): string | null {
  const digits = /^([0-9a-f]{32})\n$/.exec(stdout)?.[1];
  return digits && !/^0+$/.test(digits) ? digits : null;
}
