/** A device in the office: what a technician, a person and an operator do until it serves, and what they know afterwards. */
import { z } from 'zod';
import { label } from './appliance.ts';
import { type Browser, openBrowser } from './browser.ts';
import type { Controller } from './controller.ts';
import type { Machine } from './rig/qemu.ts';
import { StoryError } from './rig/serial.ts';
import { patiently, technicianAt } from './technician.ts';

export const admin = { name: 'ada', password: 'a lighthouse keeps its own hours' };

/** Set up over the page, by the label's code and a claim. @returns the recovery key */
export async function setUp(machine: Machine, controller: Controller): Promise<string> {
  const technician = technicianAt(machine);
  await technician.arrive('fresh');
  await technician.typeCode(label.code);
  await technician.begin(controller.claim(label.name));
  await technician.watchFor('recovery');
  const key = await technician.keepRecovery();
  await technician.watchFor('done');
  return key;
}

/** A browser of the office, in which the authority was installed. @returns it, once the agent says that it is ready */
export async function agentOf(machine: Machine, controller: Controller): Promise<Browser> {
  const browser = openBrowser({
    ...{ port: machine.httpsPort, name: `${label.name}.local`, roots: controller.lanRoot },
  });
  await patiently(machine, 'the agent to serve people', async () => {
    const reply = await browser.get('/readyz');
    return reply.status === 200 ? { found: reply } : `${reply.status} ${reply.text.slice(0, 300)}`;
  });
  return browser;
}

const Shown = z.looseObject({
  presence: z.string(),
  postureHolds: z.boolean().nullable(),
  health: z.looseObject({ model: z.looseObject({ loaded: z.boolean() }) }).nullable(),
});

/** Waits until the controller hears of it, and that it is well: over MQTT, with its own certificate. */
export async function healthyAt(controller: Controller, machine: Machine): Promise<void> {
  await patiently(machine, 'the controller to hear that it is well', async () => {
    const { presence, postureHolds, health } = Shown.parse(controller.ask('device', 'show', label.name));
    if (presence === 'online' && postureHolds === true && health?.model.loaded) return { found: true };
    return JSON.stringify({ presence, postureHolds, model: health?.model });
  });
}

const Verdict = z.looseObject({
  state: z.string(),
  findings: z.array(z.looseObject({ state: z.enum(['good', 'warning', 'bad']) })),
});

const provision =
  '/opt/rockpool/current/bin/node --disable-warning=ExperimentalWarning /opt/rockpool/current/provisioning/main.ts';
const settingsFile = '--config /etc/rockpool/provisioning.toml';

/** `rockpool-provision verify --json`, run on the device. */
export async function verdictOf(machine: Machine): Promise<z.infer<typeof Verdict>> {
  const { output } = await machine.lab(`${provision} verify --json ${settingsFile} 2>/dev/null`);
  return Verdict.parse(JSON.parse(output));
}

/** Whoever stands at the console of a device: reads the key that it shows, and proves it by the words it asks for. */
const keeper = `
const { spawn } = require('node:child_process');
const [program, ...words] = process.argv.slice(1);
const command = spawn(program, words, { stdio: ['pipe', 'inherit', 'pipe'] });
let said = '';
let answered = 0;
command.stderr.on('data', (piece) => {
  said += piece;
  for (const [, place] of [...said.matchAll(/word (\\d+)\\? /g)].slice(answered)) {
    answered += 1;
    command.stdin.write(said.match(new RegExp('\\\\b' + place + ' ([a-z]+)'))[1] + '\\n');
  }
});
command.on('close', (code) => {
  console.log('As letters: ' + said.match(/As letters: (\\S+)/)?.[1]);
  if (code !== 0) console.log(said);
  process.exitCode = code;
});`;

/** \`recovery-key\` as a person gives it. @returns the new key */
export async function replaceRecovery(machine: Machine): Promise<string> {
  const script = Buffer.from(keeper).toString('base64');
  const said = await onDevice(
    machine,
    `/opt/rockpool/current/bin/node -e "$(echo ${script} | base64 -d)" ${provision} recovery-key ${settingsFile}`,
  );
  const [, key] = /As letters: (\S+)/.exec(said) ?? [];
  if (key === undefined) throw new StoryError(`no recovery key was shown:\n${said}`);
  return key;
}

/** @throws StoryError with what it said */
export async function onDevice(machine: Machine, script: string): Promise<string> {
  const { code, output } = await machine.lab(script);
  if (code !== 0) throw new StoryError(`on the device, ${script} ended with ${code}:\n${output}`);
  return output;
}

export const wipeNow = (machine: Machine): Promise<string> =>
  onDevice(machine, `echo ${label.name} | ${provision} wipe ${settingsFile}`);
