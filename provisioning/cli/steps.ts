/** `plan`, `apply` and `verify`: what would be done, doing it, and whether it still is so. */
import { readFileSync } from 'node:fs';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import { createSetupCode, hashSetupCode } from '@rockpool/signing/setup-code';
import type { Command } from 'commander';
import { apply } from '../apply.ts';
import type { Config } from '../config.ts';
import { plan } from '../plan.ts';
import { receiptLines, receiptOf } from '../receipt.ts';
import { allSteps } from '../steps/all.ts';
import { verdictLines, verify } from '../verify.ts';
import { exitCodes } from './exit-codes.ts';
import { type Doing, define, type Kit } from './kit.ts';
import { atConsole } from './person.ts';

export function stepCommands(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'plan',
    summary: 'says what apply would do, and touches nothing',
    examples: [
      'npx rockpool-provision plan',
      'npx rockpool-provision plan --config provisioning.toml --json',
    ],
    async run({ parts, config, out }) {
      const planned = plan(await parts.openWorld().look(config), config);
      out.result(planned, () => [
        ...(planned.steps.length === 0 ? ['Nothing is to be done.'] : []),
        ...planned.steps.map(
          ({ title, why, destroys }, i) =>
            `${String(i + 1).padStart(2)}. ${title}.${destroys ? ` DESTROYS ${destroys}.` : ''} ${why}`,
        ),
        ...(planned.refusals.length > 0 ? ['', 'It can’t be done yet:'] : []),
        ...planned.refusals.map(({ says }) => `  - ${says}`),
      ]);
      return planned.refusals.length > 0 ? exitCodes.refused : undefined;
    },
  });

  define<{ name?: string; claimFile?: string }>(program, kit, {
    usage: 'apply',
    summary: 'does what the plan says, and prints a receipt; after a power cut, run it again',
    options: [
      ['--name <name>', 'the device’s name, over the one in the settings'],
      [
        '--claim-file <file>',
        'the claim, as a file or as typed; - reads it from stdin. Left out: a stick, or asked for',
      ],
    ],
    examples: [
      'npx rockpool-provision apply',
      'npx rockpool-provision apply --claim-file rockpool.claim --json > receipt.json',
    ],
    run: applyHere,
  });

  define(program, kit, {
    usage: 'verify',
    summary: 'looks at a device that is set up: one line for each finding, with the cure',
    examples: ['npx rockpool-provision verify', 'npx rockpool-provision verify --json'],
    async run({ parts, config, out }) {
      const facts = await parts.openWorld().look(config);
      parts.tellDisk(facts);
      const verdict = verify(facts, config, await parts.posture(facts, config));
      out.result(verdict, () => verdictLines(verdict));
      return verdict.state === 'bad' ? exitCodes.failed : undefined;
    },
  });
}

async function applyHere(doing: Doing, options: { name?: string; claimFile?: string }): Promise<undefined> {
  const { parts, streams, signal, out } = doing;
  const world = parts.openWorld();
  const console = atConsole(streams);
  const config = await withCode(withName(doing.config, options.name), doing);
  if (options.claimFile)
    world.takeClaim(readFileSync(options.claimFile === '-' ? 0 : options.claimFile, 'utf8'), config);
  else if (config.fleet) await askForClaim();

  const titles = new Map(allSteps.map(({ id, title }) => [id, title]));
  const facts = await apply({
    ...{ world, config, signal, person: console },
    tell: ({ id, state, says }) => {
      if (state === 'running') out.note(`${titles.get(id)} …`);
      else out.note(`  ${state}: ${says ?? ''}`);
    },
  });
  parts.tellDisk(facts);
  const receipt = receiptOf(facts);
  parts.saveReceipt(`${JSON.stringify(receipt, null, 2)}\n`);
  out.result(receipt, () => receiptLines(receipt));
  await world.handOver();
  return undefined;

  /** A stick, or what a person types, before anything is done: a bad one is told while the disk is still as it was. */
  async function askForClaim(): Promise<void> {
    const seen = await world.look(config);
    if (seen.device?.enrolled || seen.claim?.from === 'file') return;
    await world.takeStick(config);
    if ((await world.look(config)).claim) return;
    // A disk that is closed may be of a device that has joined long since.
    if (seen.disk?.content.kind === 'luks2' && seen.disk.content.header.mark === 'kept' && !seen.device)
      return;
    world.takeClaim(await console.ask('The claim (RP-…): ', signal), config);
  }
}

/** Nobody printed a label: the code is made here, shown once, and kept as its hash. */
async function withCode(config: Config, { out, parts }: Doing): Promise<Config> {
  if (config.setup.code_hash) return config;
  const seen = await parts.openWorld().look(config);
  if (seen.device?.credentials.includes('setup-code')) return config;
  const code = createSetupCode();
  out.note(`The code for the first administrator: ${code}`);
  return { ...config, setup: { code_hash: await hashSetupCode(code) } };
}

function withName(config: Config, name: string | undefined): Config {
  if (name === undefined) return config;
  const parsed = DeviceName.safeParse(name);
  if (!parsed.success)
    throw new Refusal('bad-request', `--name: ${parsed.error.issues[0]?.message ?? 'not valid'}.`);
  return { ...config, name: parsed.data };
}
