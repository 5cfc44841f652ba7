import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { pieceBytes } from '@rockpool/protocol/update/release';
import { afterEach, expect, test } from 'vitest';
import { createNodeDisk } from '../disk/node-disk.ts';
import { type Behave, startMirror, type TestMirror } from './mirror.fixture.ts';
import { modelOf, removeTestFolders, sha256, someBytes, testPayload } from './payload.fixture.ts';

const open: TestMirror[] = [];
afterEach(async () => {
  for (const mirror of open.splice(0)) await mirror.close();
  await removeTestFolders();
});

async function mirrorOf(bytes: Buffer, behave?: Behave): Promise<TestMirror> {
  const mirror = await startMirror(new Map([[sha256(bytes), bytes]]), behave);
  open.push(mirror);
  return mirror;
}

const nobody = { reason: 'mirrors' };

test('a model is fetched, lies under its hash, and nobody may write to it', async () => {
  const bytes = someBytes();
  const mirror = await mirrorOf(bytes);
  const { payload, folder } = await testPayload([mirror.url]);
  const release = modelOf(bytes);
  const told: number[] = [];
  expect(await payload.missing(release)).toMatchObject({ bytes: bytes.length, fits: true });
  await payload.fetch(release, ({ bytes: now }) => told.push(now), new AbortController().signal);

  const file = payload.fileOf({ sha256: sha256(bytes) });
  expect((await readFile(file)).equals(bytes)).toBe(true);
  expect((await stat(file)).mode & 0o777).toBe(0o440);
  expect(await createNodeDisk().list(`${folder}/store`)).toEqual([sha256(bytes)]);
  expect(told.at(-1)).toBe(bytes.length);
  expect(await payload.missing(release)).toMatchObject({ bytes: 0, fits: true });
});

test('what is here already is not fetched again', async () => {
  const bytes = someBytes();
  const mirror = await mirrorOf(bytes);
  const { fetch } = await testPayload([mirror.url]);
  await fetch(modelOf(bytes));
  await fetch(modelOf(bytes));
  expect(mirror.requests).toHaveLength(3);
});

test('an artifact of one piece needs no list', async () => {
  const bytes = randomBytes(1_000);
  const mirror = await mirrorOf(bytes);
  const { fetch, payload } = await testPayload([mirror.url]);
  await fetch({ ...modelOf(bytes), pieces: new Map() });
  expect((await readFile(payload.fileOf({ sha256: sha256(bytes) }))).equals(bytes)).toBe(true);
});

const rangeOf = (from: number, to: number, total: number): Record<string, string> => ({
  'content-range': `bytes ${from}-${to - 1}/${total}`,
});
const wrong: Record<string, Behave> = {
  'a whole artifact of another size': ({ file, response }) => response.writeHead(200).end(file.subarray(1)),
  'a whole artifact that says another size': ({ file, response }) =>
    response.writeHead(200, { 'content-length': file.length + 1 }).end(file),
  '206 for other bytes': ({ from, to, file, response }) =>
    response.writeHead(206, rangeOf(from + 1, to + 1, file.length)).end(file.subarray(from + 1, to + 1)),
  '206 with the right words and other bytes': ({ from, to, file, response }) =>
    response.writeHead(206, rangeOf(from, to, file.length)).end(Buffer.alloc(to - from)),
  '206 without Content-Range': ({ from, to, file, response }) =>
    response.writeHead(206).end(file.subarray(from, to)),
  '206 of a file of another size': ({ from, to, file, response }) =>
    response.writeHead(206, rangeOf(from, to, file.length + 1)).end(file.subarray(from, to)),
  '206 of a file of unknown size': ({ from, to, file, response }) =>
    response.writeHead(206, { 'content-range': `bytes ${from}-${to - 1}/*` }).end(file.subarray(from, to)),
  '416': ({ file, response }) => response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end(),
  'multipart/byteranges': ({ from, to, file, response }) =>
    response
      .writeHead(206, {
        ...rangeOf(from, to, file.length),
        'content-type': 'multipart/byteranges; boundary=x',
      })
      .end(file.subarray(from, to)),
  'an encoding': ({ from, to, file, response }) =>
    response
      .writeHead(206, { ...rangeOf(from, to, file.length), 'content-encoding': 'gzip' })
      .end(file.subarray(from, to)),
  'a redirect': ({ response }) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  'a short body': ({ from, to, file, response }) =>
    response.writeHead(206, rangeOf(from, to, file.length)).end(file.subarray(from, to - 1)),
  'a body that breaks off': ({ from, to, file, response }) => {
    response.writeHead(206, { ...rangeOf(from, to, file.length), 'content-length': to - from });
    response.write(file.subarray(from, from + 1_000), () => response.destroy());
  },
  'a long body': ({ from, to, file, response }) =>
    response
      .writeHead(206, rangeOf(from, to, file.length))
      .end(Buffer.concat([file.subarray(from, to), Buffer.alloc(5)])),
  'nothing but a hangup': ({ response }) => response.destroy(),
  '404': ({ response }) => response.writeHead(404).end(),
  '500': ({ response }) => response.writeHead(500).end(),
};

test.each(Object.entries(wrong))('case 13: a mirror that sends %s gives nothing', async (_, behave) => {
  const bytes = someBytes();
  const mirror = await mirrorOf(bytes, behave);
  const { fetch, payload, folder } = await testPayload([mirror.url]);
  await expect(fetch(modelOf(bytes))).rejects.toMatchObject(nobody);
  expect(await createNodeDisk().list(`${folder}/store`)).not.toContain(sha256(bytes));
  expect(await payload.missing(modelOf(bytes))).toMatchObject({ bytes: bytes.length });
});

test.each(Object.entries(wrong))(
  'case 13: beside one that sends %s another mirror is enough',
  async (_, behave) => {
    const bytes = someBytes();
    const bad = await mirrorOf(bytes, behave);
    const good = await mirrorOf(bytes);
    const { fetch, payload } = await testPayload([bad.url, good.url]);
    await fetch(modelOf(bytes));
    expect((await readFile(payload.fileOf({ sha256: sha256(bytes) }))).equals(bytes)).toBe(true);
    expect(bad.requests.length).toBeLessThan(6);
  },
);

test('case 13: a mirror that knows no ranges sends all of something small, and what was asked for is taken', async () => {
  const bytes = someBytes();
  const mirror = await mirrorOf(bytes, ({ file, response }) => response.writeHead(200).end(file));
  const { fetch, payload } = await testPayload([mirror.url]);
  await fetch(modelOf(bytes));
  expect((await readFile(payload.fileOf({ sha256: sha256(bytes) }))).equals(bytes)).toBe(true);
});

test('case 14: one bit that is wrong in the last piece is found, and that piece fetched elsewhere', async () => {
  const bytes = someBytes();
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  const bad = await mirrorOf(bytes, ({ well }) => well(flipped));
  const good = await mirrorOf(bytes);
  const { fetch, payload, warnings } = await testPayload([bad.url, good.url]);
  await fetch(modelOf(bytes));
  expect((await readFile(payload.fileOf({ sha256: sha256(bytes) }))).equals(bytes)).toBe(true);
  expect(good.requests).toEqual([{ from: 2 * pieceBytes, to: bytes.length }]);
  expect(warnings).toMatchObject([{ mirror: bad.url, piece: 2, fault: 'lies', quarantined: false }]);
});

test('case 15: a mirror swaps its file in the middle: what came before stays, the rest comes from another', async () => {
  const bytes = someBytes();
  const swapped = await mirrorOf(bytes, ({ n, well }) =>
    well(n === 0 ? undefined : randomBytes(bytes.length)),
  );
  const good = await mirrorOf(bytes);
  const { fetch, payload } = await testPayload([swapped.url, good.url], { connections: 1 });
  await fetch(modelOf(bytes));
  expect((await readFile(payload.fileOf({ sha256: sha256(bytes) }))).equals(bytes)).toBe(true);
  expect(good.requests.map(({ from }) => from)).toEqual([pieceBytes, 2 * pieceBytes]);
});

test('a mirror that lies is left alone for a while', async () => {
  const bytes = randomBytes(6 * pieceBytes);
  const bad = await mirrorOf(bytes, ({ well }) => well(Buffer.alloc(bytes.length)));
  const good = await mirrorOf(bytes);
  const { fetch } = await testPayload([bad.url, good.url], { connections: 1 });
  await fetch(modelOf(bytes));
  expect(bad.requests).toHaveLength(3);
  expect(good.requests).toHaveLength(6);
});

test('case 9: a mirror that drips is left for another', async () => {
  const bytes = someBytes();
  const { promise: dripping, resolve } = Promise.withResolvers<void>();
  const slow = await mirrorOf(bytes, ({ from, to, file, response }) => {
    response.writeHead(206, rangeOf(from, to, file.length));
    response.write(file.subarray(from, from + 1), () => resolve());
  });
  const good = await mirrorOf(bytes);
  const { fetch, time, payload } = await testPayload([slow.url, good.url], { connections: 1 });
  const fetched = fetch(modelOf(bytes));
  await dripping;
  time.windowPasses();
  await fetched;
  expect((await readFile(payload.fileOf({ sha256: sha256(bytes) }))).equals(bytes)).toBe(true);
  expect(slow.requests).toHaveLength(1);
});

test('devices of the same office are asked first, and nobody holds them back', async () => {
  const bytes = someBytes();
  const [far, near] = [await mirrorOf(bytes), await mirrorOf(bytes)];
  const { fetch, time } = await testPayload([], {
    sources: () => [
      { url: far.url, near: false },
      { url: near.url, near: true },
    ],
    rate: () => 1,
    spreadMs: 60_000,
  });
  await fetch(modelOf(bytes));
  expect([far.requests.length, near.requests.length]).toEqual([0, 3]);
  expect(time.pauses).toEqual([]);
});

test('from afar bytes come no faster than they may, and not from all devices at once', async () => {
  const bytes = someBytes();
  const mirror = await mirrorOf(bytes);
  const { fetch, time } = await testPayload([mirror.url], { rate: () => 1024 * 1024, spreadMs: 40_000 });
  const before = time.now();
  await fetch(modelOf(bytes));
  expect(time.pauses[0]).toBe(20_000); // half of the spread: its chance is half
  const fetchedMs = time.now() - before - 20_000;
  expect(fetchedMs).toBeGreaterThan(7_900); // nine MiB, and a burst of one second
});

test('while nobody answers, it asks again, and later and later', async () => {
  const bytes = someBytes();
  const mirror = await mirrorOf(bytes, ({ n, response, well }) => (n < 3 ? response.destroy() : well()));
  const { fetch, time } = await testPayload([mirror.url], { connections: 1 });
  await fetch(modelOf(bytes));
  expect(time.pauses).toEqual([1_000, 2_000, 4_000]);
});

test('whoever no longer wants it gets no further', async () => {
  const bytes = someBytes();
  const cancelled = new AbortController();
  const mirror = await mirrorOf(bytes, ({ n, well }) => {
    if (n === 1) cancelled.abort(new Error('cancelled'));
    well();
  });
  const { fetch } = await testPayload([mirror.url], { connections: 1 });
  await expect(fetch(modelOf(bytes), cancelled.signal)).rejects.toThrow('cancelled');
});
