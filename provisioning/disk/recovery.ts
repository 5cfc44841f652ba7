/** The key for the day when the board has died: made by systemd, shown once, as letters, words and a picture; kept by a person and nowhere else. */

import { Refusal } from '@rockpool/protocol/refusal';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import encodeQR from 'qr';
import type { Run } from '../exec.ts';
import { DiskError } from './disk-error.ts';
import { mustBeVolume, opensWith, saveToken, type Unlock, withPassingKey } from './luks.ts';
import { provisioningOf, provisioningToken, slotsOf } from './luks-metadata.ts';

/** systemd's alphabet, the same place on every keyboard layout: 64 letters of four bits, in groups of eight. */
const letters = 'cbdefghijklnrtuv';
const written = /^(?:[cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}$/;

declare const recoveryKey: unique symbol;
/** In the one written form that opens a slot; made by `parseRecoveryKey` only. */
export type RecoveryKey = string & { readonly [recoveryKey]: true };

/**
 * A new one in place of all that were; the old ones go when it is there. Nobody has kept it yet: `markRecoveryKept` says that.
 * @param keepOld for a second one: one for the branch, one for head office
 */
export async function enrolRecovery(
  run: Run,
  device: string,
  unlock: Unlock,
  { keepOld = false }: { keepOld?: boolean } = {},
): Promise<{ key: RecoveryKey; slot: number }> {
  return withPassingKey(run, device, unlock, async (passing) => {
    const before = new Set((await mustBeVolume(device)).slots.map(({ id }) => id));
    const wipe = keepOld ? [] : ['--wipe-slot=recovery'];
    const ran = await run('systemd-cryptenroll', [...wipe, '--recovery-key', device], {
      env: { PASSWORD: passing },
      timeoutMs: 300_000,
    });
    if (ran.code !== 0)
      throw new DiskError(
        'failed',
        `No recovery key was made: ${ran.stderr.trim().split('\n').at(-1) ?? ''}. Check the drive.`,
      );
    const { metadata } = await mustBeVolume(device);
    const slot = slotsOf(metadata).find(({ id, kind }) => kind === 'recovery' && !before.has(id))?.id;
    const key = parseRecoveryKey(ran.stdout.trim());
    if (slot === undefined || !(await opensWith(run, device, key, slot)))
      throw new DiskError(
        'not-as-asked',
        `A recovery key was made for ${device} and does not open it. Try again; then check the drive.`,
      );
    if (!keepOld) await note(run, device, { slot, keptAt: null });
    return { key, slot };
  });
}

/**
 * A person has proved to have kept the key. From the first time on this disk holds data, and nobody formats it again.
 * @param slot of a key that was made beside another (`keepOld`) and is to take its place
 */
export async function markRecoveryKept(run: Run, device: string, at: Date, slot?: number): Promise<void> {
  const known = provisioningOf((await mustBeVolume(device)).metadata)?.token.recovery;
  const recovery = slot === undefined ? known : { slot };
  if (!recovery)
    throw new DiskError('failed', `${device} has no recovery key that could be kept. Make one first.`);
  await note(run, device, { slot: recovery.slot, keptAt: at.toISOString() });
}

async function note(
  run: Run,
  device: string,
  recovery: { slot: number; keptAt: string | null },
): Promise<void> {
  const known = provisioningOf((await mustBeVolume(device)).metadata);
  const finishedAt = known?.token.finishedAt ?? recovery.keptAt;
  await saveToken(
    run,
    device,
    { type: provisioningToken, keyslots: [], version: 1, finishedAt, recovery },
    known?.id,
  );
}

export function toWords(key: RecoveryKey): string[] {
  const digits = [...key.replaceAll('-', '')].map((letter) => letters.indexOf(letter).toString(16)).join('');
  return entropyToMnemonic(Buffer.from(digits, 'hex'), wordlist).split(' ');
}

/** Modules of a QR code, row by row, of the key as letters; with the quiet border that readers need. */
export const toQr = (key: RecoveryKey): boolean[][] => encodeQR(key, 'raw', { ecc: 'medium', border: 4 });

/**
 * As people type it: letters or words, in any case, with any spaces, dashes or line numbers between.
 * @throws Refusal `bad-request` in one sentence that names the place, and the word that was probably meant
 */
export function parseRecoveryKey(typed: string): RecoveryKey {
  const plain = typed.normalize('NFKC').toLowerCase().trim();
  const parts = plain.split(/[^\p{L}]+/u).filter(Boolean);
  const all = parts.join('');
  // Letters may be written in groups of any size; whatever has many parts and not 64 letters was meant as words.
  const areWords = parts.some((part) => known.has(part)) || (parts.length > 8 && all.length !== 64);
  return areWords ? fromWords(parts) : fromLetters(all, parts);
}

function fromWords(words: readonly string[]): RecoveryKey {
  const wrong = words.findIndex((word) => !known.has(word));
  if (wrong >= 0) {
    const meant = nearest(words[wrong] ?? '');
    throw new Refusal(
      'bad-request',
      `Word ${wrong + 1}, “${words[wrong]}”, is not one of the list; ${meant.length > 0 ? `it may be “${meant.join('” or “')}”.` : 'compare it with what was written down.'}`,
      { param: String(wrong) },
    );
  }
  if (words.length !== 24)
    throw new Refusal(
      'bad-request',
      `The recovery key has 24 words; these are ${words.length}. Compare them with what was written down.`,
    );
  try {
    const digits = Buffer.from(mnemonicToEntropy(words.join(' '), wordlist)).toString('hex');
    return grouped([...digits].map((digit) => letters[Number.parseInt(digit, 16)]).join(''));
  } catch (cause) {
    throw new Refusal(
      'bad-request',
      'All words are of the list, but not these in this order: one is mistaken for another, or two are swapped. Compare them one by one.',
      { cause },
    );
  }
}

function fromLetters(all: string, groups: readonly string[]): RecoveryKey {
  const at = [...all].findIndex((letter) => !letters.includes(letter));
  if (at >= 0)
    throw new Refusal(
      'bad-request',
      `“${[...all][at]}”, letter ${(at % 8) + 1} of group ${Math.floor(at / 8) + 1}, stands in no recovery key; its letters are ${letters}.`,
      { param: String(at) },
    );
  if (all.length !== 64) {
    const odd = groups.length === 8 ? groups.findIndex((group) => group.length !== 8) : -1;
    const where =
      odd >= 0 ? ` Group ${odd + 1} has ${groups[odd]?.length} instead of 8.` : ' Compare it group by group.';
    throw new Refusal(
      'bad-request',
      `The recovery key has 64 letters, or 24 words; these are ${all.length} letters.${where}`,
    );
  }
  return grouped(all);
}

function grouped(all: string): RecoveryKey {
  const key = (all.match(/.{8}/g) ?? []).join('-');
  if (!written.test(key)) throw new RangeError('a recovery key has eight groups of eight of its letters');
  return key as RecoveryKey;
}

const known: ReadonlySet<string> = new Set(wordlist);

/** At most three, at most two slips away. The list's words differ in their first four letters, so a right beginning counts most. */
function nearest(typed: string): string[] {
  const begun = typed.length >= 4 ? wordlist.filter((word) => word.startsWith(typed.slice(0, 4))) : [];
  const slips = wordlist.map((word) => ({ word, by: distance(typed, word) })).filter(({ by }) => by <= 2);
  const least = Math.min(...slips.map(({ by }) => by));
  const close = slips.filter(({ by }) => by === least).map(({ word }) => word);
  return [...new Set([...begun, ...close])].slice(0, 3);
}

/** Letters left out, put in, mistaken, or two swapped (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, above] = [above, row];
  }
  return above[b.length] ?? 0;
}
