/** The thief's reading finds what is there, so that finding nothing means something. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { flipBit, looksOf, wordsOn } from './disk-bytes.ts';

const MiB = 1024 * 1024;
const partition = { startMiB: 1, sizeMiB: 20 };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-bytes-'));
  file = join(folder, 'disk');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const diskWith = (bytes: Buffer, at: number): void => {
  const disk = Buffer.alloc(22 * MiB);
  bytes.copy(disk, at);
  writeFileSync(file, disk);
};

test.each([0, 8 * MiB - 3, 16 * MiB - 1, 20 * MiB - 5])('a word at %d is found, in either writing', (at) => {
  diskWith(Buffer.from('pearl'), MiB + at);
  expect(wordsOn(file, partition, ['pearl', 'oyster'])).toEqual(['pearl']);
  diskWith(Buffer.from('pearl', 'utf16le'), MiB + Math.min(at, 20 * MiB - 10));
  expect(wordsOn(file, partition, ['pearl'])).toEqual(['pearl']);
});

test('words of the next partition are not this one’s', () => {
  diskWith(Buffer.from('pearl'), 21 * MiB);
  expect(wordsOn(file, partition, ['pearl'])).toEqual([]);
});

test('a partition is told by its magic numbers', () => {
  diskWith(Buffer.alloc(0), 0);
  expect(looksOf(file, partition)).toBe('empty');
  diskWith(Buffer.from('LUKS\xba\xbe', 'latin1'), MiB);
  expect(looksOf(file, partition)).toBe('luks2');
  diskWith(Buffer.from([0x53, 0xef]), MiB + 1080);
  expect(looksOf(file, partition)).toBe('plain ext4');
  flipBit(file, MiB + 1080);
  expect(looksOf(file, partition)).toBe('something else');
});
