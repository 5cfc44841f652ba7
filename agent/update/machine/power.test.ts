import type { Release } from '@rockpool/protocol/update/release';
import { describe, expect, test } from 'vitest';
import { chanceFrom } from '../disk/chance.fixture.ts';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import type { DeviceParts, FakeDevice } from './device.fixture.ts';
import { bad, complaint, deviceBefore, restarted, runToItsEnd, v2 } from './power.fixture.ts';

const survivals = 4;

const diskOf = (device: FakeDevice): MemoryDisk => {
  const { disk } = device.parts;
  if (disk instanceof MemoryDisk) return disk;
  throw new Error('it has another disk');
};

/** Cuts at write 0, 1, 2, … until a run completes. @returns how many there were, and what was wrong after each */
async function cutEverywhere(
  release: Release,
  after: (device: FakeDevice, n: number, note: (complaint: string | undefined) => void) => Promise<void>,
  { prepare, parts = {} }: { prepare?: (disk: MemoryDisk) => void; parts?: Partial<DeviceParts> } = {},
): Promise<{ writes: number; complaints: string[] }> {
  const complaints: string[] = [];
  for (let n = 0; ; n += 1) {
    const device = await deviceBefore(release, parts);
    const disk = diskOf(device);
    prepare?.(disk);
    disk.cutPowerAtWrite(n);
    await runToItsEnd(device);
    if (disk.powered) return { writes: n, complaints };
    const where = disk.trace.at(-1);
    await after(device, n, (complaint) => {
      if (complaint) complaints.push(`cut at write ${n} (${where?.write} ${where?.path}): ${complaint}`);
    });
  }
}

describe.each([
  ['a good release', v2],
  ['a release that fails its trial', bad],
])('case 26: with %s', (_, release) => {
  test('power cut at any write, whatever survives of what was not synced: old or new, and it still updates', async () => {
    const { writes, complaints } = await cutEverywhere(release, async (device, _n, note) => {
      for (let seed = 0; seed < survivals; seed += 1) {
        const left = diskOf(device).afterPowerCut(seed);
        note(await complaint(restarted(device, left, 'boot-2'), release));
      }
    });
    expect(complaints).toEqual([]);
    expect(writes).toBeGreaterThan(80);
  });

  test('power cut again while it recovers', async () => {
    const { complaints } = await cutEverywhere(release, async (device, n, note) => {
      const chance = chanceFrom(n);
      const once = diskOf(device).afterPowerCut(n);
      once.cutPowerAtWrite(chance.below(60));
      await runToItsEnd(restarted(device, once, 'boot-2'));
      note(await complaint(restarted(device, once.afterPowerCut(n + 1), 'boot-3'), release));
    });
    expect(complaints).toEqual([]);
  });

  test('the process killed at any write, and the power cut after its successor began', async () => {
    const { complaints } = await cutEverywhere(release, async (device, _n, note) => {
      const killed = diskOf(device).afterKill();
      note(await complaint(restarted(device, killed, 'boot-1'), release));
    });
    const cutLater = await cutEverywhere(release, async (device, n, note) => {
      const killed = diskOf(device).afterKill();
      killed.cutPowerAtWrite(chanceFrom(n).below(12));
      await runToItsEnd(restarted(device, killed, 'boot-1'));
      note(await complaint(restarted(device, killed.afterPowerCut(n), 'boot-2'), release));
    });
    expect([...complaints, ...cutLater.complaints]).toEqual([]);
  });
});

test('case 26: a switch that needs a start of the device, with power cut at any write', async () => {
  const parts = { later: 'model' as const };
  const { complaints } = await cutEverywhere(
    v2,
    async (device, n, note) => {
      const second = restarted(device, diskOf(device).afterPowerCut(n), 'boot-2');
      await runToItsEnd(second);
      const third = restarted(device, diskOf(second).afterKill(), 'boot-3');
      await runToItsEnd(third);
      const fourth = restarted(device, diskOf(third).afterKill(), 'boot-4');
      fourth.parts.later = undefined;
      note(await complaint(fourth, v2));
    },
    { parts },
  );
  expect(complaints).toEqual([]);
});

test('who does not sync is found out', async () => {
  const found: string[] = [];
  await cutEverywhere(
    v2,
    async (device, n, note) => {
      note(await complaint(restarted(device, diskOf(device).afterPowerCut(n), 'boot-2'), v2));
    },
    { prepare: (disk) => disk.stopSyncing() },
  ).then(({ complaints }) => found.push(...complaints));
  expect(found.length).toBeGreaterThan(0);
});
