import { createHash } from 'node:crypto';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pieceCount } from '@rockpool/protocol/update/pieces';
import { pieceBytes, type Release } from '@rockpool/protocol/update/release';
import { afterEach, expect, test } from 'vitest';
import { createNodeDisk } from '../disk/node-disk.ts';
import { twoCopies } from '../disk/two-copies.ts';
import type { Trusted, TrustedRelease } from '../parts.ts';
import { parseBitmap } from './partial.ts';
import { modelOf, removeTestFolders, testFolder, testPayload } from './payload.fixture.ts';
import { pieceHolds } from './reread.ts';

afterEach(removeTestFolders);

/** Zeros, which a disk keeps as nothing, and one byte at the end: beyond what 31 and 32 bits can count. */
const bytes = 2 ** 32 + 5 * 1024 * 1024;
const zeros = Buffer.alloc(pieceBytes);
const last = Buffer.alloc(bytes % pieceBytes);
last.writeUInt8(7, last.length - 1);
const hashOf = (piece: Buffer): Buffer => createHash('sha256').update(piece).digest();

function largeModel(): Trusted<TrustedRelease> {
  const whole = createHash('sha256');
  const hashes: Buffer[] = [];
  const zerosHash = hashOf(zeros);
  for (let piece = 0; piece < pieceCount(bytes) - 1; piece += 1) {
    whole.update(zeros);
    hashes.push(zerosHash);
  }
  hashes.push(hashOf(last));
  const sha256 = whole.update(last).digest('hex');
  const model = modelOf(Buffer.from('small'));
  const release = { ...model.release, artifact: { name: 'large.gguf', sha256, bytes } } as Release;
  return { ...model, release, pieces: new Map([[sha256, hashes]]) };
}

test('case 14: beyond 2^31 and 2^32 bytes every piece has its place, and one wrong byte at the very end is found', async () => {
  const release = largeModel();
  const { sha256 } = (release.release as { artifact: { sha256: string } }).artifact;
  const folder = await testFolder();
  const disk = createNodeDisk();
  await disk.makeFolder(join(folder, 'store'));
  const file = join(folder, 'store', sha256);
  await begin(`${file}.partial`);

  const asked: number[] = [];
  const { payload, fetch } = await testPayload(['https://mirror.example'], {
    folder,
    async *read(_url, _wanted, { from, to }) {
      asked.push(from);
      yield to === bytes ? last : zeros;
    },
  });
  await fetch(release);
  const never = new AbortController().signal;
  await payload.verify(release, never);
  expect(asked).toEqual([2 ** 32, 2 ** 32 + pieceBytes]);

  await truncate(file, bytes - 1);
  await truncate(file, bytes); // the byte at the end is 0 now
  const damaged = await disk.open(file, 'r');
  expect(
    await pieceHolds(damaged, bytes, pieceCount(bytes) - 1, hashOf(last), Buffer.alloc(pieceBytes)),
  ).toBe(false);
  await damaged.close();
  await expect(payload.verify(release, never)).rejects.toMatchObject({ reason: 'bad-bytes' });
});

/** Everything below 2^32 is there already, as holes. */
async function begin(partial: string): Promise<void> {
  const file = await open(partial, 'w');
  await file.truncate(2 ** 32);
  await file.close();
  const bits = Buffer.alloc(Math.ceil(pieceCount(bytes) / 8));
  for (let piece = 0; piece < 1024; piece += 1)
    bits[piece >>> 3] = (bits[piece >>> 3] ?? 0) | (1 << (piece & 7));
  await twoCopies(createNodeDisk(), partial.replace(/partial$/, 'bitmap'), parseBitmap).save({
    pieces: pieceCount(bytes),
    bits: bits.toString('base64'),
    at: 1,
  });
}
