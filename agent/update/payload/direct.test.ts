import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pieceBytes } from '@rockpool/protocol/update/release';
import { afterEach, expect, test } from 'vitest';
import { openDirect } from './direct.ts';
import { removeTestFolders, testFolder } from './payload.fixture.ts';

afterEach(removeTestFolders);

test('what is read past the cache is what was written, up to the last byte', async () => {
  const bytes = randomBytes(pieceBytes + 4_097);
  const path = join(await testFolder(), 'file');
  await writeFile(path, bytes, { flush: true });
  const file = await openDirect(path);
  const into = Buffer.alloc(pieceBytes);
  expect(await file.size()).toBe(bytes.length);
  expect(await file.read(into, 0)).toBe(pieceBytes);
  expect(into.equals(bytes.subarray(0, pieceBytes))).toBe(true);
  expect(await file.read(into, pieceBytes)).toBe(4_097);
  expect(into.subarray(0, 4_097).equals(bytes.subarray(pieceBytes))).toBe(true);
  await file.close();
});

test('holes are zeros, also where bytes follow in the same piece', async () => {
  const bytes = randomBytes(9);
  const path = join(await testFolder(), 'file');
  const sparse = await open(path, 'w');
  await sparse.write(bytes, 0, 9, 2 * pieceBytes - 9);
  await sparse.sync();
  await sparse.close();
  const file = await openDirect(path);
  const into = Buffer.alloc(pieceBytes, 1);
  expect(await file.read(into, 0)).toBe(pieceBytes);
  expect(into.equals(Buffer.alloc(pieceBytes))).toBe(true);
  expect(await file.read(into, pieceBytes)).toBe(pieceBytes);
  expect(into.subarray(pieceBytes - 9).equals(bytes)).toBe(true);
  expect(into.subarray(0, pieceBytes - 9).equals(Buffer.alloc(pieceBytes - 9))).toBe(true);
  await file.close();
});

test('nothing is written through it', async () => {
  const path = join(await testFolder(), 'file');
  await writeFile(path, 'x');
  const file = await openDirect(path);
  await expect(file.write(Buffer.from('y'), 0)).rejects.toMatchObject({ reason: 'disk' });
  await file.close();
});
