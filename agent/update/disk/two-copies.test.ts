import { expect, test } from 'vitest';
import { MemoryDisk } from './memory-disk.fixture.ts';
import { twoCopies } from './two-copies.ts';

const record = (value: unknown): { n: number } => {
  if (typeof value === 'object' && value !== null && 'n' in value && typeof value.n === 'number')
    return { n: value.n };
  throw new Error('this is another record');
};
const open = (disk: MemoryDisk) => twoCopies(disk, '/a/record', record);

async function saved(...numbers: number[]): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeFolder('/a');
  await disk.syncFolder('/');
  const copies = open(disk);
  for (const n of numbers) await copies.save({ n });
  return disk;
}

test('there is nothing at first, then what was saved last', async () => {
  expect(await open(await saved()).load()).toEqual({ value: undefined, all: [], damaged: 0 });
  expect((await open(await saved(1)).load()).value).toEqual({ n: 1 });
  expect((await open(await saved(1, 2, 3)).load()).all).toEqual([{ n: 3 }, { n: 2 }]);
});

test('power cut at any write of a save leaves the record before, or this one', async () => {
  for (let n = 0; ; n += 1) {
    const disk = await saved(1, 2);
    disk.cutPowerAtWrite(n);
    const copies = open(disk);
    const done = await copies.save({ n: 3 }).then(
      () => true,
      () => false,
    );
    for (let seed = 0; seed < 20; seed += 1) {
      const { value } = await open(disk.afterPowerCut(seed)).load();
      expect(done ? [3] : [2, 3], `cut at ${n}, seed ${seed}`).toContain(value?.n);
    }
    if (done) break;
  }
});

test('what was loaded stays, though a killed process had only written and not synced it', async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const disk = await saved(1, 2);
    disk.cutPowerAtWrite(1);
    await open(disk)
      .save({ n: 3 })
      .catch(() => undefined);
    const next = disk.afterKill();
    const loaded = (await open(next).load()).value?.n ?? 0;
    const later = (await open(next.afterPowerCut(seed)).load()).value?.n;
    expect(later).toBe(loaded);
  }
});

test('a save that failed did not happen, and the next one does not endanger what held', async () => {
  const disk = await saved(1, 2);
  const copies = open(disk);
  await copies.load();
  disk.failWrites((write) => (write === 'sync' ? 'EIO' : undefined));
  await expect(copies.save({ n: 3 })).rejects.toThrow('EIO');
  disk.failWrites(undefined);
  disk.cutPowerAtWrite(0);
  await copies.save({ n: 4 }).catch(() => undefined);
  for (let seed = 0; seed < 20; seed += 1)
    expect((await open(disk.afterPowerCut(seed)).load()).value?.n).not.toBe(1);
});

test('on a disk that became full a record that was written before can be written again', async () => {
  const disk = await saved(1, 2);
  const before = (await disk.read('/a/record.a'))?.byteLength;
  const copies = open(disk);
  for (let n = 3; n < 40; n += 1) await copies.save({ n: n * 10 ** 6 });
  expect((await disk.read('/a/record.a'))?.byteLength).toBe(before);
});

test('a copy of a form that nobody knows is damaged, and the other holds', async () => {
  const disk = await saved(1, 2);
  const other = twoCopies(disk, '/a/record', (value) => value);
  await other.save({ of: 'the future' });
  expect(await open(disk).load()).toMatchObject({ value: { n: 2 }, damaged: 1 });
});
