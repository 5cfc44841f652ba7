/** Reading a disk as a thief does: byte by byte, without asking any program what it means. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { partitions } from '../image/partitions.ts';

const MiB = 1024 * 1024;
const piece = 8 * MiB;

export interface Partition {
  startMiB: number;
  sizeMiB: number;
}

/** @returns which of the words stand somewhere in the partition, in UTF-8 or UTF-16 */
export function wordsOn(raw: string, { startMiB, sizeMiB }: Partition, words: readonly string[]): string[] {
  const needles = words.flatMap((word) => [
    { word, bytes: Buffer.from(word, 'utf8') },
    { word, bytes: Buffer.from(word, 'utf16le') },
  ]);
  // A word may lie across two pieces.
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.length));
  const found = new Set<string>();
  const fd = openSync(raw, 'r');
  try {
    const buffer = Buffer.alloc(piece + overlap);
    for (let at = 0; at < sizeMiB * MiB; at += piece) {
      const bytes = readSync(
        fd,
        buffer,
        0,
        Math.min(piece + overlap, sizeMiB * MiB - at),
        startMiB * MiB + at,
      );
      const seen = buffer.subarray(0, bytes);
      for (const needle of needles) if (seen.includes(needle.bytes)) found.add(needle.word);
    }
  } finally {
    closeSync(fd);
  }
  return [...found];
}

export type Looks = 'empty' | 'luks2' | 'plain ext4' | 'something else';

/** What the data partition starts with: by magic numbers, where they lie (LUKS2 at 0, ext4 at 1080). */
export function looksOf(raw: string, { startMiB }: Partition = partitions.data): Looks {
  const head = readAt(raw, startMiB * MiB, 64 * 1024);
  if (head.readUInt16LE(1080) === 0xef53) return 'plain ext4';
  if (head.subarray(0, 6).equals(Buffer.from('4c554b53babe', 'hex'))) return 'luks2';
  return head.every((byte) => byte === 0) ? 'empty' : 'something else';
}

/** One bit is the other way round. */
export function flipBit(raw: string, at: number): void {
  const [before = 0] = readAt(raw, at, 1);
  const fd = openSync(raw, 'r+');
  try {
    writeSync(fd, Buffer.from([before ^ 1]), 0, 1, at);
  } finally {
    closeSync(fd);
  }
}

export const dataAt = partitions.data.startMiB * MiB;
export const rootAt = partitions.a.startMiB * MiB;

function readAt(raw: string, at: number, length: number): Buffer {
  const fd = openSync(raw, 'r');
  try {
    const bytes = Buffer.alloc(length);
    readSync(fd, bytes, 0, length, at);
    return bytes;
  } finally {
    closeSync(fd);
  }
}
