import { expect, test } from 'vitest';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import { createDirectorySlots, startDirectory } from './directory.ts';
import { calm, imagesIn, text } from './slots.fixture.ts';

const open = async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/slots');
  for (const path of ['/slots', '/']) await disk.syncFolder(path);
  return { disk, slots: createDirectorySlots({ disk, folder: '/slots' }) };
};

test('a slot is tried so often, and then the one before starts again', async () => {
  const { disk, slots } = await open();
  await slots.write(await imagesIn(disk, '2'), calm);
  await slots.activate('b');
  const seen = [];
  for (let start = 0; start < 5; start += 1) seen.push(await startDirectory(disk, '/slots'));
  expect(seen).toEqual(['b', 'b', 'b', 'a', 'a']);
});

test('one that was marked good stays, and the other can be written', async () => {
  const { disk, slots } = await open();
  await slots.write(await imagesIn(disk, '2'), calm);
  await slots.activate('b');
  await startDirectory(disk, '/slots');
  expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining('being tried') });
  await slots.markGood();
  for (let start = 0; start < 5; start += 1) expect(await startDirectory(disk, '/slots')).toBe('b');
  await slots.write(await imagesIn(disk, '3'), calm);
  expect([await text(disk, '/slots/b/root.img'), await text(disk, '/slots/a/root.img')]).toEqual([
    'root 2',
    'root 3',
  ]);
});

test('nothing that is not whole is activated, and the last one is never marked bad', async () => {
  const { slots } = await open();
  await expect(slots.activate('b')).rejects.toThrow(expect.objectContaining({ reason: 'slot-failed' }));
  await expect(slots.markBad('a')).rejects.toThrow(expect.objectContaining({ reason: 'slot-failed' }));
});

test('power lost at any write: what starts is whole', async () => {
  for (let n = 0, cut = true; cut; n += 1) {
    const { disk, slots } = await open();
    const images = await imagesIn(disk, '2');
    disk.cutPowerAtWrite(n);
    try {
      await slots.write(images, calm);
      await slots.activate('b');
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    for (let seed = 0; seed < 4; seed += 1) {
      const after = disk.afterPowerCut(n * 4 + seed);
      if ((await startDirectory(after, '/slots')) === 'b')
        expect([await text(after, '/slots/b/root.img'), await text(after, '/slots/b/boot.img')]).toEqual([
          'root 2',
          'boot 2',
        ]);
      else expect(cut, 'activated, and lost').toBe(true);
    }
  }
});
