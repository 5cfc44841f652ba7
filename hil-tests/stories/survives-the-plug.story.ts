/** The plug is pulled in each step of a setup: the device goes on or starts over, and never holds plain data. */
import { join } from 'node:path';
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
  for (const step of [...early, ...late]) {
    const machine = await rig.powerOn(on);
    const technician = technicianAt(machine);
    const state = await technician.arriveAnywhere();
    expect(state.phase, `after ${cuts.at(-1) ?? 'nothing'}`).not.toBe('locked');
    if (state.phase === 'fresh') {
      await technician.typeCode(label.code);
      await technician.begin(claim);
      if (late.includes(step)) {
        await technician.watchFor('recovery');
        await technician.keepRecovery();
      }
    }
    const seen = await cutAt(machine, step);
    cuts.push(`${seen} (asked for ${step}, found ${state.phase})`);
    const raw = on.disk.raw();
    expect(['empty', 'luks2', 'something else'], `after a cut in ${step}`).toContain(looksOf(raw));
    expect(wordsOn(raw, partitions.data, ['BEGIN CERTIFICATE', 'lost+found', label.name])).toEqual([]);
    // Whoever is set up needs no more cuts.
    if (seen === 'done') break;
  }
  process.stdout.write(`${cuts.join('\n')}\n`);

  const machine = await rig.powerOn(on);
  const state = await technicianAt(machine)
    .arriveAnywhere(60_000)
    .catch(() => null); // it was set up to its end, and the agent answers there
  if (state?.phase === 'fresh') throw new Error(`it starts over after ${cuts.at(-1)}`);
  await agentOf(machine, controller);
  expect((await verdictOf(machine)).findings.filter((one) => one.state === 'bad')).toEqual([]);
});

/** @returns the step that was cut, or `done` when it was past it before anyone could */
async function cutAt(machine: Machine, step: string): Promise<string> {
  const match = await machine.serial.waitFor(new RegExp(`setup: (?:\\w+ (${step})\\b|(done))`), {
    ...{ withinMs: 600_000, isAlive: () => machine.isOn() },
  });
  await machine.cutPower();
  return match[1] ?? match[2] ?? '';
}
