/** How a command is declared: its words, its options, its examples; and what it gets when it runs. */
import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import type { z } from 'zod';
import { type Clock, systemClock } from '../host/clock.ts';
import { databaseFile, isPostgresUrl, openStore } from '../store/open.ts';
import type { Database } from '../store/tables.ts';
import { createOutput, type Output, type Streams } from './output.ts';

export interface Doing {
  home: string;
  clock: Clock;
  out: Output;
  streams: Streams;
  /** Who asks, for the audit: whoever may open the home's files is an operator. */
  who: string;
  /** The home, or the address of a database that several controllers share. */
  database: string;
  /** Of this controller; closed when the command ends. @throws Refusal when there is none yet */
  db(): Promise<Database>;
}

export interface Definition<O> {
  /** As commander reads it: `revoke <id>`. */
  usage: string;
  summary: string;
  options?: readonly (readonly [flags: string, description: string])[];
  /** Where it is kept when nobody says; left out, where every other command looks. */
  home?: string;
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
export const databaseOption = [
  '--database <url>',
  'postgres://… that several controllers share, instead of a file in the home (default: $ROCKPOOL_FLEET_DATABASE)',
] as const;

export function define<O>(parent: Command, kit: Kit, definition: Definition<O>): void {
  const command = parent.command(definition.usage).description(definition.summary);
  for (const [flags, description] of definition.options ?? []) {
    // Named twice, an option collects; each command's schema says which ones may.
    if (flags.endsWith('...'))
      command.option(flags.slice(0, -3), description, (value: string, all: string[] = []) => [...all, value]);
    else command.option(flags, description);
  }
  command
    .option(homeOption[0], definition.home ? `what it keeps (default: ${definition.home})` : homeOption[1])
    .option(...databaseOption)
    .option('--json', 'one JSON document on stdout');
  command.addHelpText('after', `\nExamples:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`);
  command.action(async (...received: unknown[]) => {
    const args = received
      .slice(0, -2)
      .flat()
      .filter((one) => one !== undefined)
      .map(String);
    const { json = false, home, database, ...options } = command.opts<Shared>();
    kit.asJson(json);
    await run(kit, definition, args, { json, home, database, options });
  });
}

interface Shared {
  json?: boolean;
  home?: string | undefined;
  database?: string | undefined;
}

async function run<O>(
  { streams }: Kit,
  definition: Definition<O>,
  args: readonly string[],
  { json, options, ...asked }: Shared & { json: boolean; options: unknown },
): Promise<void> {
  const home = asked.home ?? definition.home ?? streams.env['ROCKPOOL_FLEET_HOME'] ?? '.rockpool-fleet';
  const database = asked.database ?? streams.env['ROCKPOOL_FLEET_DATABASE'] ?? home;
  if (database !== home && !isPostgresUrl(database))
    throw new Refusal('bad-request', 'A database is named as postgres://USER@HOST/NAME.');
  const given = definition.given.safeParse(options);
  if (!given.success)
    throw new Refusal('bad-request', given.error.issues[0]?.message ?? 'An option is not valid.');
  let opened: Promise<Database> | undefined;
  const doing: Doing = {
    ...{ home, database, clock: systemClock, out: createOutput(streams, json), streams },
    who: `${userInfo().username}@${hostname()}`,
    db: () => {
      opened ??= openExisting(database);
      return opened;
    },
  };
  try {
    await definition.run(doing, args, given.data);
  } finally {
    await (await opened?.catch(() => undefined))?.destroy();
  }
}

/** @param where a home, or the address of a database, which may hold a password and is never shown */
async function openExisting(where: string): Promise<Database> {
  if (!isPostgresUrl(where) && !existsSync(databaseFile(where))) throw noController(`in ${where}`, '--home');
  const db = await openStore(where);
  if (await db.selectFrom('facts').select('key').limit(1).executeTakeFirst()) return db;
  await db.destroy();
  throw noController('in this database', '--database');
}

const noController = (where: string, option: string): Refusal =>
  new Refusal(
    'not-found',
    `There is no controller ${where}; start one with \`rockpool-fleet serve\`, or give its ${option}.`,
  );
