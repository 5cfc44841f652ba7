/** How a command is declared: its words, its options, its examples; and what it gets when it runs. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import type { z } from 'zod';
import { loadSettings, type Settings } from '../config/settings.ts';
import { readDataDisk } from '../host/posture/posture.ts';
import type { Api } from './api.ts';
import { connect } from './connect.ts';
import { createOutput, type Output } from './output.ts';
import type { Life, Parts, Streams } from './parts.ts';

export interface Doing {
  /** The agent: the one that runs, or one in this process. Closed when the command ends. */
  api(): Promise<Api>;
  out: Output;
  streams: Streams;
  settings: Settings;
  parts: Parts;
  /** Aborts on the first Ctrl-C. */
  signal: AbortSignal;
  life: Life;
}

export interface Definition<O> {
  /** As commander reads it: `add <name>`. */
  usage: string;
  summary: string;
  options?: readonly (readonly [flags: string, description: string])[];
  /** What the options must be. */
  given: z.ZodType<O>;
  examples: readonly string[];
  /** Works also while an appliance's data volume is closed: touches nothing of the home before it has looked. */
  withoutHome?: boolean;
  /** @returns an exit code other than 0, where "it ran, and the answer is no" is one */
  run(doing: Doing, args: readonly string[], options: O): Promise<number | undefined>;
}

/** What a command group needs to add its commands. */
export interface Kit {
  parts: Parts;
  streams: Streams;
  signal: AbortSignal;
  /** What SIGHUP means from then on, for a command that stays. */
  onHangUp?: Life['onHangUp'];
  /** Told once a command has run. */
  ended(code: number): void;
  /** Told before it runs, for the shape of an error. */
  asJson(json: boolean): void;
}

export function define<O>(parent: Command, kit: Kit, definition: Definition<O>): void {
  const command = parent.command(definition.usage).description(definition.summary);
  for (const [flags, description] of definition.options ?? []) command.option(flags, description);
  command.option('--json', 'one JSON document on stdout');
  command.addHelpText('after', `\nExamples:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`);
  command.action(async (...received: unknown[]) => {
    // An optional argument that was left out comes as undefined.
    const args = received
      .slice(0, -2)
      .flat()
      .filter((one) => one !== undefined)
      .map(String);
    const options = command.opts<{ json?: boolean }>();
    kit.asJson(options.json === true);
    kit.ended(await run(kit, definition, args, options));
  });
}

async function run<O>(
  kit: Kit,
  definition: Definition<O>,
  args: string[],
  options: { json?: boolean },
): Promise<number> {
  const settings = loadSettings(process.env);
  if (!definition.withoutHome) refusePlainDisk(settings);
  let opened: Promise<Api> | undefined;
  const doing: Doing = {
    ...{ settings, parts: kit.parts, streams: kit.streams, signal: kit.signal },
    life: { signal: kit.signal, onHangUp: kit.onHangUp ?? (() => undefined) },
    out: createOutput(kit.streams, options.json === true),
    api: () => {
      opened ??= connect(settings, kit.parts.openAgent);
      return opened;
    },
  };
  try {
    return (await definition.run(doing, args, definition.given.parse(options))) ?? 0;
  } finally {
    await (await opened?.catch(() => undefined))?.close();
  }
}

/** Whatever a command leaves below the mount point of a closed volume would lie on a disk that anybody can read. */
export function refusePlainDisk({ appliance, home }: Pick<Settings, 'appliance' | 'home'>): void {
  if (!appliance) return;
  const { state, says } = readDataDisk({ home, dataMount: appliance.dataMount });
  if (state === 'bad')
    throw new Refusal('not-ready', `Nothing may be opened here: ${says} See 'npx rockpool doctor'.`);
}
