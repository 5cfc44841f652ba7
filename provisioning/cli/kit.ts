/** What a command of `rockpool-provision` gets: its settings, the device, a console, and a way to say how it ended. */
import { readFileSync } from 'node:fs';
import type { PostureFinding } from '@rockpool/protocol/posture';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { type Config, parseConfig } from '../config.ts';
import type { Run } from '../exec.ts';
import type { Facts } from '../facts/facts.ts';
import type { LinuxWorld } from '../linux/world.ts';
import { createOutput, type Output, type Streams } from './output.ts';

/** Joined by `main.ts`; tests give a device in memory. */
export interface Parts {
  openWorld(): LinuxWorld;
  run: Run;
  now(): number;
  /** With what only root reads of the disk; `listening` where people are served already. */
  posture(facts: Facts, config: Config): Promise<readonly PostureFinding[]>;
  /** Where a receipt, and what the agent is told of its disk, are written. */
  saveReceipt(text: string): void;
  tellDisk(facts: Facts): void;
  /** How many of the agent's secrets are sealed under a key. */
  countSealedUnder(key: Uint8Array): number;
}

export interface Kit {
  parts: Parts;
  streams: Streams;
  signal: AbortSignal;
  asJson(json: boolean): void;
  ended(code: number): void;
}

/** On any machine: without settings, and so without a device. */
export interface DoingAnywhere extends Pick<Kit, 'parts' | 'streams' | 'signal'> {
  out: Output;
}

export interface Doing extends DoingAnywhere {
  config: Config;
  configFile: string;
}

export interface Definition<O, D = Doing> {
  /** As commander reads it: `wipe`, `open <sealed>`. */
  usage: string;
  summary: string;
  options?: readonly (readonly [flags: string, description: string])[];
  examples: readonly string[];
  /** @returns an exit code other than 0, where "it ran, and the answer is no" is one */
  run(doing: D, options: O, args: readonly string[]): Promise<number | undefined>;
}

const defaultConfig = '/etc/rockpool/provisioning.toml';

export function define<O>(program: Command, kit: Kit, { run, ...definition }: Definition<O>): void {
  defineAnywhere<O & { config: string }>(program, kit, {
    ...definition,
    options: [...(definition.options ?? []), ['--config <file>', `the settings (default: ${defaultConfig})`]],
    run: (doing, { config: configFile = defaultConfig, ...options }, args) =>
      run({ ...doing, config: loadConfig(configFile), configFile }, options as O, args),
  });
}

export function defineAnywhere<O>(
  program: Command,
  kit: Kit,
  definition: Definition<O, DoingAnywhere>,
): void {
  const command = program
    .command(definition.usage)
    .description(definition.summary)
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', `\nExamples:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`);
  for (const [flags, description] of definition.options ?? []) command.option(flags, description);
  command.action(async () => {
    const { json = false, ...options } = command.opts<{ json?: boolean }>();
    kit.asJson(json);
    const { parts, streams, signal } = kit;
    const doing = { parts, streams, signal, out: createOutput(streams, json) };
    kit.ended((await definition.run(doing, options as O, command.args)) ?? 0);
  });
}

function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Refusal(
      'bad-request',
      `${file} can’t be read. Name the settings with --config, or copy the example there.`,
      { cause },
    );
  }
  return parseConfig(text, file);
}
