/** How a command is declared: its words, its options, its examples; and what it gets when it runs. */
import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import type { z } from 'zod';
import { type Clock, systemClock } from '../host/clock.ts';
import { type Database, databaseFile, openSqlite } from '../store/sqlite.ts';
import { createOutput, type Output, type Streams } from './output.ts';

export interface Doing {
  home: string;
  clock: Clock;
  out: Output;
  streams: Streams;
  /** Who asks, for the audit: whoever may open the home's files is an operator. */
  who: string;
  /** Of the controller in this home; closed when the command ends. @throws Refusal when there is none yet */
  db(): Promise<Database>;
}

export interface Definition<O> {
  /** As commander reads it: `revoke <id>`. */
  usage: string;
  summary: string;
  options?: readonly (readonly [flags: string, description: string])[];
  /** What the options must be. */
  given: z.ZodType<O>;
  examples: readonly string[];
  run(doing: Doing, args: readonly string[], options: O): Promise<void>;
}

export interface Kit {
  streams: Streams;
  /** Told before a command runs, for the shape of an error. */
  asJson(json: boolean): void;
}

export const homeOption = [
  '--home <folder>',
  'what the controller keeps (default: $ROCKPOOL_FLEET_HOME or .rockpool-fleet)',
] as const;

export function define<O>(parent: Command, kit: Kit, definition: Definition<O>): void {
  const command = parent.command(definition.usage).description(definition.summary);
  for (const [flags, description] of definition.options ?? []) {
    // Named twice, an option collects; each command's schema says which ones may.
    if (flags.endsWith('...'))
      command.option(flags.slice(0, -3), description, (value: string, all: string[] = []) => [...all, value]);
    else command.option(flags, description);
  }
  command.option(...homeOption).option('--json', 'one JSON document on stdout');
  command.addHelpText('after', `\nExamples:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`);
  command.action(async (...received: unknown[]) => {
    const args = received
      .slice(0, -2)
      .flat()
      .filter((one) => one !== undefined)
      .map(String);
    const { json = false, home, ...options } = command.opts<{ json?: boolean; home?: string }>();
    kit.asJson(json);
    await run(kit, definition, args, { json, home, options });
  });
}

async function run<O>(
  { streams }: Kit,
  definition: Definition<O>,
  args: readonly string[],
  { json, home: asked, options }: { json: boolean; home: string | undefined; options: unknown },
): Promise<void> {
  const home = asked ?? streams.env['ROCKPOOL_FLEET_HOME'] ?? '.rockpool-fleet';
  const given = definition.given.safeParse(options);
  if (!given.success)
    throw new Refusal('bad-request', given.error.issues[0]?.message ?? 'An option is not valid.');
  let opened: Promise<Database> | undefined;
  const doing: Doing = {
    ...{ home, clock: systemClock, out: createOutput(streams, json), streams },
    who: `${userInfo().username}@${hostname()}`,
    db: () => {
      opened ??= openExisting(home);
      return opened;
    },
  };
  try {
    await definition.run(doing, args, given.data);
  } finally {
    await (await opened?.catch(() => undefined))?.destroy();
  }
}

async function openExisting(home: string): Promise<Database> {
  const file = databaseFile(home);
  if (!existsSync(file)) {
    throw new Refusal(
      'not-found',
      `There is no controller in ${home}; start one with \`rockpool-fleet serve\`, or give its --home.`,
    );
  }
  return openSqlite(file);
}
