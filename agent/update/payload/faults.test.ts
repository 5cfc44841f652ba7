import { randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pieceBytes } from '@rockpool/protocol/update/release';
import { afterEach, expect, test } from 'vitest';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import { createNodeDisk } from '../disk/node-disk.ts';
import type { Disk } from '../disk.ts';
import type { Trusted, TrustedRelease } from '../parts.ts';
import { type Behave, startMirror, type TestMirror } from './mirror.fixture.ts';
import {
  modelOf,
  removeTestFolders,
  sha256,
  someBytes,
  type TestPayload,
  testFolder,
  testPayload,
} from './payload.fixture.ts';
import { SourceError } from './source.ts';

const opened: TestMirror[] = [];
afterEach(async () => {
  for (const mirror of opened.splice(0)) await mirror.close();
  await removeTestFolders();
});

async function mirrorOf(bytes: Buffer, behave?: Behave): Promise<TestMirror> {
  const mirror = await startMirror(new Map([[sha256(bytes), bytes]]), behave);
  opened.push(mirror);
  return mirror;
}

const never = new AbortController().signal;
const begun = 'partial';

/** A mirror without a network, which remembers what it was asked for. */
function inMemory(bytes: Buffer): {
  asked: number[];
  read: NonNullable<Parameters<typeof testPayload>[1]>['read'];
} {
  const asked: number[] = [];
  return {
    asked,
    async *read(_url, wanted, { from, to }) {
      if (wanted.sha256 !== sha256(bytes)) throw new SourceError('lacks', "it doesn't have it");
      asked.push(from / pieceBytes);
      yield bytes.subarray(from, to);
    },
  };
}

const onDisk = (
  disk: Disk,
  bytes: Buffer,
  folder = '/update',
): Promise<TestPayload> & { asked: number[] } => {
  const { asked, read } = inMemory(bytes);
  const opening = testPayload(['https://mirror.example'], {
    folder,
    disk,
    openAgain: (path) => disk.open(path, 'r'),
    ...(read && { read }),
  });
  return Object.assign(opening, { asked });
};

const wholeOn = async (disk: Disk, bytes: Buffer): Promise<boolean> =>
  (await disk.read(`/update/store/${sha256(bytes)}`))?.equals(bytes) ?? false;

test('case 26: power cut at any write leaves no artifact that is not whole, and the next fetch ends well', async () => {
  const bytes = randomBytes(2 * pieceBytes + 1);
  let cuts = 0;
  for (let n = 0; ; n += 1) {
    const disk = new MemoryDisk();
    disk.cutPowerAtWrite(n);
    try {
      const { fetch } = await onDisk(disk, bytes);
      await fetch(modelOf(bytes));
      break;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts += 1;
    }
    const after = disk.afterPowerCut(n);
    const there = await after.read(`/update/store/${sha256(bytes)}`);
    if (there) expect(there.equals(bytes), `cut at write ${n}`).toBe(true);
    const { fetch } = await onDisk(after, bytes);
    await fetch(modelOf(bytes));
    expect(await wholeOn(after, bytes), `resumed after cut at write ${n}`).toBe(true);
  }
  expect(cuts).toBeGreaterThan(15);
});

/** Fetches until it has put so many pieces, and then it is as if it had never been. */
async function cutAfter(disk: MemoryDisk, release: Trusted<TrustedRelease>, bytes: Buffer, pieces: number) {
  const stop = new AbortController();
  const opening = onDisk(disk, bytes);
  const { payload } = await opening;
  let told = 0;
  const progress = (): void => {
    told += 1;
    if (told > pieces) disk.cutPower(); // the first word is what was here already
  };
  await expect(payload.fetch(release, progress, stop.signal)).rejects.toBeInstanceOf(PowerCut);
  return opening.asked;
}

test.each(['killed', 'without power'] as const)(
  'case 26: %s in the middle, no more than one piece per connection is fetched twice',
  async (how) => {
    const bytes = randomBytes(12 * pieceBytes);
    for (const pieces of [1, 5, 9]) {
      const disk = new MemoryDisk();
      const first = await cutAfter(disk, modelOf(bytes), bytes, pieces);
      const after = how === 'killed' ? disk.afterKill() : disk.afterPowerCut(pieces);
      const opening = onDisk(after, bytes);
      await (await opening).fetch(modelOf(bytes));
      const twice = first.filter((piece) => opening.asked.includes(piece));
      expect(twice.length, `${how} after ${pieces}: ${twice}`).toBeLessThanOrEqual(2);
      expect(first.length).toBeGreaterThanOrEqual(pieces);
    }
  },
);

test('case 27: a full disk says so, and what is there stays for later', async () => {
  const bytes = randomBytes(6 * pieceBytes);
  const disk = new MemoryDisk();
  let pieces = 0;
  disk.failWrites((write, path) => {
    if (write !== 'write' || !path.endsWith('.partial')) return undefined;
    pieces += 1;
    return pieces > 3 ? 'ENOSPC' : undefined;
  });
  const full = onDisk(disk, bytes);
  await expect((await full).fetch(modelOf(bytes))).rejects.toMatchObject({ reason: 'no-space' });
  disk.failWrites(undefined);
  const again = onDisk(disk, bytes);
  await (await again).fetch(modelOf(bytes));
  expect(await wholeOn(disk, bytes)).toBe(true);
  expect(again.asked.length).toBeLessThanOrEqual(3);
});

test('case 27: a disk that is full at whichever write is told as full, and the next fetch ends well', async () => {
  const bytes = randomBytes(pieceBytes + 1);
  for (let n = 0; ; n += 1) {
    const disk = new MemoryDisk();
    disk.failWrites((write, _path, nth) =>
      nth >= n && (write === 'write' || write === 'new' || write === 'folder') ? 'ENOSPC' : undefined,
    );
    const { fetch } = await onDisk(disk, bytes);
    const reason = await fetch(modelOf(bytes)).then(
      () => 'fetched',
      (error: { reason?: unknown }) => error.reason ?? error,
    );
    if (reason === 'fetched') break;
    expect(reason, `full at write ${n}`).toBe('no-space');
    disk.failWrites(undefined);
    await (await onDisk(disk, bytes)).fetch(modelOf(bytes));
    expect(await wholeOn(disk, bytes)).toBe(true);
  }
});

test('case 27: a sync that failed is not asked again: what was begun is thrown away', async () => {
  const bytes = randomBytes(3 * pieceBytes);
  const disk = new MemoryDisk();
  let syncs = 0;
  disk.failWrites((write, path) => {
    if (write !== 'sync' || !path.endsWith('.partial')) return undefined;
    syncs += 1;
    return syncs === 2 ? 'EIO' : undefined;
  });
  await expect((await onDisk(disk, bytes)).fetch(modelOf(bytes))).rejects.toMatchObject({ reason: 'disk' });
  expect((await disk.list('/update/store')).filter((name) => name.endsWith(begun))).toEqual([]);
  const again = onDisk(disk, bytes);
  await (await again).fetch(modelOf(bytes));
  expect(again.asked).toHaveLength(3);
});

test('case 27: a disk that may only be read is told as such', async () => {
  const bytes = someBytes();
  const disk = new MemoryDisk();
  disk.failWrites(() => 'EROFS');
  await expect((await onDisk(disk, bytes)).fetch(modelOf(bytes))).rejects.toMatchObject({ reason: 'disk' });
});

test('what the disk does not give back as it was written is fetched once more, and then no more', async () => {
  const bytes = someBytes();
  const lying = (times: number): MemoryDisk & { lies: number } => {
    const disk = Object.assign(new MemoryDisk(), { lies: 0 });
    const open = disk.open.bind(disk);
    disk.open = async (path, how) => {
      const file = await open(path, how);
      const write = file.write.bind(file);
      file.write = async (some, at) => {
        const lies = path.endsWith('.partial') && at === pieceBytes && disk.lies < times;
        if (lies) disk.lies += 1;
        await write(lies ? Buffer.alloc(some.byteLength) : some, at);
      };
      return file;
    };
    return disk;
  };
  const once = lying(1);
  const opening = onDisk(once, bytes);
  await (await opening).fetch(modelOf(bytes));
  expect(await wholeOn(once, bytes)).toBe(true);
  expect(opening.asked).toEqual([0, 1, 2, 1]);
  const always = lying(99);
  await expect((await onDisk(always, bytes)).fetch(modelOf(bytes))).rejects.toMatchObject({
    reason: 'bad-bytes',
  });
  expect(await always.list('/update/store')).toEqual([]);
});

test('pieces that are all right of a whole that is not are no release', async () => {
  const bytes = someBytes();
  const release = modelOf(bytes);
  const other = sha256(Buffer.from('something else'));
  const { artifact } = release.release as { artifact: { sha256: string } };
  const pieces = new Map([[other, release.pieces.get(artifact.sha256) ?? []]]);
  artifact.sha256 = other;
  const { payload } = await testPayload(['https://mirror.example'], {
    async *read(_url, _wanted, { from, to }) {
      yield bytes.subarray(from, to);
    },
  });
  await expect(payload.fetch({ ...release, pieces }, () => undefined, never)).rejects.toMatchObject({
    reason: 'bad-bytes',
    message: expect.stringContaining('Every piece'),
  });
});

test('case 14: what stands after the end of a partial file is cut off', async () => {
  const bytes = someBytes();
  const disk = new MemoryDisk();
  await disk.makeFolder('/update/store');
  const file = await disk.open(`/update/store/${sha256(bytes)}.partial`, 'new');
  await file.write(Buffer.alloc(1_000, 7), bytes.length);
  await file.close();
  await (await onDisk(disk, bytes)).fetch(modelOf(bytes));
  expect(await wholeOn(disk, bytes)).toBe(true);
});

const tampering: Record<string, (file: string, folder: string) => Promise<void>> = {
  'a byte changed by who had it open': async (file) => {
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from([255]), 0, 1, 5);
    await handle.close();
  },
  'a second name': async (file, folder) => link(file, join(folder, 'mine')),
  'a link in its place': async (file, folder) => {
    await writeFile(join(folder, 'mine'), await readFile(file));
    await unlink(file);
    await symlink(join(folder, 'mine'), file);
  },
  'its end cut off': async (file) => {
    await chmod(file, 0o640);
    const handle = await open(file, 'r+');
    await handle.truncate(100);
    await handle.close();
  },
  'something after its end': async (file) => {
    await chmod(file, 0o640);
    await writeFile(file, 'x', { flag: 'a' });
  },
  'nothing in its place': (file) => unlink(file),
};

test.each(Object.entries(tampering))(
  'case 16: %s, between verification and activation, is found; and it is fetched anew',
  async (_, tamper) => {
    const bytes = someBytes();
    const release = modelOf(bytes);
    const mirror = await mirrorOf(bytes);
    const { payload, fetch } = await testPayload([mirror.url]);
    await fetch(release);
    await payload.verify(release, never);
    const file = payload.fileOf({ sha256: sha256(bytes) });
    await tamper(file, await testFolder());
    await expect(payload.verify(release, never)).rejects.toMatchObject({ reason: 'bad-bytes' });
    await fetch(release);
    await payload.verify(release, never);
  },
);

test('what does not fit is said before it is begun, and what is here counts as here', async () => {
  const bytes = randomBytes(12 * pieceBytes);
  const disk = new MemoryDisk();
  disk.free = 13 * pieceBytes;
  const { payload } = await testPayload([], { disk, folder: '/update', reserveBytes: () => 2 * pieceBytes });
  expect(await payload.missing(modelOf(bytes))).toMatchObject({
    fits: false,
    says: 'It needs 56 MiB (48 to be fetched, 0 unpacked, 8 kept free); 52 MiB are free.',
  });
  await cutAfter(disk, modelOf(bytes), bytes, 8);
  const after = disk.afterKill();
  const { payload: later } = await testPayload([], { disk: after, folder: '/update' });
  expect((await later.missing(modelOf(bytes))).bytes).toBeLessThanOrEqual(4 * pieceBytes);
});

test('what no release needs is removed, and what was begun lately is not', async () => {
  const [kept, gone, started] = [randomBytes(10), randomBytes(20), randomBytes(12 * pieceBytes)];
  const folder = await testFolder();
  const mirror = await startMirror(
    new Map([kept, gone, started].map((bytes) => [sha256(bytes), bytes])),
    ({ n, well, response }) => (n < 11 ? well() : response.destroy()),
  );
  opened.push(mirror);
  const { payload, fetch, time } = await testPayload([mirror.url], { folder, connections: 1 });
  await fetch(modelOf(kept));
  await fetch(modelOf(gone));
  await expect(fetch(modelOf(started))).rejects.toMatchObject({ reason: 'mirrors' });
  const names = async (): Promise<string[]> => createNodeDisk().list(join(folder, 'store'));
  await payload.collect([modelOf(kept).release]);
  expect(await names()).toContain(sha256(kept));
  expect(await names()).toContain(`${sha256(started)}.partial`);
  expect(await names()).not.toContain(sha256(gone));
  await time.pause(8 * 86_400_000, never);
  await payload.collect([modelOf(kept).release]);
  expect(await names()).toEqual([sha256(kept)]);
});
