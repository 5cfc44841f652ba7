/** What lies on a partition, asked of its bytes: nothing, something of somebody's, or LUKS2. */
import { open } from 'node:fs/promises';
import type { Ran } from '../exec.ts';

export interface Signature {
  type: string;
  label: string | null;
}

/** Low-level probing: udev's memory may be of before the last format. */
export const blkidArguments = (path: string): string[] => ['-p', '-o', 'export', path];

/**
 * @returns null when no known signature is there
 * @throws Error when blkid could not look
 */
export function parseBlkid({ code, stdout, stderr }: Ran): Signature | null {
  if (code === 2) return null;
  // Two signatures at once: a filesystem over the remains of another. Something is there, and that is the answer.
  if (code === 8) return { type: 'several filesystems’ remains', label: null };
  if (code !== 0) throw new Error(`blkid could not look: ${stderr.trim() || `exit code ${code}`}`);
  const values = new Map(
    stdout.split('\n').map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]),
  );
  const type =
    values.get('TYPE') ?? (values.has('PTTYPE') ? `${values.get('PTTYPE')} partition table` : undefined);
  return type === undefined ? null : { type, label: values.get('LABEL')?.replace(/\\(.)/g, '$1') ?? null }; // it quotes for a shell
}

export const describe = ({ type, label }: Signature): string =>
  `${type}${label ? ` “${label.replace(/[^\p{L}\p{N}\p{P} ]/gu, '?')}”` : ''}`;

/**
 * Written behind where the header will lie, before a format begins and inside the encrypted area of it: so that a torn
 * header after a power cut is known for ours. The first filesystem inside the encryption overwrites it.
 */
export const formattingMark = Buffer.from(
  'rockpool: this partition is being encrypted; it holds nothing\n'.padEnd(512, '\0'),
);
export const markOffset = 16 * 1024 * 1024;

/** `blank`: nothing was ever written, or it was discarded; `ours`: a format of ours was cut off; `unknown`: bytes of no known kind. */
export async function examineUnsigned(
  path: string,
  sizeBytes: number,
): Promise<'blank' | 'ours' | 'unknown'> {
  const file = await open(path, 'r');
  try {
    const piece = Buffer.alloc(4096);
    const read = async (at: number): Promise<Buffer> =>
      piece.subarray(0, (await file.read(piece, 0, piece.length, at)).bytesRead);
    if ((await read(markOffset)).subarray(0, formattingMark.length).equals(formattingMark)) return 'ours';
    // Every MiB of the beginning, then all over: plain dm-crypt, a torn header or a database has no signature.
    const places = [...Array(64).keys()].flatMap((n) => [
      n * 1024 * 1024,
      Math.floor((sizeBytes / 64) * n),
      n * 4096,
    ]);
    for (const place of places) {
      const bytes = await read(Math.floor(place / 4096) * 4096);
      if (!bytes.every((byte) => byte === 0) && !bytes.every((byte) => byte === 0xff)) return 'unknown';
    }
    return 'blank';
  } finally {
    await file.close();
  }
}
