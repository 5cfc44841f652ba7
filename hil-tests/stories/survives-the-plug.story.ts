/** The plug is pulled in each step of a setup: the device goes on or starts over, and never holds plain data. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partitions } from '../../image/partitions.ts';
import { label, openAppliance } from '../appliance.ts';
import { type Controller, startController } from '../controller.ts';
import { looksOf, wordsOn } from '../disk-bytes.ts';
import { agentOf, verdictOf } from '../provisioned.ts';
import type { Machine, Rig } from '../rig/qemu.ts';
import { technicianAt } from '../technician.ts';
import { keepTimes } from '../times.ts';

keepTimes();

/** Steps that change what a power-off leaves. */
const early = ['disk-format', 'disk-open', 'disk-filesystem', 'disk-mount', 'disk-seal', 'disk-recovery'];
const late = [
  'disk-bootstrap',
  'identity',
  'setup-code',
  'enrolment',
  'lan-certificate',
  'firewall',
  'agent',
];

let rig: Rig;
let controller: Controller;

beforeAll(async () => {
  rig = await openAppliance();
  controller = await startController(join(rig.folder, 'fleet'));
});

afterAll(async () => {
  await controller[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

test('pulled in each step, it goes on or starts over, and holds no plain data', async () => {
  const disk = rig.disk('office').withVolatileCache('office', 20_261_122);
  const on = { board: rig.board('office'), disk, reachable: controller.reachable };
  const claim = controller.claim(label.name);
  const cuts: string[] = [];
  const steps = [...early, ...late];
  for (const [at, step] of steps.entries()) {
    const machine = await rig.powerOn(on);
    const found: string[] = [];
    const [seen] = await Promise.all([
      cutAt(machine, steps.slice(at)),
      assist(machine, { claim, isLate: late.includes(step), found }),
    ]);
    expect(found, `after ${cuts.at(-1) ?? 'nothing'}`).not.toContain('locked');
    cuts.push(`${seen} (asked for ${step}, found ${found.join(', ') || 'it at work'})`);
    process.stdout.write(`cut in ${cuts.at(-1)}\n`);
    const raw = on.disk.raw();
    expect(['empty', 'luks2', 'something else'], `after a cut in ${step}`).toContain(looksOf(raw));
    expect(wordsOn(raw, partitions.data, ['BEGIN CERTIFICATE', 'lost+found'])).toEqual([]);
    // Whoever is set up needs no more cuts.
    if (seen === 'done') break;
  }

  const machine = await rig.powerOn(on);
  // Where the agent answers already there is no page to help at, and the helper gives up when the machine goes off.
  const helped = assist(machine, { claim, isLate: true, found: [] }).catch(() => undefined);
  await agentOf(machine, controller);
  expect((await verdictOf(machine)).findings.filter((one) => one.state === 'bad')).toEqual([]);
  await machine.cutPower();
  await helped;
});

/** The person at the page, until the plug is pulled under their hands. */
async function assist(
  machine: Machine,
  { claim, isLate, found }: { claim: string; isLate: boolean; found: string[] },
): Promise<void> {
  const technician = technicianAt(machine);
  try {
    const arrived = await technician.arriveAnywhere();
    if (arrived.phase === 'locked') {
      found.push('locked');
      return;
    }
    await technician.typeCode(label.code);
    // At first it only looks, or goes on by itself with a device whose key was kept.
    const { phase, needsClaim } = await technician.watchFor('fresh', 'refused', 'locked', 'done');
    found.push(phase);
    // The claim was in memory alone, so it is asked for again.
    if (phase === 'fresh' || (phase === 'refused' && needsClaim)) await technician.begin(claim);
    if (phase !== 'fresh' || !isLate) return;
    await technician.watchFor('recovery');
    await technician.keepRecovery();
  } catch (error) {
    // The page goes with the power, a moment before the machine is seen to be off.
    await sleep(1_000);
    if (machine.isOn()) throw error;
  }
}

/** @returns the step that was cut: the first of these that comes (the plug takes its moment, and what is quick is past it), or `done` */
async function cutAt(machine: Machine, steps: readonly string[]): Promise<string> {
  const match = await machine.serial.waitFor(new RegExp(`setup: (?:\\w+ (${steps.join('|')})\\b|(done))`), {
    ...{ withinMs: 600_000, isAlive: () => machine.isOn() },
  });
  await machine.cutPower();
  return match[1] ?? match[2] ?? '';
}
