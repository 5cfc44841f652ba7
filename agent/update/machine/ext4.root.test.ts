import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNodeDisk } from '../disk/node-disk.ts';
import type { Disk } from '../disk.ts';
import { FakeDevice } from './device.fixture.ts';
import { bad, complaint, deviceBefore, idOf, runToItsEnd, v1, v2, v3 } from './power.fixture.ts';
import { machineClock } from './within.ts';

/** What is in a loop device's backing file is what a power cut leaves: all else is in memory. */
let folder: string;
let images = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-ext4-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, ...args: string[]): void =>
  void execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });

async function mounted<T>(image: string, options: string, deed: (root: string) => Promise<T>): Promise<T> {
  const at = `${image}.mounted`;
  mkdirSync(at, { recursive: true });
  run('mount', '-t', 'ext4', '-o', `loop${options}`, image, at);
  try {
    return await deed(join(at, 'update'));
  } finally {
    run('umount', at);
  }
}

/** Called before each sync, which then is left out or not. */
function watched(disk: Disk, syncs: boolean, before: () => void): Disk {
  const sync = async (deed: () => Promise<void>): Promise<void> => {
    before();
    if (syncs) await deed();
  };
  return {
    ...disk,
    syncFolder: (path) => sync(() => disk.syncFolder(path)),
    open: async (path, how) => {
      const file = await disk.open(path, how);
      return { ...file, sync: () => sync(() => file.sync()) };
    },
  };
}

const partsOf = (disk: Disk, root: string) => ({
  ...{ disk, root, clock: machineClock, fetchMs: 0, releases: [v1, v2, v3, bad] },
});

/** An update on an ext4 of its own. @returns an image for each sync, and one from right after it said how it ended */
async function imagesOf(release: typeof v1, syncs: boolean): Promise<string[]> {
  images += 1;
  const image = join(folder, `disk-${images}`);
  run('truncate', '-s', '8M', image);
  run('mkfs.ext4', '-q', '-b', '1024', image);
  const taken: string[] = [];
  // What is written back by age is none of a program's merit.
  await mounted(image, ',commit=600', async (root) => {
    const plain = createNodeDisk();
    await deviceBefore(release, partsOf(plain, root));
    run('sync');
    const take = (): void => {
      const copy = `${image}-${String(taken.length).padStart(3, '0')}`;
      copyFileSync(image, copy);
      taken.push(copy);
    };
    const device = new FakeDevice(partsOf(watched(plain, syncs, take), root));
    await runToItsEnd(device);
    expect(await device.lastWord(idOf(2))).toMatch(/^(installed|rolled-back)/);
    take();
  });
  return taken;
}

const onImage = <T>(image: string, deed: (device: FakeDevice) => Promise<T>): Promise<T> =>
  mounted(image, '', (root) =>
    deed(new FakeDevice({ ...partsOf(createNodeDisk(), root), bootId: 'boot-2' })),
  );

describe('case 26: power cut at each sync, on ext4', () => {
  test.each([
    ['a good release', v2],
    ['a bad one', bad],
  ])('%s: old or new, and it still updates', { timeout: 600_000 }, async (_, release) => {
    const taken = await imagesOf(release, true);
    const complaints: string[] = [];
    const last = await onImage(taken.at(-1) ?? '', (device) => device.running());
    expect(last).toBe(release === v2 ? '2' : '1');
    for (const image of taken) {
      const complains = await onImage(image, (device) => complaint(device, release));
      if (complains) complaints.push(`${image}: ${complains}`);
      rmSync(image);
    }
    expect(complaints).toEqual([]);
    expect(taken.length).toBeGreaterThan(40);
  });

  test('without its syncs it is found out: it said that it was installed, and it is not', async () => {
    const taken = await imagesOf(v2, false);
    const last = await onImage(taken.at(-1) ?? '', (device) => device.running());
    expect(last).not.toBe('2');
  });
});
