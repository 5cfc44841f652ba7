import { type UpdatePhase, updatePhases } from '@rockpool/protocol/update/status';
import { describe, expect, test } from 'vitest';
import type { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import { UpdateError } from '../parts.ts';
import { FakeDevice, type Moment, type Op } from './device.fixture.ts';
import type { Machine } from './machine.ts';
import { bad, deviceBefore, idOf, never, runToItsEnd, v2, v3 } from './power.fixture.ts';
import type { VirtualClock } from './virtual-clock.fixture.ts';

const faults = ['error', 'hang', 'deaf', 'kill', 'cut', 'cut forever'] as const;
type Fault = (typeof faults)[number];

/**
 * How the update ends, and what then runs: of 1, which was there, and 2, which was ordered. `error`: its deed fails each
 * time. `hang`: it doesn't end before it is told to, each time. `deaf`: it doesn't end at all, once. `kill`, `cut`: of the
 * process, of the power, once, before and after the deed had its effect. `cut forever`: each time, before the effect.
 * Written down by hand; the machine's own tables had no part in it. In the last two phases the release is a bad one.
 */
const expected: Record<UpdatePhase, readonly (string | null)[]> = {
  //              error                        hang                      deaf                      kill                        cut                         cut forever
  idle: [null, null, null, '2 installed', '2 installed', null],
  accepted: [
    '1 failed metadata',
    '1 failed timeout',
    '1 failed timeout',
    '2 installed',
    '2 installed',
    '1 failed crashed',
  ],
  resolved: [
    '1 refused no-slot',
    '1 failed timeout',
    '1 failed timeout',
    '2 installed',
    '2 installed',
    '1 failed crashed',
  ],
  prechecked: [null, null, null, '2 installed', '2 installed', '1 failed crashed'],
  fetching: [
    '1 failed bad-bytes',
    '1 failed timeout',
    '1 failed timeout',
    '2 installed',
    '2 installed',
    '1 failed timeout',
  ],
  verified: [
    '1 failed bad-content',
    '1 failed timeout',
    '1 failed timeout',
    '2 installed',
    '2 installed',
    '1 failed crashed',
  ],
  staged: [null, null, null, '2 installed', '2 installed', '1 failed crashed'],
  ready: [
    '1 failed bad-bytes',
    '1 failed timeout',
    '1 failed timeout',
    '2 installed',
    '2 installed',
    '1 failed timeout',
  ],
  activating: [
    '1 rolled-back slot-failed',
    '1 rolled-back timeout',
    '1 rolled-back timeout',
    '2 installed',
    '2 installed',
    '1 rolled-back crashed',
  ],
  trial: [
    '1 rolled-back unhealthy',
    '1 rolled-back timeout',
    '1 rolled-back timeout',
    '2 installed',
    '2 installed',
    '1 rolled-back crashed',
  ],
  committing: [
    '1 rolled-back disk',
    '1 rolled-back crashed',
    '2 installed',
    '2 installed',
    '2 installed',
    '1 rolled-back crashed',
  ],
  'rolling-back': [
    '2-bad failed-safe unhealthy',
    '2-bad failed-safe unhealthy',
    '1 rolled-back unhealthy',
    '1 rolled-back unhealthy',
    '1 rolled-back unhealthy',
    '2-bad failed-safe unhealthy',
  ],
  'failed-safe': [null, null, null, '2-bad failed-safe unhealthy', '2-bad failed-safe unhealthy', null],
};

/** What a phase does that can fail. The others only write down that they are over. */
const deedOf: Partial<Record<UpdatePhase, { op: Op; fails: UpdateError }>> = {
  accepted: { op: 'refresh', fails: new UpdateError('metadata', 'it has expired') },
  resolved: { op: 'probe', fails: new UpdateError('no-slot', 'nothing proves it') },
  fetching: { op: 'fetch', fails: new UpdateError('bad-bytes', 'others than were signed') },
  verified: { op: 'stage', fails: new UpdateError('bad-content', 'it leaves its folder') },
  ready: { op: 'verify', fails: new UpdateError('bad-bytes', 'the disk gave others back') },
  activating: { op: 'activate', fails: new UpdateError('slot-failed', 'the switch is stuck') },
  trial: { op: 'prove', fails: new UpdateError('unhealthy', 'it does not answer') },
  committing: { op: 'commit', fails: new UpdateError('disk', 'it does not hold') },
  'rolling-back': { op: 'rollBack', fails: new UpdateError('slot-failed', 'the switch is stuck') },
};

class Killed extends Error {}

interface Ordeal {
  phase: UpdatePhase;
  fault: Fault;
  when: 'before' | 'after';
}

const times: Record<Fault, number> = {
  ...{ error: Number.POSITIVE_INFINITY, hang: Number.POSITIVE_INFINITY, deaf: 1 },
  ...{ kill: 1, cut: 1, 'cut forever': Number.POSITIVE_INFINITY },
};

/** From process to process, until one of them rests. */
async function endure({ phase, fault, when }: Ordeal): Promise<FakeDevice> {
  const isUndone = phase === 'rolling-back' || phase === 'failed-safe';
  let device = await deviceBefore(isUndone ? bad : v2);
  const clock = device.parts.clock as VirtualClock;
  let left = times[fault];
  for (let life = 1; life < 200; life += 1) {
    const disk = device.parts.disk as MemoryDisk;
    let machine: Machine | undefined;
    const strike = async (signal?: AbortSignal): Promise<void> => {
      left -= 1;
      if (fault === 'error') throw deedOf[phase]?.fails;
      if (fault === 'hang' && signal) await untilAborted(signal);
      if (fault === 'hang' || fault === 'deaf') await new Promise(() => undefined);
      disk.cutPower();
      throw new Killed(fault);
    };
    const moment: Moment = async (op, at, signal) => {
      if (phase === 'failed-safe' && op === 'rollBack') throw deedOf['rolling-back']?.fails;
      if (machine?.phase === phase && op === deedOf[phase]?.op && at === when && left > 0)
        await strike(signal);
    };
    device = new FakeDevice({ ...device.parts, moment });
    try {
      machine = await device.start();
      for (let rests = false; !rests; ) {
        if (deedOf[phase] === undefined && machine.phase === phase && left > 0) await strike();
        rests = (await machine.step(never())) !== 'moved';
      }
      return device;
    } catch {
      const isPowerCut = fault === 'cut' || fault === 'cut forever';
      if (isPowerCut) clock.pass(600_000);
      device = new FakeDevice({
        ...device.parts,
        disk: isPowerCut ? disk.afterPowerCut(life) : disk.afterKill(),
        bootId: isPowerCut ? `boot-${life + 1}` : device.parts.bootId,
      });
    }
  }
  throw new Error('it never rests');
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const outcome = async (device: FakeDevice): Promise<string> =>
  `${await device.running()} ${await device.lastWord(idOf(2))}`;

describe.each(updatePhases.filter((phase) => expected[phase].some((cell) => cell !== null)))(
  'in %s',
  (phase) => {
    const cells = faults.flatMap((fault, column) => {
      const ends = expected[phase][column];
      if (ends === null || ends === undefined) return [];
      const both = (fault === 'kill' || fault === 'cut') && deedOf[phase] !== undefined;
      return (both ? (['before', 'after'] as const) : (['before'] as const)).map((when) => ({
        fault,
        when,
        ends,
      }));
    });
    test.each(cells)('$fault, $when its effect: $ends', async ({ fault, when, ends }) => {
      const device = await endure({ phase, fault, when });
      expect(await outcome(device)).toBe(ends);

      // And it still updates: what failed before all eyes only once somebody has looked.
      const again = ends.includes('failed-safe');
      const well = new FakeDevice({ ...device.parts, moment: async () => undefined });
      await well.install(v3, idOf(3), { again });
      await runToItsEnd(well);
      expect([await well.running(), await well.lastWord(idOf(3))]).toEqual(['3', 'installed']);
    });
  },
);

test('eighty-two cases', () => {
  const cells = updatePhases.flatMap((phase) =>
    faults.filter((_, column) => expected[phase][column] !== null).map((fault) => ({ phase, fault })),
  );
  const twice = cells.filter(({ phase, fault }) => ['kill', 'cut'].includes(fault) && deedOf[phase]);
  expect(cells.length + twice.length).toBe(82);
});

test('a device in failed-safe takes no order but that of a person who looked', async () => {
  const device = await endure({ phase: 'rolling-back', fault: 'error', when: 'before' });
  const well = new FakeDevice({ ...device.parts, moment: async () => undefined });
  await well.install(v3, idOf(3));
  await runToItsEnd(well);
  expect([await well.running(), await well.lastWord(idOf(3))]).toEqual(['2-bad', 'refused slot-failed']);

  await well.install(v3, idOf(4), { again: true });
  await runToItsEnd(well);
  expect(await well.lastWord(idOf(2))).toBe('rolled-back unhealthy');
  expect([await well.running(), await well.lastWord(idOf(4))]).toEqual(['3', 'installed']);
});
