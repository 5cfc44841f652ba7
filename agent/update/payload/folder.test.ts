import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { pieceRange, splitBytes } from '@rockpool/protocol/update/pieces';
import { pieceBytes } from '@rockpool/protocol/update/release';
import { afterEach, expect, test } from 'vitest';
import { readFolder } from './folder.ts';
import { readInTests } from './mirror.fixture.ts';
import { modelOf, removeTestFolders, sha256, someBytes, testFolder, testPayload } from './payload.fixture.ts';

afterEach(removeTestFolders);
const never = new AbortController().signal;

async function stick(): Promise<{ url: string; place: (name: string) => string }> {
  const folder = await testFolder();
  await mkdir(join(folder, 'artifacts'));
  return { url: pathToFileURL(folder).href, place: (name) => join(folder, 'artifacts', name) };
}

async function readAll(url: string, hash: string, bytes: number, piece: number): Promise<Buffer> {
  const read: Buffer[] = [];
  for await (const some of readFolder(url, { sha256: hash, bytes }, pieceRange(bytes, piece), never))
    read.push(Buffer.from(some));
  return Buffer.concat(read);
}

test('case 32: a release is fetched from a stick', async () => {
  const { url, place } = await stick();
  const bytes = someBytes();
  await writeFile(place(sha256(bytes)), bytes);
  const { payload, fetch } = await testPayload([], { sources: () => [{ url, near: true }] });
  await fetch(modelOf(bytes));
  await payload.verify(modelOf(bytes), never);
});

test('case 32: of an artifact that is split, a piece is read from its part', async () => {
  const { url, place } = await stick();
  const tail = randomBytes(pieceBytes + 9);
  const bytes = splitBytes + tail.length;
  const hash = sha256(tail);
  const first = await open(place(`${hash}.000`), 'w');
  await first.truncate(splitBytes); // holes
  await first.close();
  await writeFile(place(`${hash}.001`), tail);
  expect((await readAll(url, hash, bytes, 0)).equals(Buffer.alloc(pieceBytes))).toBe(true);
  expect((await readAll(url, hash, bytes, 256)).equals(tail.subarray(0, pieceBytes))).toBe(true);
  expect((await readAll(url, hash, bytes, 257)).equals(tail.subarray(pieceBytes))).toBe(true);
});

test('case 32: a stick that is pulled out while it is read is one mirror less, and it goes on when it is back', async () => {
  const { url, place } = await stick();
  const bytes = someBytes();
  const hash = sha256(bytes);
  await writeFile(place(hash), bytes);
  let pulled = false;
  const { payload, fetch, time } = await testPayload([], {
    connections: 1,
    sources: () => [{ url, near: true }],
    async *read(base, wanted, range, signal) {
      for await (const some of readInTests(base, wanted, range, signal)) {
        if (!pulled && range.from === pieceBytes) {
          pulled = true;
          await truncate(place(hash), pieceBytes + 10); // what is open ends,
          await rm(place(hash)); // and isn't there for the next who looks
        }
        yield some;
      }
    },
  });
  await expect(fetch(modelOf(bytes))).rejects.toMatchObject({ reason: 'mirrors' });
  expect((await payload.missing(modelOf(bytes))).bytes).toBe(bytes.length - pieceBytes);
  await writeFile(place(hash), bytes);
  await time.pause(3_600_000, never);
  await fetch(modelOf(bytes));
});

test('case 32: whatever else a stick holds in its place is nothing to read', async () => {
  const { url, place } = await stick();
  const bytes = someBytes();
  const hash = sha256(bytes);
  const read = (): Promise<Buffer> => readAll(url, hash, bytes.length, 0);
  await expect(read()).rejects.toMatchObject({ fault: 'lacks' });
  await symlink('/dev/zero', place(hash));
  await expect(read()).rejects.toMatchObject({ fault: 'lies' });
  await rm(place(hash));
  await promisify(execFile)('mkfifo', [place(hash)]);
  await expect(read()).rejects.toMatchObject({ fault: 'lies' });
  await rm(place(hash));
  await mkdir(place(hash));
  await expect(read()).rejects.toMatchObject({ fault: 'lies' });
  await rm(place(hash), { recursive: true });
  await writeFile(place(hash), bytes.subarray(1));
  await expect(read()).rejects.toMatchObject({
    fault: 'lies',
    message: expect.stringContaining('bytes where'),
  });
});
