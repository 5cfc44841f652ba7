/** Where no hardware can seal a key: a passphrase that a person types at every boot, dear to guess for whoever has the disk. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Run } from '../exec.ts';
import { type BoardSize, stretchTyped } from './cost.ts';
import { addLuksKey, killLuksSlot, mustBeVolume, saveToken, type Unlock } from './luks.ts';
import { passphraseToken, slotsOf } from './luks-metadata.ts';

/** Of letters as a reader counts them. Below this the dearest slot only delays a guess. */
const leastLetters = 14;

/**
 * In place of the one before, which goes when the new one opens the disk.
 * @throws Refusal `bad-request` when it is too short, or wouldn't be typed the same again
 */
export async function setPassphrase(
  run: Run,
  device: string,
  unlock: Unlock,
  typed: string,
  board: BoardSize,
): Promise<number> {
  const passphrase = normalise(typed);
  const old = slotsOf((await mustBeVolume(device)).metadata).filter(({ kind }) => kind === 'passphrase');
  const slot = await addLuksKey(run, device, unlock, passphrase, { stretching: stretchTyped(board) });
  await saveToken(run, device, { type: passphraseToken, keyslots: [String(slot)] });
  for (const { id } of old) await killLuksSlot(run, device, id);
  return slot;
}

/** The same bytes from every keyboard: for setting and for opening. */
export const spelled = (typed: string): string => typed.normalize('NFKC').trim();

/** @throws Refusal `bad-request` when it is no passphrase to trust a disk to */
export function normalise(typed: string): string {
  const passphrase = spelled(typed);
  const letters = [...new Intl.Segmenter().segment(passphrase)].length;
  if (letters < leastLetters)
    throw new Refusal(
      'bad-request',
      `A passphrase for the disk has ${leastLetters} letters or more, best four words that have nothing to do with each other; this one has ${letters}.`,
    );
  if (/\p{Cc}/u.test(passphrase))
    throw new Refusal(
      'bad-request',
      'This passphrase has a tab, a line end or another letter that nobody sees. Type it without.',
    );
  return passphrase;
}
