import { updatePhases } from '@rockpool/protocol/update/status';
import { describe, expect, test } from 'vitest';
import type { DiskFault, DiskWrite, MemoryDisk } from '../disk/memory-disk.fixture.ts';
import { UpdateError } from '../parts.ts';
import { FakeDevice, folder } from './device.fixture.ts';
import { openOutbox } from './outbox.ts';
import {
  bad,
  deviceBefore,
  idOf,
  never,
  restarted,
  runToItsEnd,
  stepInto,
  v1,
  v2,
  v3,
} from './power.fixture.ts';
import type { VirtualClock } from './virtual-clock.fixture.ts';
import { Stopped, Stuck } from './within.ts';
import { word } from './words.ts';

/** With one process after another while the fault lasts, then without it; the last one is told to install v3 as well. */
async function survive(device: FakeDevice, lasts: boolean): Promise<string | undefined> {
  const disk = device.parts.disk as MemoryDisk;
  await runToItsEnd(device);
  if (lasts) await runToItsEnd(device);
  const left = disk.afterPowerCut(disk.writes);
  const next = restarted(device, left, 'boot-2');
  const ran = await next.running();
  if (ran !== '1' && ran !== '2') return `it runs ${ran}`;
  await runToItsEnd(next);
  const [running, said] = [await next.running(), (await next.lastWord(idOf(2)))?.split(' ')[0]];
  const agrees = said === 'installed' ? running === '2' : said === 'failed-safe' || running === '1';
  if (!agrees || said === undefined) return `it runs ${running}, and said ${said}`;
  await next.install(v3, idOf(3), { again: true });
  await runToItsEnd(next);
  const further = `${await next.running()} ${await next.lastWord(idOf(3))}`;
  return further === '3 installed' ? undefined : `a further update ended as ${further}`;
}

/** At the first write of a kind, at the second, and so on until an update has no further one. `lasts`: at all after it too. */
async function failEverywhere(
  fault: DiskFault,
  hits: (write: DiskWrite) => boolean,
  lasts: boolean,
): Promise<{ writes: number; complaints: string[] }> {
  const complaints: string[] = [];
  for (let at = 0; ; at += 1) {
    const device = await deviceBefore(v2);
    const disk = device.parts.disk as MemoryDisk;
    let hit = '';
    let nth = -1;
    disk.failWrites((write, path) => {
      if (!hits(write)) return undefined;
      nth += 1;
      if (lasts ? nth < at : nth !== at) return undefined;
      hit ||= `${write} ${path}`;
      return fault;
    });
    const complaint = await survive(device, lasts);
    if (hit === '') return { writes: at, complaints };
    if (complaint) complaints.push(`${fault} at write ${at} (${hit}): ${complaint}`);
  }
}

describe('case 27', () => {
  const grows = (write: DiskWrite): boolean => ['new', 'write', 'folder', 'link'].includes(write);
  const syncs = (write: DiskWrite): boolean => ['sync', 'sync-folder'].includes(write);

  test.each<[string, DiskFault, (write: DiskWrite) => boolean, boolean]>([
    ['no space at any one write', 'ENOSPC', grows, false],
    ['any one sync that fails', 'EIO', syncs, false],
    ['a disk that is read-only from any write on', 'EROFS', () => true, true],
    ['no space, nor an inode, from any write on', 'ENOSPC', grows, true],
  ])('%s: old or new, and it still updates', async (_, fault, hits, lasts) => {
    const { writes, complaints } = await failEverywhere(fault, hits, lasts);
    expect(complaints).toEqual([]);
    expect(writes).toBeGreaterThan(40);
  });

  test('what a sync said it could not write is written again, not only synced again', async () => {
    const device = await deviceBefore(v2);
    const disk = device.parts.disk as MemoryDisk;
    const machine = await device.start();
    await stepInto(machine, 'trial');
    let failed = false;
    disk.failWrites((write, path) => {
      if (failed || write !== 'sync' || !path.includes('journal')) return undefined;
      failed = true;
      return 'EIO';
    });
    await expect(machine.run(never())).rejects.toThrow('can not write down');
    // A process reads back from memory what never reached the disk; it has to be there for good before it acts on it.
    const killed = disk.afterKill();
    const second = restarted(device, killed, 'boot-1');
    await second.start();
    const next = restarted(device, killed.afterPowerCut(1), 'boot-2');
    await runToItsEnd(next);
    expect([await next.running(), await next.lastWord(idOf(2))]).toEqual(['2', 'installed']);
  });
});

describe('case 25: nobody hears of it', () => {
  test.each([
    ['a good release', v2, '2'],
    ['a bad one', bad, '1'],
  ] as const)(
    'with %s, an outbox that takes nothing changes no outcome; what is said last is said later',
    async (_, release, running) => {
      const device = await deviceBefore(release);
      const disk = device.parts.disk as MemoryDisk;
      disk.failWrites((_write, path) => (path.includes('/outbox/') ? 'ENOSPC' : undefined));
      await runToItsEnd(device);
      expect([await device.running(), await device.words()]).toEqual([running, []]);

      disk.failWrites(undefined);
      await runToItsEnd(device);
      expect(await device.lastWord(idOf(2))).toBe(running === '2' ? 'installed' : 'rolled-back unhealthy');
    },
  );

  test('words on the way are dropped for want of room, the last ones never', async () => {
    const device = await deviceBefore(v1);
    const { disk } = device.parts;
    const outbox = await openOutbox(disk, folder);
    const about = { id: idOf(7), kind: 'model' as const, from: null };
    const status = (n: number, outcome?: 'installed') =>
      word({ ...about, id: idOf(n), order: { rollout: null, release: 'models/qwen/7' } }, 'idle', n, {
        outcome,
      });
    for (let n = 100; n < 180; n += 1) await outbox.put(status(n, n % 2 === 0 ? 'installed' : undefined));
    for (let n = 180; n < 260; n += 1) await outbox.put(status(n, 'installed'));
    const words = await device.words();
    expect(words.filter(({ outcome }) => outcome !== undefined)).toHaveLength(40 + 80);
    expect(words.filter(({ outcome }) => outcome === undefined)).toHaveLength(0);
  });

  test('how much was fetched is told now and then, and every phase', async () => {
    const device = await deviceBefore(v2, { fetchMs: 600_000 });
    await runToItsEnd(device);
    const words = await device.words();
    const permille = words.flatMap((each) => each.permille ?? []);
    expect(permille.length).toBeGreaterThan(5);
    expect(permille.length).toBeLessThan(600 / 15);
    expect(permille).toEqual([...permille].sort((a, b) => a - b));
    const phases = words.filter((each) => each.permille === undefined).map(({ phase }) => phase);
    expect(phases).toEqual([...updatePhases.slice(1, 11), 'idle']);
  });

  test('no number is given twice, though the agent has emptied the folder and the updater starts anew', async () => {
    const device = await deviceBefore(v1);
    const { disk } = device.parts;
    await runToItsEnd(device);
    const before = await disk.list(`${folder}/outbox`);
    await device.sendWords();
    await device.install(v2, idOf(3));
    await runToItsEnd(device);
    const after = await disk.list(`${folder}/outbox`);
    expect(after[0]! > before.at(-1)!).toBe(true);
  });
});

describe('what may pass', () => {
  test('a clock that is set in the middle of a trial ends none', async () => {
    const device = await deviceBefore(v2);
    const clock = device.parts.clock as VirtualClock;
    const jumping = new FakeDevice({
      ...device.parts,
      async moment(op, when, signal) {
        if (op !== 'prove' || when === 'after') return;
        clock.pass(1e9);
        await clock.sleep(10_000, signal);
        signal?.throwIfAborted();
      },
    });
    await runToItsEnd(jumping);
    expect(await jumping.lastWord(idOf(2))).toBe('installed');
  });

  test('a network that is away, and a clock that is not set yet, are waited for', async () => {
    const device = await deviceBefore(v2);
    let asked = 0;
    const away = new FakeDevice({
      ...device.parts,
      async moment(op, when) {
        if (when === 'after') return;
        if (op === 'refresh' && asked < 3) {
          asked += 1;
          throw new UpdateError(asked < 2 ? 'clock' : 'mirrors', 'not now');
        }
      },
    });
    await runToItsEnd(away);
    expect([asked, await away.lastWord(idOf(2))]).toEqual([3, 'installed']);
  });

  test('not longer than the order lives', async () => {
    const device = await deviceBefore(v2);
    const away = new FakeDevice({
      ...device.parts,
      async moment(op) {
        if (op === 'fetch') throw new UpdateError('mirrors', 'nobody answers');
      },
    });
    await runToItsEnd(away);
    expect(await away.lastWord(idOf(2))).toBe('failed mirrors');
  });
});

describe('hours', () => {
  const at = (minutes: number, device: FakeDevice): number => device.parts.clock.now() + minutes * 60_000;

  test('bytes are fetched in theirs only, and it is switched to in its own', async () => {
    const device = await deviceBefore(v1);
    await runToItsEnd(device);
    const [fetchFrom, activateFrom] = [at(20, device), at(50, device)];
    const hours = {
      mayFetch: (now: number) => now >= fetchFrom,
      mayActivate: (now: number) => now >= activateFrom,
    };
    const patient = new FakeDevice({ ...device.parts, hours });
    await patient.install(v2, idOf(3), { now: false });
    await runToItsEnd(patient);
    const told = (await patient.words()).filter(({ txn }) => txn === idOf(3));
    const when = (phase: string): number => told.find((each) => each.phase === phase)?.at ?? 0;
    expect(when('verified')).toBeGreaterThanOrEqual(fetchFrom);
    expect(when('activating')).toBeGreaterThanOrEqual(activateFrom);
    expect(await patient.lastWord(idOf(3))).toBe('installed');
  });

  test('that never come end the order; one that is to be done now does not wait for them', async () => {
    const device = await deviceBefore(v1);
    await runToItsEnd(device);
    const hours = { mayActivate: () => false };
    const closed = new FakeDevice({ ...device.parts, hours });
    await closed.install(v2, idOf(3), { now: false, limits: { readyS: 3_600 } });
    await runToItsEnd(closed);
    expect(await closed.lastWord(idOf(3))).toBe('refused not-now');
    await closed.install(v2, idOf(4), { now: true });
    await runToItsEnd(closed);
    expect(await closed.lastWord(idOf(4))).toBe('installed');
  });
});

test('who is told to end ends, and goes on from there when started again', async () => {
  const device = await deviceBefore(v2);
  const end = new AbortController();
  const slow = new FakeDevice({
    ...device.parts,
    async moment(op, when, signal) {
      if (op !== 'fetch' || when !== 'before' || end.signal.aborted) return;
      end.abort();
      await device.parts.clock.sleep(60_000, signal);
      signal?.throwIfAborted();
    },
  });
  await expect((await slow.start()).run(end.signal)).rejects.toBeInstanceOf(Stopped);
  await runToItsEnd(slow);
  expect([await slow.running(), await slow.lastWord(idOf(2))]).toEqual(['2', 'installed']);
});

test('who is told to end while a deed does not listen leaves the update where it is', async () => {
  const device = await deviceBefore(v2);
  const end = new AbortController();
  const slow = new FakeDevice({
    ...device.parts,
    async moment(op, when) {
      if (op !== 'stage' || when !== 'before' || end.signal.aborted) return;
      end.abort();
      await new Promise(() => undefined);
    },
  });
  const machine = await slow.start();
  await expect(machine.run(end.signal)).rejects.toBeInstanceOf(Stuck);
  expect(machine.phase).toBe('verified');
  const left = (device.parts.disk as MemoryDisk).afterKill();
  const next = restarted(device, left, 'boot-1');
  await runToItsEnd(next);
  expect([await next.running(), await next.lastWord(idOf(2))]).toEqual(['2', 'installed']);
});

test('a release that was changed in the repository while it was fetched is not installed', async () => {
  const device = await deviceBefore(v2);
  const machine = await device.start();
  await stepInto(machine, 'fetching');
  const left = (device.parts.disk as MemoryDisk).afterPowerCut(1);
  const swapped = { ...v2, notes: 'another' };
  const next = new FakeDevice({ ...device.parts, disk: left, bootId: 'boot-2', releases: [v1, swapped] });
  await runToItsEnd(next);
  expect([await next.running(), await next.lastWord(idOf(2))]).toEqual(['1', 'failed metadata']);
});
