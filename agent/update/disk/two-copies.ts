/**
 * One record kept twice, each copy with its number and its hash: a write that was torn leaves the one before. For what must
 * never be forgotten, both copies hold it.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Disk } from '../disk.ts';

export interface Copies<T> {
  /** By its newest copy that is whole. */
  value: T | undefined;
  /** Every copy that is whole and means something, newest first. */
  all: readonly T[];
  /** How many copies were there, and not whole. */
  damaged: number;
}

export interface TwoCopies<T> {
  /** What it read is durable when this returns: a record that only a killed process's memory held would vanish later. */
  load(): Promise<Copies<T>>;
  /** Durable on return; when it throws, the one before still holds. */
  save(value: T): Promise<void>;
}

type Read<T> = { seq: number; value: T; bytes: Buffer; copy: number };

/**
 * @param path its folder has to be there
 * @param parse throws, or returns undefined, for what is no record of this kind
 */
export function twoCopies<T>(
  disk: Disk,
  path: string,
  parse: (value: unknown) => T | undefined,
): TwoCopies<T> {
  const names = [`${path}.a`, `${path}.b`] as const;
  let newest: { seq: number; copy: number } | undefined;

  const readAll = async (): Promise<{ found: Read<T>[]; damaged: number }> => {
    const found: Read<T>[] = [];
    let damaged = 0;
    for (const [copy, name] of names.entries()) {
      const bytes = await disk.read(name);
      if (bytes === undefined || bytes.byteLength === 0) continue;
      const record = unseal(bytes, parse);
      if (record === undefined) damaged += 1;
      else found.push({ ...record, bytes, copy });
    }
    return { found: found.sort((a, b) => b.seq - a.seq), damaged };
  };

  return {
    async load() {
      const { found, damaged } = await readAll();
      const [first] = found;
      newest = first && { seq: first.seq, copy: first.copy };
      // Written again with the same bytes, not only synced: after a sync that failed, the kernel takes pages for clean.
      if (first !== undefined) await put(disk, names[first.copy] ?? path, first.bytes);
      return { value: first?.value, all: found.map(({ value }) => value), damaged };
    },
    async save(value) {
      if (newest === undefined) {
        const [first] = (await readAll()).found;
        newest = first ?? { seq: 0, copy: 1 };
      }
      const next = { seq: newest.seq + 1, copy: 1 - newest.copy };
      await put(disk, names[next.copy] ?? path, seal(next.seq, value));
      newest = next;
    },
  };
}

/** In place, and never shorter than before: on a disk that became full, a record that was written once can be written again. */
async function put(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  const file = await disk.open(path, 'rw');
  try {
    const blocks = Math.ceil(Math.max(bytes.byteLength, await file.size()) / blockBytes);
    const padded = Buffer.alloc(blocks * blockBytes, ' ');
    bytes.copy(padded);
    await file.write(padded, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(dirname(path)); // always: whoever made the name may have been killed before it did this
}

const blockBytes = 4096;
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function seal(seq: number, value: unknown): Buffer {
  const body = JSON.stringify({ seq, value });
  return Buffer.from(`${hashOf(body)}\n${body}\n`);
}

function unseal<T>(
  bytes: Buffer,
  parse: (value: unknown) => T | undefined,
): { seq: number; value: T } | undefined {
  const [hash, body] = bytes.toString('utf8').split('\n', 2);
  if (hash === undefined || body === undefined || hashOf(body) !== hash) return undefined;
  try {
    const { seq, value } = JSON.parse(body) as { seq: number; value: unknown };
    const parsed = parse(value);
    return parsed === undefined ? undefined : { seq, value: parsed };
  } catch {
    return undefined; // whole, and of a form that this program doesn't know: the other copy may be of an older one
  }
}
