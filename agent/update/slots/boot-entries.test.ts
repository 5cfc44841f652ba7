import { describe, expect, test } from 'vitest';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import { createBootEntrySlots } from './boot-entries.ts';
import { compareVersions, nameOf, order, parseEntry } from './boot-names.ts';
import { calm, imagesIn, syncUp, text, write } from './slots.fixture.ts';
import type { SlotImages, SlotName, Slots } from './slots.ts';

const vendor = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
const linux = '/efi/EFI/Linux';
const features = (bits: bigint): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64LE(bits, 4);
  return bytes;
};
/** What of a boot file matters here: the version in its os-release, and the partition on its command line. */
const boot = (partition: string, version = '1'): string =>
  `MZ\0.osrel\0ID=rockpool\nVERSION_ID=${version}\n\0.cmdline\0console=ttyS0 rockpool.root=${partition},161792,abc,def\0`;

async function appliance(booted: SlotName = 'a', files: string[] = ['rockpool-a.efi']) {
  const disk = new MemoryDisk();
  for (const file of files)
    await write(disk, `${linux}/${file}`, boot(file.includes('-b') ? 'APP_b' : 'APP'));
  await write(disk, '/efi/loader/loader.conf', 'timeout 0\neditor no\n');
  await write(disk, `/sys/firmware/efi/efivars/LoaderFeatures-${vendor}`, features(0x7fn));
  await write(disk, '/sys/class/block/vda2/uevent', 'DEVTYPE=partition\nPARTN=2\nPARTNAME=APP\n');
  await write(disk, '/sys/class/block/vda3/uevent', 'DEVTYPE=partition\nPARTN=3\nPARTNAME=APP_b\n');
  await disk.makeFolder(`/sys/class/block/dm-0/slaves/${booted === 'a' ? 'vda2' : 'vda3'}`);
  await write(disk, '/dev/vda2', 'old root a');
  await write(disk, '/dev/vda3', 'old root b');
  await disk.makeFolder('/dev/disk/by-partlabel');
  await disk.link('../../vda2', '/dev/disk/by-partlabel/APP');
  await disk.link('../../vda3', '/dev/disk/by-partlabel/APP_b');
  await syncUp(disk, `/sys/class/block/dm-0/slaves/${booted === 'a' ? 'vda2' : 'vda3'}`);
  await syncUp(disk, '/dev/disk/by-partlabel');
  return { disk, slots: createBootEntrySlots({ disk, esp: '/efi' }) };
}
const boots = async (disk: MemoryDisk, slot: SlotName): Promise<void> => {
  await disk.remove('/sys/class/block/dm-0/slaves');
  await disk.makeFolder(`/sys/class/block/dm-0/slaves/${slot === 'a' ? 'vda2' : 'vda3'}`);
};

describe('names', () => {
  test.each([
    ['rockpool-a.efi', { number: 0, slot: 'a' }],
    ['rockpool-b+3.efi', { number: 0, slot: 'b', left: 3, done: 0 }],
    ['rockpool-12-b+2-1.efi', { number: 12, slot: 'b', left: 2, done: 1 }],
    ['rockpool-12-a+0-3.efi', { number: 12, slot: 'a', left: 0, done: 3 }],
  ] as const)('%s', (file, entry) => {
    expect(parseEntry(file)).toEqual({ file, ...entry });
    expect(nameOf(entry)).toBe(file);
  });
  test.each(['debian.efi', 'rockpool-c.efi', 'rockpool-a.efi.bak', 'rockpool-b.staged', 'rockpool-b+x.efi'])(
    '%s is none of ours',
    (file) => {
      expect(parseEntry(file)).toBeUndefined();
    },
  );
  test('the loader takes the newest that has tries left, and one without only when there is no other', () => {
    const names = ['rockpool-a.efi', 'rockpool-3-b+0-3.efi', 'rockpool-2-a+1-2.efi'];
    const sorted = order(names.flatMap((name) => parseEntry(name) ?? []));
    expect(sorted.map(({ file }) => file)).toEqual([
      'rockpool-2-a+1-2.efi',
      'rockpool-a.efi',
      'rockpool-3-b+0-3.efi',
    ]);
  });
  test('versions', () => {
    expect(compareVersions('1', '1')).toBe(0);
    expect(compareVersions('1.10', '1.9')).toBeGreaterThan(0);
    expect(compareVersions('1', '1.1')).toBeLessThan(0);
    expect(compareVersions('x', '1')).toBeLessThan(0);
    expect(compareVersions('1', 'x')).toBeLessThan(0);
  });
});

describe('what is proven', () => {
  test('a device that runs one and could write the other', async () => {
    const { slots } = await appliance();
    expect(await slots.probe(calm)).toEqual({ proven: true });
    expect([await slots.booted(), await slots.next()]).toEqual(['a', 'a']);
  });

  test('nothing, when its partition can be looked at and not written', async () => {
    const { slots, disk } = await appliance();
    disk.failWrites((_, path) => (path.startsWith('/efi') ? 'EROFS' : undefined));
    expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining('EROFS') });
  });

  const against: [string, string, (disk: MemoryDisk) => Promise<void>][] = [
    [
      'the loader does not count',
      'does not count',
      (disk) => write(disk, `/sys/firmware/efi/efivars/LoaderFeatures-${vendor}`, features(0x0fn)),
    ],
    [
      'another loader started this',
      'does not count',
      (disk) => disk.remove(`/sys/firmware/efi/efivars/LoaderFeatures-${vendor}`),
    ],
    [
      'its partition is not mounted here',
      'not mounted at /efi',
      (disk) => disk.remove('/efi/loader/loader.conf'),
    ],
    [
      'it has a default',
      'a default',
      (disk) => write(disk, '/efi/loader/loader.conf', 'timeout 0\ndefault rockpool-b*\n'),
    ],
    [
      'somebody chose a default at its menu',
      'a default',
      (disk) => write(disk, `/sys/firmware/efi/efivars/LoaderEntryDefault-${vendor}`, 'xxxx'),
    ],
    [
      'the root is on no partition of ours',
      'not started from one',
      (disk) => disk.remove('/sys/class/block/dm-0/slaves'),
    ],
    [
      'the running system has not proven itself',
      'not proven itself',
      (disk) => disk.rename(`${linux}/rockpool-a.efi`, `${linux}/rockpool-a+2-1.efi`),
    ],
    [
      'its boot file is gone',
      'is not on the',
      (disk) => disk.rename(`${linux}/rockpool-a.efi`, `${linux}/rockpool-b.efi`),
    ],
    [
      'the other one is next',
      'is next already',
      (disk) => write(disk, `${linux}/rockpool-1-b+3.efi`, boot('APP_b')),
    ],
    [
      'there is one partition only',
      'no partition APP_b',
      (disk) => disk.remove('/dev/disk/by-partlabel/APP_b'),
    ],
  ];
  test.each(against)('nothing, when %s', async (_, says, change) => {
    const { slots, disk } = await appliance();
    await change(disk);
    expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining(says) });
  });
});

/** The labels of partitions are links, and images go to what they stand for. */
const install = async (
  disk: MemoryDisk,
  slots: Slots,
  version = '2',
  to: SlotName = 'b',
): Promise<SlotImages> => {
  const images = await imagesIn(disk, version, boot(to === 'b' ? 'APP_b' : 'APP', version));
  await slots.write(images, calm);
  return images;
};

describe('a new system', () => {
  test('is tried when it is activated, stays when it is good, and the one after it goes to the other slot', async () => {
    const { disk, slots } = await appliance();
    await install(disk, slots);
    expect(await disk.list(linux)).toEqual(['rockpool-a.efi', 'rockpool-b.staged']);
    expect(await text(disk, '/dev/vda3')).toBe('root 2ot b');
    expect(await slots.next()).toBe('a');
    await slots.activate('b');
    await slots.activate('b');
    expect(await disk.list(linux)).toEqual(['rockpool-1-b+3.efi', 'rockpool-a.efi']);
    await boots(disk, 'b');
    await slots.markGood();
    await slots.markGood();
    expect(await disk.list(linux)).toEqual(['rockpool-1-b.efi', 'rockpool-a.efi']);
    expect(await slots.probe(calm)).toEqual({ proven: true });
    await install(disk, slots, '3', 'a');
    await slots.activate('a');
    expect(await disk.list(linux)).toEqual(['rockpool-1-b.efi', 'rockpool-2-a+3.efi']);
  });

  test('that was tried in vain is taken away', async () => {
    const { disk, slots } = await appliance();
    await install(disk, slots);
    await slots.activate('b');
    await disk.rename(`${linux}/rockpool-1-b+3.efi`, `${linux}/rockpool-1-b+0-3.efi`);
    expect(await slots.next()).toBe('a');
    await slots.markBad('b');
    await slots.markBad('b');
    expect(await disk.list(linux)).toEqual(['rockpool-a.efi']);
  });

  test('the last one that has proven itself is never taken away', async () => {
    const { disk, slots } = await appliance();
    await install(disk, slots);
    await slots.activate('b');
    await expect(slots.markBad('a')).rejects.toThrow('Nothing that has proven itself');
  });

  test.each([
    ['is signed for the other partition', boot('APP', '2'), 'starts a root in APP,'],
    ['names no partition', 'MZ\n', 'no partition'],
    [
      'is of a version that the loader would pass over',
      boot('APP_b', '0.9'),
      'would prefer the installed version 1',
    ],
  ])('is refused before anything is written when its boot file %s', async (_, content, says) => {
    const { disk, slots } = await appliance('a', ['rockpool-a.efi', 'rockpool-1-b+0-3.efi']);
    const images = await imagesIn(disk, '2', content);
    await expect(slots.write(images, calm)).rejects.toThrow(
      expect.objectContaining({ reason: 'bad-content', message: expect.stringContaining(says) }),
    );
    expect(await text(disk, '/dev/vda3')).toBe('old root b');
    expect(await disk.list(linux)).toHaveLength(2);
  });

  test('one boot file may name both partitions', async () => {
    const { disk, slots } = await appliance();
    await slots.write(await imagesIn(disk, '2', boot('APP+APP_b', '2')), calm);
  });

  test('case 16: an image of the store that was changed is never activated', async () => {
    const { disk, slots } = await appliance();
    const images = await imagesIn(disk, '2', boot('APP_b', '2'));
    await write(disk, images.root.file, 'evil 2');
    await expect(slots.write(images, calm)).rejects.toThrow(expect.objectContaining({ reason: 'bad-bytes' }));
    await expect(slots.activate('b')).rejects.toThrow('would not try slot b');
  });

  test('power lost at any write: whatever the loader takes next is whole', async () => {
    for (let n = 0, cut = true; cut; n += 1) {
      const { disk, slots } = await appliance('a', ['rockpool-a.efi', 'rockpool-1-b+0-3.efi']);
      const images = await imagesIn(disk, '2', boot('APP_b', '2'));
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
        const again = createBootEntrySlots({ disk: after, esp: '/efi' });
        const next = await again.next();
        if (!cut) expect(next, `activated, and lost by seed ${seed}`).toBe('b');
        if (next === 'b') {
          const [first] = order((await after.list(linux)).flatMap((name) => parseEntry(name) ?? []));
          expect(await text(after, `${linux}/${first?.file}`), `cut at ${n}`).toBe(boot('APP_b', '2'));
          expect(await text(after, '/dev/vda3'), `cut at ${n}`).toBe('root 2ot b');
        }
        await again.write(images, calm);
        await again.activate('b');
        expect(await again.next()).toBe('b');
      }
    }
  });
});
