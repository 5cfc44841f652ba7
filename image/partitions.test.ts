/** The table as `sfdisk` reads it, on a file of the disk's size. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { diskMiB, partitions, partitionTable, rootMiB } from './partitions.ts';

const Table = z.object({
  partitiontable: z.object({
    partitions: z.array(z.object({ name: z.string(), start: z.int(), size: z.int() })),
  }),
});

test('the partitions lie where and under the names that the rest of the build puts things', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-table-'));
  try {
    const disk = join(folder, 'disk.img');
    writeFileSync(disk, '');
    truncateSync(disk, diskMiB * 1024 * 1024);
    execFileSync('sfdisk', ['--quiet', disk], { input: partitionTable });
    execFileSync('sfdisk', ['--verify', disk]);
    const told = Table.parse(JSON.parse(execFileSync('sfdisk', ['--json', disk], { encoding: 'utf8' })));
    expect(
      told.partitiontable.partitions.map(({ name, start, size }) => [name, start / 2048, size / 2048]),
    ).toEqual(Object.values(partitions).map(({ name, startMiB, sizeMiB }) => [name, startMiB, sizeMiB]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a root leaves its partition room for the hashes over it', () => {
  const blocks = (rootMiB * 1024 * 1024) / 4096;
  // 128 hashes of 32 bytes to a block, level over level up to one.
  let hashes = 0;
  for (let level = blocks; level > 1; ) {
    level = Math.ceil(level / 128);
    hashes += level;
  }
  expect(rootMiB * 256 + hashes).toBeLessThanOrEqual(partitions.a.sizeMiB * 256);
  expect(partitions.b.sizeMiB).toBe(partitions.a.sizeMiB);
});
