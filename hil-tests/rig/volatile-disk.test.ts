/** A cache that power takes along loses what was not flushed, and nothing else. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCache } from './volatile-disk.ts';

function withDisk(use: (fd: number, onDisk: () => Buffer) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-volatile-'));
  const file = join(folder, 'disk');
  writeFileSync(file, Buffer.alloc(64 * 4096));
  const fd = openSync(file, 'r+');
  try {
    use(fd, () => readFileSync(file));
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

test('what was written is read back, whether it reached the disk or not', () =>
  withDisk((fd) => {
    const cache = openCache(fd, 7);
    cache.write(4000, Buffer.from('across a border of blocks, and then some'.repeat(200)));
    cache.write(4100, Buffer.from('over it'));
    expect(cache.read(4100, 7).toString()).toBe('over it');
    expect(cache.read(4000, 25).toString()).toBe('across a border of blocks');
  }));

test('unflushed blocks are lost in part, in no order, and the same ones for the same seed', () => {
  const lost = [3, 3, 4].map((seed) => {
    let survived: number[] = [];
    withDisk((fd, onDisk) => {
      const cache = openCache(fd, seed);
      for (let block = 0; block < 64; block += 1) cache.write(block * 4096, Buffer.alloc(4096, 1));
      survived = Array.from({ length: 64 }, (_, block) => onDisk()[block * 4096] ?? 0);
    });
    return survived;
  });
  expect(lost[0]).toContain(0);
  expect(lost[0]).toContain(1);
  expect(lost[1]).toEqual(lost[0]);
  expect(lost[2]).not.toEqual(lost[0]);
});

test('after a flush all of it is on the disk', () =>
  withDisk((fd, onDisk) => {
    const cache = openCache(fd, 3);
    const bytes = Buffer.alloc(10 * 4096, 5);
    cache.write(2048, bytes);
    cache.flush();
    expect(onDisk().subarray(2048, 2048 + bytes.length)).toEqual(bytes);
  }));
