import { describe, expect, test } from 'vitest';
import { writeDurably } from './durable.ts';
import { MemoryDisk, PowerCut } from './memory-disk.fixture.ts';

const seeds = Array.from({ length: 40 }, (_, seed) => seed);
const text = async (disk: MemoryDisk, path: string): Promise<string | undefined> =>
  (await disk.read(path))?.toString();

async function withFile(path: string, content: string, { sync }: { sync: boolean }): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeFolder('/a');
  await disk.syncFolder('/');
  const file = await disk.open(path, 'new');
  await file.write(Buffer.from(content), 0);
  if (sync) await file.sync();
  return disk;
}

describe('after a power cut', () => {
  test('what was not synced is there, or not, or torn', async () => {
    const disk = await withFile('/a/x', 'hello', { sync: false });
    await disk.syncFolder('/a');
    const left = await Promise.all(seeds.map((seed) => text(disk.afterPowerCut(seed), '/a/x')));
    expect(new Set(left).size).toBeGreaterThan(2);
    expect(left).toContain('hello');
    expect(left).toContain('');
    for (const each of left) expect('hello'.startsWith(each ?? '?')).toBe(true);
  });

  test('a file that was synced may lack its name, until its folder was synced too', async () => {
    const disk = await withFile('/a/x', 'hello', { sync: true });
    const before = await Promise.all(seeds.map((seed) => text(disk.afterPowerCut(seed), '/a/x')));
    expect(new Set(before)).toEqual(new Set([undefined, 'hello']));
    const again = await withFile('/a/x', 'hello', { sync: true });
    await again.syncFolder('/a');
    for (const seed of seeds) expect(await text(again.afterPowerCut(seed), '/a/x')).toBe('hello');
  });

  test('a rename is there wholly or not at all', async () => {
    const disk = await withFile('/a/x', 'old', { sync: true });
    await disk.syncFolder('/a');
    const file = await disk.open('/a/x.new', 'new');
    await file.write(Buffer.from('new'), 0);
    await file.sync();
    await disk.rename('/a/x.new', '/a/x');
    const left = await Promise.all(seeds.map((seed) => text(disk.afterPowerCut(seed), '/a/x')));
    expect(new Set(left)).toEqual(new Set(['old', 'new']));
  });

  test('a rename into another folder never loses the file', async () => {
    const disk = await withFile('/a/x', 'kept', { sync: true });
    await disk.makeFolder('/b');
    await disk.syncFolder('/');
    await disk.syncFolder('/a');
    await disk.rename('/a/x', '/b/x');
    await disk.syncFolder('/a');
    for (const seed of seeds) expect(await text(disk.afterPowerCut(seed), '/b/x')).toBe('kept');
  });

  test('the old holder of the disk gets nothing more done', async () => {
    const disk = await withFile('/a/x', 'hello', { sync: true });
    disk.cutPowerAtWrite(1);
    await disk.remove('/a/x');
    await expect(disk.syncFolder('/a')).rejects.toBeInstanceOf(PowerCut);
    await expect(disk.read('/a/x')).rejects.toBeInstanceOf(PowerCut);
  });
});

test('a process that is killed leaves all it wrote, no more durable than before', async () => {
  const disk = await withFile('/a/x', 'hello', { sync: false });
  const next = disk.afterKill();
  expect(await text(next, '/a/x')).toBe('hello');
  const left = await Promise.all(seeds.map((seed) => text(next.afterPowerCut(seed), '/a/x')));
  expect(left).toContain(undefined);
});

test('what a sync failed to write is never written by a later one', async () => {
  const disk = await withFile('/a/x', 'hello', { sync: false });
  await disk.syncFolder('/a');
  disk.failWrites((write, _, n) => (write === 'sync' && n === 0 ? 'EIO' : undefined));
  const file = await disk.open('/a/x', 'rw');
  await expect(file.sync()).rejects.toThrow('EIO');
  await file.sync();
  expect(await text(disk, '/a/x')).toBe('hello');
  for (const seed of seeds) expect(await text(disk.afterPowerCut(seed), '/a/x')).toBe('');
});

test('the same seed leaves the same', async () => {
  const disk = await withFile('/a/x', 'hello', { sync: false });
  for (const seed of seeds)
    expect(await text(disk.afterPowerCut(seed), '/a/x')).toBe(await text(disk.afterPowerCut(seed), '/a/x'));
});

test('a file that is replaced durably is old or new at every cut, and new once it returned', async () => {
  for (let n = 0; ; n += 1) {
    const disk = await withFile('/a/x', 'old', { sync: true });
    await disk.syncFolder('/a');
    disk.cutPowerAtWrite(n);
    const replaced = await writeDurably(disk, '/a/x', Buffer.from('new')).then(
      () => true,
      () => false,
    );
    const left = await Promise.all(seeds.map((seed) => text(disk.afterPowerCut(seed), '/a/x')));
    for (const each of left) expect(replaced ? ['new'] : ['old', 'new']).toContain(each);
    if (replaced) break;
  }
});
