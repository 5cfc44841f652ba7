import type { UpdatePhase } from '@rockpool/protocol/update/status';
import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import type { Disk } from '../disk.ts';
import { FakeDevice, folder, manifestOf, releaseNamed } from './device.fixture.ts';
import { openFloor } from './floor.ts';
import { appendHistory, historyFile, readHistory } from './history.ts';
import { openInstalled } from './installed.ts';
import { bad, deviceBefore, idOf, restarted, runToItsEnd, stepInto, v1, v2, v3 } from './power.fixture.ts';
import { openQuarantine } from './quarantine.ts';
import { word } from './words.ts';

async function overwrite(disk: Disk, path: string, bytes: (old: Buffer) => Buffer): Promise<void> {
  const old = (await disk.read(path)) ?? Buffer.alloc(0);
  const file = await disk.open(path, 'rw');
  const fresh = bytes(old);
  await file.truncate(fresh.byteLength);
  await file.write(fresh, 0);
  await file.sync();
  await file.close();
}
const damages: [string, (old: Buffer) => Buffer][] = [
  ['torn', (old) => old.subarray(0, 100)],
  ['zeroed', (old) => Buffer.alloc(old.byteLength)],
  ['empty', () => Buffer.alloc(0)],
  ['with a flipped bit', (old) => Buffer.from(old.map((byte, n) => (n === 90 ? byte ^ 4 : byte)))],
];

/** Steps until it is in a phase, and is cut off there. */
async function cutOffIn(phase: UpdatePhase, release = v2): Promise<{ device: FakeDevice; disk: MemoryDisk }> {
  const device = await deviceBefore(release);
  const machine = await device.start();
  await stepInto(machine, phase);
  const disk = (device.parts.disk as MemoryDisk).afterPowerCut(1);
  return { device: restarted(device, disk, 'boot-2'), disk };
}
const copies = ['a', 'b'].map((copy) => `${folder}/machine/journal.${copy}`);

describe('case 28: a journal', () => {
  test.each(
    damages.flatMap(([how, damage]) =>
      [0, 1].flatMap((copy) =>
        (['fetching', 'activating', 'trial', 'committing'] as const).map((phase) => ({
          how,
          damage,
          copy,
          phase,
        })),
      ),
    ),
  )('whose copy $copy is $how, in $phase: the other one holds', async ({ damage, copy, phase }) => {
    const { device, disk } = await cutOffIn(phase);
    await overwrite(disk, copies[copy] ?? '', damage);
    await runToItsEnd(device);
    // The copy before may be the one in which nothing was switched to yet: then what is tried is taken back.
    expect(['2 installed', '1 rolled-back crashed']).toContain(
      `${await device.running()} ${await device.lastWord(idOf(2))}`,
    );
    await device.install(v3, idOf(3));
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(3))]).toEqual(['3', 'installed']);
  });

  test.each(['trial', 'committing'] as const)(
    'with both copies damaged in %s: what is tried is taken back',
    async (phase) => {
      const { device, disk } = await cutOffIn(phase);
      for (const path of copies) await overwrite(disk, path, (old) => Buffer.alloc(old.byteLength));
      expect(await device.running()).toBe('2');
      await runToItsEnd(device);
      expect([await device.running(), await device.lastWord(idOf(2))]).toEqual(['1', 'rolled-back crashed']);
    },
  );

  test('with both copies damaged while nothing runs that was not committed: it begins anew', async () => {
    const { device, disk } = await cutOffIn('fetching');
    for (const path of copies) await overwrite(disk, path, () => Buffer.from('no journal'));
    await device.install(v3, idOf(3));
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(3))]).toEqual(['3', 'installed']);
  });

  test('that is an old one, from before the switch: the trial is noticed, and taken back', async () => {
    const device = await deviceBefore(v2);
    const machine = await device.start();
    await stepInto(machine, 'fetching');
    const { disk } = device.parts;
    const old = await Promise.all(copies.map((path) => disk.read(path)));
    await stepInto(machine, 'trial');
    for (const [n, path] of copies.entries()) await overwrite(disk, path, () => old[n] ?? Buffer.alloc(0));
    const next = restarted(device, (disk as MemoryDisk).afterPowerCut(1), 'boot-2');
    await runToItsEnd(next);
    expect([await next.running(), await next.lastWord(idOf(2))]).toEqual(['1', 'rolled-back crashed']);
  });
});

describe('the floor', () => {
  const opened = async (disk: Disk) => openFloor(disk, folder, []);

  test('is the highest of all copies that are whole, and is in both of them', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder(folder);
    await (await opened(disk)).raise('models/qwen/2', { counter: 5, dataForm: 1 });
    for (const copy of ['a', 'b']) {
      const left = disk.afterKill();
      await overwrite(left, `${folder}/floor.${copy}`, () => Buffer.from('torn'));
      expect((await opened(left)).of('models/qwen/9')).toEqual({ counter: 5, dataForm: 1 });
      // And the one that was damaged is whole again.
      await overwrite(left, `${folder}/floor.${copy === 'a' ? 'b' : 'a'}`, () => Buffer.from('torn'));
      expect((await opened(left)).of('models/qwen/9')).toEqual({ counter: 5, dataForm: 1 });
    }
  });

  test('is never lowered, and each name has its own', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder(folder);
    const floor = await opened(disk);
    await floor.raise('models/qwen/2', { counter: 5, dataForm: 1 });
    await floor.raise('models/qwen/1', { counter: 3, dataForm: 2 });
    expect(floor.of('models/qwen/1')).toEqual({ counter: 5, dataForm: 2 });
    expect(floor.of('agent/qwen/1')).toEqual({ counter: 0, dataForm: 0 });
  });

  test('survives the loss of both its copies by what is installed', async () => {
    const device = await deviceBefore(v2);
    await runToItsEnd(device);
    for (const copy of ['a', 'b'])
      await overwrite(device.parts.disk, `${folder}/machine/floor.${copy}`, () => Buffer.from('torn'));
    await device.install(v1, idOf(3));
    await runToItsEnd(device);
    expect(await device.lastWord(idOf(3))).toBe('refused below-floor');
  });

  test('is raised by a commit, and by nothing before it', async () => {
    const device = await deviceBefore(bad);
    await runToItsEnd(device);
    expect(await device.lastWord(idOf(2))).toBe('rolled-back unhealthy');
    await device.install(releaseNamed('1-again'), idOf(3));
    const other = new FakeDevice({ ...device.parts, releases: [releaseNamed('1-again')] });
    await runToItsEnd(other);
    expect(await other.lastWord(idOf(3))).toBe('installed');
  });

  test('that could not be written is not raised', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder(folder);
    const floor = await opened(disk);
    disk.failWrites(() => 'ENOSPC');
    await expect(floor.raise('models/qwen/2', { counter: 5, dataForm: 0 })).rejects.toThrow('ENOSPC');
    disk.failWrites(undefined);
    expect(floor.of('models/qwen/2').counter).toBe(0);
    await floor.raise('models/qwen/2', { counter: 5, dataForm: 0 });
    expect((await opened(disk)).of('models/qwen/2').counter).toBe(5);
  });
});

describe('the quarantine', () => {
  test('holds what was rolled back, until a person wants it again and it proves itself', async () => {
    const device = await deviceBefore(bad);
    await runToItsEnd(device);
    await device.install(bad, idOf(3));
    await runToItsEnd(device);
    expect(await device.lastWord(idOf(3))).toBe('refused quarantined');
    await device.install(bad, idOf(4), { again: true });
    await runToItsEnd(device);
    expect(await device.lastWord(idOf(4))).toBe('rolled-back unhealthy');
  });

  test('is bounded: the oldest is forgotten', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder(folder);
    const quarantine = await openQuarantine(disk, folder);
    const hash = (n: number): string => String(n).padStart(64, '0');
    for (let n = 0; n < 70; n += 1)
      await quarantine.add({ manifestSha256: hash(n), reason: 'unhealthy', at: n });
    const again = await openQuarantine(disk, folder);
    expect([again.find(hash(5)), again.find(hash(6))?.at, again.find(hash(69))?.at]).toEqual([
      undefined,
      6,
      69,
    ]);
  });
});

describe('what is installed', () => {
  const entry = (release: typeof v1, committedAt: number) => ({
    ...{ path: `models/${release.name}/${release.version}`, manifestSha256: manifestOf(release), release },
    ...{ rollout: null, committedAt },
  });

  test('knows what was there before, and a commit that is done twice changes nothing', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder(folder);
    const installed = await openInstalled(disk, folder);
    await installed.commit(entry(v1, 1));
    await installed.commit(entry(v2, 2));
    await installed.commit(entry(v2, 3));
    const again = await openInstalled(disk, folder);
    expect(again.pairOf('model')).toMatchObject({ current: { release: v2 }, previous: { release: v1 } });
    expect(again.keep()).toEqual([v2, v1]);
  });

  test('when that is no longer known, nothing is removed from the store', async () => {
    const device = await deviceBefore(v2);
    for (const copy of ['a', 'b'])
      await overwrite(device.parts.disk, `${folder}/machine/installed.${copy}`, () => Buffer.from('torn'));
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(2))]).toEqual(['2', 'installed']);
    expect(await device.parts.disk.list(`${folder}/store`)).toHaveLength(2);
    await device.install(v3, idOf(3));
    await runToItsEnd(device);
    expect(await device.parts.disk.list(`${folder}/store`)).toHaveLength(3);
  });

  test('a new base takes the adapter of the old one with it', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder(folder);
    const installed = await openInstalled(disk, folder);
    await installed.commit(entry(v1, 1));
    const base = v1.kind === 'model' ? v1.artifact.sha256 : '';
    await installed.commit(entry(releaseNamed('x', { kind: 'adapter', name: 'law', base }), 2));
    expect(installed.all().map(({ release }) => release.kind)).toEqual(['model', 'adapter']);
    await installed.commit(entry(v2, 3));
    expect(installed.all().map(({ release }) => release.kind)).toEqual(['model']);
  });
});

describe('the history', () => {
  const path = historyFile(folder);
  const status = (n: number) =>
    word(
      { id: idOf(n), kind: 'model', from: null, order: { rollout: null, release: `models/qwen/${n}` } },
      'idle',
      n,
      { outcome: 'installed' },
    );
  const written = async (lines: number): Promise<MemoryDisk> => {
    const disk = new MemoryDisk();
    await disk.makeFolder(`${folder}/machine`);
    for (let n = 0; n < lines; n += 1) await appendHistory(disk, path, status(n));
    return disk;
  };

  test('is a chain: a line that was changed or taken out is seen', async () => {
    const disk = await written(4);
    expect(await readHistory(disk, path)).toMatchObject({ brokenAt: null, lines: { length: 4 } });
    const lines = (await disk.read(path))?.toString().split('\n') ?? [];
    await overwrite(disk, path, () => Buffer.from([lines[0], lines[2], lines[3], ''].join('\n')));
    expect((await readHistory(disk, path)).brokenAt).toBe(2);
  });

  test('goes on after a line that was cut off, and says nothing twice', async () => {
    const disk = await written(3);
    await overwrite(disk, path, (old) => old.subarray(0, old.byteLength - 20));
    await appendHistory(disk, path, status(2));
    await appendHistory(disk, path, status(2));
    const { lines, brokenAt } = await readHistory(disk, path);
    expect([lines.map(({ seq }) => seq), brokenAt]).toEqual([[0, 1, 2], null]);
  });

  test('is bounded, and still a chain', async () => {
    const disk = await written(520);
    const { lines, brokenAt } = await readHistory(disk, path);
    expect([lines.length < 512, lines.at(-1)?.seq, brokenAt]).toEqual([true, 519, null]);
  });
});
