/** One update, cut off wherever a test says; and what has to hold of the device afterwards. */
import type { Release } from '@rockpool/protocol/update/release';
import type { UpdatePhase } from '@rockpool/protocol/update/status';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import type { Disk } from '../disk.ts';
import { type DeviceParts, FakeDevice, releaseNamed } from './device.fixture.ts';
import type { Machine } from './machine.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

export const v1 = releaseNamed('1');
export const v2 = releaseNamed('2', { counter: 2 });
export const v3 = releaseNamed('3', { counter: 3 });
export const bad = releaseNamed('2-bad', { counter: 2, notes: 'bad' });
export const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const never = (): AbortSignal => new AbortController().signal;

/** With v1 on it, and the order for another on its disk. */
export async function deviceBefore(release: Release, parts: Partial<DeviceParts> = {}): Promise<FakeDevice> {
  const device = new FakeDevice({
    ...{ disk: new MemoryDisk(), clock: new VirtualClock(), releases: [v1, v2, v3, bad] },
    ...parts,
  });
  const quiet = new FakeDevice({ ...device.parts, later: undefined, moment: async () => undefined });
  await quiet.make();
  await quiet.install(v1, idOf(1));
  await (await quiet.start()).run(never());
  await quiet.sendWords();
  await device.install(release, idOf(2), { limits: { fetchS: 3_600, readyS: 3_600, trialS: 60 } });
  return device;
}

/** The same device with what is left of its disk. */
export const restarted = (device: FakeDevice, disk: Disk, bootId: string): FakeDevice =>
  new FakeDevice({ ...device.parts, disk, bootId });

/** As far as into this phase, and no further. */
export async function stepInto(machine: Machine, phase: UpdatePhase): Promise<void> {
  while (machine.phase !== phase) await machine.step(never());
}

/** @returns how the process ended: by itself, or of what */
export async function runToItsEnd(device: FakeDevice): Promise<Machine | Error> {
  try {
    const machine = await device.start();
    await machine.run(never());
    return machine;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What is wrong with the device that was told to install this; undefined when nothing is. */
export async function complaint(device: FakeDevice, release: Release): Promise<string | undefined> {
  try {
    return await complaintOf(device, release);
  } catch (error) {
    return `what it wrote can't be read: ${error}`;
  }
}

async function complaintOf(device: FakeDevice, release: Release): Promise<string | undefined> {
  const before = await device.running();
  if (![v1.version, release.version].includes(before)) return `it runs ${before}`;
  const ended = await runToItsEnd(device);
  if (ended instanceof Error) return `the updater does not start: ${ended}`;
  const after = await device.running();
  const said = await device.lastWord(idOf(2));
  const wanted = release === bad ? ['1', 'rolled-back'] : [release.version, 'installed'];
  if (after !== wanted[0] || !said?.startsWith(wanted[1] ?? '')) return `it runs ${after}, and said ${said}`;
  await device.install(v3, idOf(3));
  const further = await runToItsEnd(device);
  const then = [await device.running(), await device.lastWord(idOf(3))].join(', ');
  return further instanceof Error || then !== '3, installed'
    ? `a further update ended as ${then}`
    : undefined;
}
