/** A USB stick with `rockpool.claim`: mounted read-only for as long as it takes to read one file. */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimFile } from '@rockpool/protocol/claim';
import { Refusal } from '@rockpool/protocol/refusal';
import { claimFromFile, type NamedController } from '../enrolment/claims.ts';
import type { Run } from '../exec.ts';
import { lsblkArguments, parseLsblk } from '../facts/block-devices.ts';
import { stickAmong } from '../facts/look.ts';
import { must } from './must.ts';

export const claimFileName = 'rockpool.claim';

/**
 * @returns null when no partition is labelled ROCKPOOL
 * @throws Refusal with one sentence when there is one, and no good claim on it
 */
export async function readStick(
  run: Run,
  memoryFolder: () => string,
  named: NamedController | undefined,
): Promise<ClaimFile | null> {
  const stick = stickAmong(parseLsblk((await run('lsblk', lsblkArguments)).stdout));
  if (!stick) return null;
  const at = mkdtempSync(join(memoryFolder(), 'stick-'));
  // What sticks are formatted with, and no more: every other filesystem is so much more of the kernel for a forged one to meet.
  const mounted = await run('mount', ['-t', 'vfat,exfat', '-o', 'ro,nodev,nosuid,noexec', stick.path, at]);
  try {
    if (mounted.code !== 0)
      throw new Refusal(
        'bad-request',
        `The stick at ${stick.path} can't be read: ${mounted.stderr.trim()} Format it with FAT and copy ${claimFileName} to it.`,
      );
    return claimFromFile(join(at, claimFileName), named);
  } catch (cause) {
    if (!isOfFiles(cause)) throw cause;
    if (cause.code !== 'ENOENT')
      throw new Refusal(
        'bad-request',
        `The stick at ${stick.path} can't be read (${cause.code}). Try another.`,
        {
          cause,
        },
      );
    throw new Refusal(
      'bad-request',
      `There is no ${claimFileName} on the stick at ${stick.path}. Copy the file that \`rockpool-fleet claim create\` wrote to its top folder.`,
      { cause },
    );
  } finally {
    // One that was pulled out while it was read lets go only when nothing holds it any more.
    if (mounted.code === 0) await must(run, 'umount', ['--lazy', at]);
    rmdirSync(at);
  }
}

const isOfFiles = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'errno' in error;
