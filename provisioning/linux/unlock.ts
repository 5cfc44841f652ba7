/** What a person types to open a disk that its board did not open: found by trying, whether the disk is open or not. */
import { Refusal } from '@rockpool/protocol/refusal';
import { opensWith } from '../disk/luks.ts';
import { spelled } from '../disk/passphrase.ts';
import { parseRecoveryKey } from '../disk/recovery.ts';
import type { Run } from '../exec.ts';

/**
 * Words or letters of the recovery key; else a passphrase.
 * @returns the key as its slot takes it
 * @throws Refusal `wrong-code` that says what is wrong with it
 */
export async function keyFrom(run: Run, device: string, typed: string): Promise<string> {
  const { key, mistyped } = read(typed);
  // cryptsetup calls no key at all a fault of its own.
  if (key !== '' && (await opensWith(run, device, { key }))) return key;
  throw new Refusal('wrong-code', mistyped?.message ?? 'This is a recovery key, and not of this disk.', {
    cause: mistyped,
  });
}

function read(typed: string): { key: string; mistyped?: Refusal } {
  try {
    return { key: parseRecoveryKey(typed) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { key: spelled(typed), mistyped: error };
  }
}
