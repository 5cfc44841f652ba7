import { describe, expect, test } from 'vitest';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import { select } from '../select.ts';
import { createAgentApplier } from './agent.ts';
import { trialIn } from './agent-trial.ts';
import { sha256 } from './archive.fixture.ts';
import { archives, calm, Device, releaseNamed } from './device.fixture.ts';

const two = releaseNamed('2.0.0');
const three = releaseNamed('3.0.0');
const hash = { two: two.tar.sha256, three: three.tar.sha256 };
const failing = (reason: string, says = '') =>
  expect.objectContaining({ reason, message: expect.stringContaining(says) });

async function install(device: Device, release = two): Promise<void> {
  const applier = device.applier();
  await applier.probe(release, calm);
  await applier.stage(release, calm);
  await applier.activate(release, calm);
  await applier.prove(release, calm);
  await applier.commit(release);
}

describe('a release that works', () => {
  test('runs, stays over restarts, and leaves the one before and no other', async () => {
    const device = await Device.make();
    await install(device);
    expect(device.runs).toBe(hash.two);
    await device.start();
    expect(device.runs).toBe(hash.two);
    await install(device, three);
    await install(device, releaseNamed('1.0.0'));
    expect(device.runs).toBe(sha256(archives['1.0.0']));
    expect((await device.disk.list('/u/agent/releases')).sort()).toEqual(
      [sha256(archives['1.0.0']), hash.three].sort(),
    );
  });

  test('is not what a power cut during its trial starts for ever: the attempts are counted before its code runs', async () => {
    const device = await Device.make();
    const applier = device.applier();
    await applier.stage(two, calm);
    await applier.activate(two, calm);
    const seen = [];
    for (let start = 0; start < 4; start += 1) {
      seen.push(device.runs);
      await device.start();
    }
    expect(seen).toEqual([hash.two, hash.two, hash.two, null]);
    expect(await applier.inForce(two, calm)).toBe(false);
  });

  test('every deed may be done twice', async () => {
    const device = await Device.make();
    const applier = device.applier();
    for (const _ of [1, 2]) await applier.stage(two, calm);
    for (const _ of [1, 2]) expect(await applier.activate(two, calm)).toBe('here');
    expect(device.startsOf('2.0.0')).toBe(1);
    for (const _ of [1, 2]) await applier.prove(two, calm);
    for (const _ of [1, 2]) await applier.commit(two);
    for (const _ of [1, 2]) await applier.discard(two);
    await device.start();
    expect(device.runs).toBe(hash.two);
  });

  test('power lost at any write starts the old one or the new one, and the next try installs it', async () => {
    for (let n = 0, cut = true; cut; n += 1) {
      const device = await Device.make();
      device.disk.cutPowerAtWrite(n);
      try {
        await install(device);
        cut = false;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      for (let seed = 0; seed < 3; seed += 1) {
        device.disk = device.disk.afterPowerCut(n * 3 + seed);
        await device.start();
        if (!cut) expect(device.runs, `committed, and lost by seed ${seed}`).toBe(hash.two);
        expect([null, hash.two], `cut at write ${n}`).toContain(device.runs);
        const code =
          device.runs && (await device.disk.read(`/u/agent/releases/${device.runs}/agent/main.ts`));
        if (code) expect(code.toString()).toBe('2.0.0');
      }
      await device.applier().rollBack(two, calm);
      await install(device, three);
      await device.start();
      expect(device.runs, `after the cut at write ${n}`).toBe(hash.three);
    }
  });
});

test('a disk whose syncs do nothing loses what was committed: the test above would notice', async () => {
  const seen = new Set<string | null>();
  for (let seed = 0; seed < 16; seed += 1) {
    const device = await Device.make();
    device.disk.stopSyncing();
    await install(device);
    device.disk = device.disk.afterPowerCut(seed);
    await device.start();
    seen.add(device.runs);
  }
  expect(seen).toContain(null);
});

describe('a release that does not', () => {
  const onTrial = async (behaviour: Device['behaviours'][string]) => {
    const device = await Device.make();
    device.behaviours['2.0.0'] = behaviour;
    const applier = device.applier();
    await applier.stage(two, calm);
    await applier.activate(two, calm);
    return { device, applier, proven: applier.prove(two, calm) };
  };
  const backOnOld = async ({ device, applier }: Awaited<ReturnType<typeof onTrial>>): Promise<void> => {
    await applier.rollBack(two, calm);
    await applier.discard(two);
    expect(device.runs).toBe(null);
    for (let start = 0; start < 5; start += 1) await device.start();
    expect(device.runs).toBe(null);
    expect(await device.disk.list('/u/agent/releases')).toEqual([]);
  };

  test("case 29: it exits at once, three times, and the old one runs again without anybody's help", async () => {
    const trial = await onTrial(() => undefined);
    await expect(trial.proven).rejects.toThrow(failing('crashed', 'started 3 times'));
    expect(trial.device.startsOf('2.0.0')).toBe(3);
    expect(trial.device.runs).toBe(null);
    await backOnOld(trial);
  });

  test('case 29: it is well, and ends a moment before it was believed', async () => {
    const trial = await onTrial((_, asked) => (asked < 3 ? {} : undefined));
    await expect(trial.proven).rejects.toThrow(failing('crashed'));
    await backOnOld(trial);
  });

  test('case 29: it hangs, and never answers', async () => {
    const device = await Device.make();
    const applier = createAgentApplier({
      ...{ disk: device.disk, folder: '/u/agent', selection: '/run/release' },
      fileOf: ({ sha256: name }) => `/u/${name}`,
      state: async () => undefined,
      restart: () => device.start(),
      pauses: { sleep: async () => undefined },
      holding: { times: 3, everyMs: 1, looks: 20 },
    });
    await applier.stage(two, calm);
    await applier.activate(two, calm);
    await expect(applier.prove(two, calm)).rejects.toThrow(failing('crashed', 'does not answer'));
    await applier.rollBack(two, calm);
    expect(device.runs).toBe(null);
  });

  test('case 29: it leaves too little memory', async () => {
    const trial = await onTrial((_, asked) => ({ memoryAvailableMiB: 300 - asked * 30 }));
    await expect(trial.proven).rejects.toThrow(failing('unhealthy', 'MiB of memory'));
    await backOnOld(trial);
  });

  test('it serves nobody', async () => {
    const trial = await onTrial(() => ({ ready: false, why: 'the database does not open' }));
    await expect(trial.proven).rejects.toThrow(failing('unhealthy', 'the database does not open'));
    await backOnOld(trial);
  });

  test('it is ready late, and stays', async () => {
    await (await onTrial((_, asked) => ({ ready: asked > 10, why: 'loading' }))).proven;
  });

  test('case 30: the old process still answers: it proves nothing for the new one', async () => {
    const device = await Device.make();
    const applier = device.applier();
    await applier.stage(two, calm);
    device.hearsAsks = false;
    await expect(applier.activate(two, calm)).rejects.toThrow(failing('slot-failed', 'still runs'));
    await expect(applier.prove(two, calm)).rejects.toThrow(
      failing('not-that-version', 'is 1.0.0, not 2.0.0'),
    );
    await applier.rollBack(two, calm);
    device.hearsAsks = true;
    await device.start();
    expect(device.runs).toBe(null);
  });

  test('case 30: it says that it is another version than was signed', async () => {
    const trial = await onTrial(() => ({ version: '1.0.0' }));
    await expect(trial.proven).rejects.toThrow(failing('not-that-version', 'says that it is 1.0.0'));
    await backOnOld(trial);
  });
});

describe('case 25: the connection to the controller', () => {
  const proven = async (
    before: 'online' | 'offline' | 'none',
    after: 'online' | 'offline',
  ): Promise<void> => {
    const device = await Device.make();
    await install(device, three);
    device.behaviours['3.0.0'] = () => ({ uplink: before });
    device.behaviours['2.0.0'] = () => ({ uplink: after });
    await install(device, two);
  };
  test('was there, and is not there any more: the release is at fault', async () => {
    await expect(proven('online', 'offline')).rejects.toThrow(failing('unhealthy', 'controller'));
  });
  test.each(['offline', 'none'] as const)('was %s before: it proves nothing', async (before) => {
    await proven(before, 'offline');
  });
});

describe('nothing proves that one could go back', () => {
  test('on a desk', async () => {
    const device = await Device.make();
    const parts = { disk: device.disk, folder: '/u/agent', selection: '/run/release', fileOf: () => '' };
    const desk = createAgentApplier({
      ...parts,
      ...{ state: async () => undefined, restart: undefined, pauses: { sleep: async () => undefined } },
    });
    await expect(desk.probe(two, calm)).rejects.toThrow(failing('no-slot', 'checkout on a desk'));
  });

  test('where no selector ever chose', async () => {
    const device = await Device.make();
    await device.disk.remove('/run/release');
    await expect(device.applier().probe(two, calm)).rejects.toThrow(failing('no-slot'));
  });

  test('case 16: what was changed between staging and its hour is not started', async () => {
    const device = await Device.make();
    const applier = device.applier();
    await applier.stage(two, calm);
    const file = await device.disk.open(`/u/agent/releases/${hash.two}/agent/main.ts`, 'rw');
    await file.write(Buffer.from('9'), 0);
    await file.close();
    await expect(applier.activate(two, calm)).rejects.toThrow(failing('bad-bytes'));
    expect(device.startsOf('2.0.0')).toBe(0);
  });
});

describe('the selector', () => {
  const choose = async (
    disk: MemoryDisk,
    runs: (folder: string) => boolean = () => true,
  ): Promise<string> => {
    await select({
      ...{ disk, folder: '/u/agent', image: '/image', selection: '/run/release' },
      runs: async (folder) => runs(folder),
    });
    return (await disk.readLink('/run/release')) ?? '';
  };
  const disk = async (trial: unknown, current?: string): Promise<MemoryDisk> => {
    const made = new MemoryDisk();
    for (const path of ['/u/agent', '/run']) await made.makeFolder(path);
    if (current) await made.link(current, '/u/agent/current');
    if (trial) await trialIn(made, '/u/agent').save(trial as never);
    return made;
  };
  const trial = (attemptsLeft: number) => ({
    v: 1,
    trial: { hash: hash.two, attemptsLeft, before: null, uplinkBefore: 'none' },
  });

  test("takes the one on trial, then what was committed, then the image's own", async () => {
    expect(await choose(await disk(trial(1), `releases/${hash.three}`))).toBe(
      `/u/agent/releases/${hash.two}`,
    );
    expect(await choose(await disk(trial(0), `releases/${hash.three}`))).toBe(
      `/u/agent/releases/${hash.three}`,
    );
    expect(await choose(await disk(undefined, `releases/${hash.three}`))).toBe(
      `/u/agent/releases/${hash.three}`,
    );
    expect(await choose(await disk(undefined))).toBe('/image');
  });

  test('passes over what could not be started', async () => {
    expect(
      await choose(await disk(trial(3), `releases/${hash.three}`), (folder) => folder.endsWith(hash.three)),
    ).toBe(`/u/agent/releases/${hash.three}`);
    expect(await choose(await disk(trial(3), `releases/${hash.three}`), () => false)).toBe('/image');
  });

  test('follows no link that leads elsewhere, and believes no record of another form', async () => {
    expect(await choose(await disk(undefined, '/tmp/evil'))).toBe('/image');
    expect(await choose(await disk(undefined, `../releases/${hash.three}`))).toBe('/image');
    expect(await choose(await disk({ v: 2, trial: trial(3).trial }))).toBe('/image');
    expect(await choose(await disk({ v: 1, trial: { ...trial(3).trial, hash: '../../../tmp' } }))).toBe(
      '/image',
    );
    expect(await choose(await disk({ v: 1, trial: { ...trial(3).trial, attemptsLeft: 1e9 } }))).toBe(
      '/image',
    );
  });

  test('starts nothing on trial whose attempt the disk can not count', async () => {
    const made = await disk(trial(3));
    made.failWrites((_, path) => (path.includes('trial') ? 'EROFS' : undefined));
    expect(await choose(made)).toBe('/image');
  });
});
