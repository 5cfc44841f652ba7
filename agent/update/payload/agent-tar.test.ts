import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { Trusted, TrustedRelease } from '../parts.ts';
import { startMirror, type TestMirror } from './mirror.fixture.ts';
import {
  agentOf,
  modelOf,
  removeTestFolders,
  sha256,
  type TestPayload,
  testPayload,
} from './payload.fixture.ts';

const opened: TestMirror[] = [];
afterEach(async () => {
  for (const mirror of opened.splice(0)) await mirror.close();
  await removeTestFolders();
});

const lines = Array.from(
  { length: 3_000 },
  (_, i) => `${i} ${((i * 2_654_435_761) >>> 0).toString(16)} the quick brown fox\n`,
).join('');
const oldTar = Buffer.from(lines);
const newTar = Buffer.from(`${lines.slice(0, 40_000)}a changed line\n${lines.slice(40_000)}`);
/** Of the two, by `zstd --patch-from` 1.5.4: its own program's form is what counts. */
const patch = Buffer.from('KLUv/aRciQEA9QAAeGEgY2hhbmdlZCBsaW5lCgIACu2vRK1XDwcqUddr0w6Ivw==', 'base64');
const packed = zstdCompressSync(newTar);
const never = new AbortController().signal;

async function started(
  files: readonly Buffer[],
  parts: Parameters<typeof testPayload>[1] = {},
): Promise<TestPayload & { mirror: TestMirror; asked(): number[] }> {
  const mirror = await startMirror(new Map(files.map((bytes) => [sha256(bytes), bytes])));
  opened.push(mirror);
  const test = await testPayload([mirror.url], parts);
  return { ...test, mirror, asked: () => mirror.requests.map(({ to }) => to) };
}

const tarOf = ({ payload }: TestPayload, tar = newTar): Promise<Buffer> =>
  readFile(payload.fileOf({ sha256: sha256(tar) }));

/** With the old tar in its store, as a device that runs the release before has it. */
async function withOld(
  release: Trusted<TrustedRelease>,
  files: readonly Buffer[],
  parts?: Parameters<typeof testPayload>[1],
) {
  const device = await started([oldTar, ...files], parts);
  await device.fetch(modelOf(oldTar));
  device.mirror.requests.length = 0;
  return { ...device, release };
}

test('an agent is its tar, unpacked from its artifact', async () => {
  const device = await started([packed]);
  const release = agentOf(newTar, packed);
  expect(await device.payload.missing(release)).toMatchObject({ bytes: packed.length });
  await device.fetch(release);
  expect((await tarOf(device)).equals(newTar)).toBe(true);
  await device.payload.verify(release, never);
  expect(await device.payload.missing(release)).toMatchObject({ bytes: 0 });
});

test('where the tar before is here, a delta of a few bytes is enough', async () => {
  const release = agentOf(newTar, packed, [{ from: oldTar, patch }]);
  const device = await withOld(release, [packed, patch]);
  expect(await device.payload.missing(release)).toMatchObject({ bytes: patch.length });
  await device.fetch(release);
  expect((await tarOf(device)).equals(newTar)).toBe(true);
  expect(device.asked()).toEqual([patch.length]);
});

test('a delta from a tar that is not here is left alone', async () => {
  const release = agentOf(newTar, packed, [{ from: randomBytes(9), patch }]);
  const device = await withOld(release, [packed, patch]);
  await device.fetch(release);
  expect(device.asked()).toEqual([packed.length]);
});

test('where memory is short, the whole artifact is fetched', async () => {
  const release = agentOf(newTar, packed, [{ from: oldTar, patch }]);
  const device = await withOld(release, [packed, patch], { memoryBytes: () => newTar.length });
  await device.fetch(release);
  expect(device.asked()).toEqual([packed.length]);
});

test.each([
  ['that makes something else', zstdCompressSync(randomBytes(9))],
  ['that makes more', zstdCompressSync(Buffer.concat([newTar, Buffer.from('more')]))],
  ['that is no frame', randomBytes(60)],
  ['that ends early', patch.subarray(0, 40)],
])('after a delta %s the whole artifact is fetched', async (_, bad) => {
  const release = agentOf(newTar, Buffer.concat([packed, zstdCompressSync('')]), [
    { from: oldTar, patch: bad },
  ]);
  const whole = Buffer.concat([packed, zstdCompressSync('')]);
  const device = await withOld(release, [whole, bad]);
  await device.fetch(release);
  expect((await tarOf(device)).equals(newTar)).toBe(true);
  expect(device.warnings).toHaveLength(1);
});

test('a delta that nobody has does not stop the release', async () => {
  const release = agentOf(newTar, packed, [{ from: oldTar, patch }]);
  const device = await withOld(release, [packed]);
  await device.fetch(release);
  expect((await tarOf(device)).equals(newTar)).toBe(true);
});

test('case 17: a frame that unpacks to more than was signed is stopped there', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
  const device = await started([bomb]);
  await expect(device.fetch(agentOf(newTar, bomb))).rejects.toMatchObject({ reason: 'bad-content' });
  await expect(tarOf(device)).rejects.toMatchObject({ code: 'ENOENT' });
});
