/** `device command`, `device commands`, `device config`: telling devices what to do, and how it ended. */
import {
  type CommandName,
  CommandOrder,
  commandNames,
  DeclaredConfig,
} from '@rockpool/protocol/fleet/command';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { type CommandShown, cancelCommand } from '../commands/cancel.ts';
import { desiredConfig } from '../commands/config.ts';
import { createCommands } from '../commands/create.ts';
import { open } from '../commands/states.ts';
import { parseLabel } from '../registry/labels.ts';
import { listCommands } from '../views/commands.ts';
import { showDetail } from '../views/device-detail.ts';
import { deviceRow } from '../views/device-row.ts';
import { parseTime } from './claims.ts';
import { type Doing, define, type Kit } from './command.ts';
import { table, time } from './output.ts';

/** Those that need nothing but their name; the others have options of their own. */
const plain = commandNames.filter((name) => name !== 'set-config' && name !== 'use-model');

export function addDeviceCommands(device: Command, kit: Kit): void {
  define(device, kit, {
    usage: 'command <what> [names...]',
    summary: `tell devices to do something: ${plain.join(', ')}, use-model`,
    options: [
      ['--label <key=value>...', 'all devices in force that have it; may be repeated'],
      ['--model <name>', 'for use-model: which one'],
      ['--ttl <time>', 'given up when a device has not heard of it by then: 15m, 24h (default: 15m)'],
      ['--wait', 'until it ended on every one of them'],
    ],
    given: z.object({
      label: z.array(z.string()).default([]),
      model: z.string().optional(),
      ttl: z.string().default('15m'),
      wait: z.boolean().default(false),
    }),
    examples: [
      'rockpool-fleet device command run-self-test leeds --wait',
      'rockpool-fleet device command restart-agent --label branch=leeds --ttl 24h',
      'rockpool-fleet device command use-model leeds --model pebble',
    ],
    async run(doing, [what = '', ...names], { label, model, ttl, wait }) {
      const db = await doing.db();
      const made = await createCommands(db, doing.clock, {
        order: orderOf(what, model),
        ...{ names: names.length > 0 ? names : undefined, labels: Object.fromEntries(label.map(parseLabel)) },
        ...{ ttlMs: parseTime(ttl), who: doing.who },
      });
      const commands = wait ? await untilEnded(doing, made) : made;
      doing.out.result({ commands }, () => rows(commands));
      const failed = commands.filter(({ state }) => wait && state !== 'succeeded').length;
      if (failed > 0)
        throw new Refusal(
          'failed',
          `${failed} of ${commands.length} did not succeed; \`device commands\` says why.`,
        );
    },
  });
  define(device, kit, {
    usage: 'commands [name]',
    summary: 'what devices were told to do, newest first, and how it ended',
    options: [['--limit <count>', 'how many (default: 50)']],
    given: z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(50) }),
    examples: ['rockpool-fleet device commands', 'rockpool-fleet device commands leeds --json'],
    async run({ db, out }, [name], { limit }) {
      if (name !== undefined) await deviceRow(await db(), name);
      const commands = await listCommands(await db(), { device: name, limit });
      out.result({ commands }, () => rows(commands));
    },
  });
  define(device, kit, {
    usage: 'cancel <id>',
    summary: 'call a command back that a device has not begun',
    given: z.object({}),
    examples: ['rockpool-fleet device cancel 5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11'],
    async run({ db, clock, out, who }, [id = '']) {
      const command = await cancelCommand(await db(), clock, { id, who });
      out.result(command, () => rows([command]));
    },
  });
  define(device, kit, {
    usage: 'config <name> [settings...]',
    summary:
      'what a device should be set to; with settings, change them: key=value, key- leaves one to the device',
    options: [['--ttl <time>', 'how long it is tried (default: 24h)']],
    given: z.object({ ttl: z.string().default('24h') }),
    examples: [
      'rockpool-fleet device config leeds',
      'rockpool-fleet device config leeds heartbeatS=30 logLevel=debug selfTest-',
    ],
    async run({ db: opened, clock, out, who }, [name = '', ...settings], { ttl }) {
      const db = await opened();
      const { id } = await deviceRow(db, name);
      if (settings.length > 0) {
        const { config, version } = await desiredConfig(db, id);
        const args = { version: version + 1, config: changed(config, settings) };
        await createCommands(db, clock, {
          ...{ order: { name: 'set-config', args }, names: [name], ttlMs: parseTime(ttl), who },
        });
      }
      const { config } = await showDetail(db, name);
      out.result(config, () => {
        const { desired, reported } = config;
        const keys = [...new Set([...Object.keys(desired), ...Object.keys(reported)])].sort();
        const text = (from: object, key: string): string => String(Reflect.get(from, key) ?? '-');
        return [
          `asked for: version ${config.desiredVersion}; in force: version ${config.reportedVersion}`,
          ...table([
            ['SETTING', 'ASKED FOR', 'IN FORCE'],
            ...keys.map((key) => [key, text(desired, key), text(reported, key)]),
          ]),
        ];
      });
    },
  });
}

function orderOf(what: string, model: string | undefined): CommandOrder {
  const name = commandNames.find((one) => one === what);
  if (!name || name === 'set-config')
    throw new Refusal(
      'bad-request',
      `There is no command ${what}: give ${plain.join(', ')} or use-model; settings have \`device config\`.`,
    );
  if (name === 'use-model' && model === undefined)
    throw new Refusal('bad-request', 'Say which model with --model.');
  return CommandOrder.parse({ name, args: argsOf(name, model) });
}

const argsOf = (name: CommandName, model: string | undefined) => (name === 'use-model' ? { model } : {});

/** `heartbeatS=30` sets, `heartbeatS-` leaves it to the device; numbers and yes or no as they are meant. */
function changed(config: DeclaredConfig, settings: readonly string[]): DeclaredConfig {
  const now: Record<string, unknown> = { ...config };
  for (const text of settings) {
    const [, key = '', value] = /^([A-Za-z]{1,32})(?:=(.*)|-)$/.exec(text) ?? [];
    if (!Object.hasOwn(DeclaredConfig.shape, key))
      throw new Refusal(
        'bad-request',
        `${text} is no setting; write ${Object.keys(DeclaredConfig.shape).join('=…, ')}=…`,
      );
    if (value === undefined) delete now[key];
    else now[key] = meant(value);
  }
  const parsed = DeclaredConfig.safeParse(now);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal(
    'bad-request',
    `${issue?.path.join('.') ?? 'A setting'}: ${issue?.message ?? 'not valid'}.`,
  );
}

function meant(value: string): string | number | boolean {
  if (/^-?\d{1,9}$/.test(value)) return Number(value);
  return value === 'true' || value === 'false' ? value === 'true' : value;
}

const everyMs = 500;

async function untilEnded({ db, clock }: Doing, made: readonly CommandShown[]): Promise<CommandShown[]> {
  const ids = made.map(({ id }) => id);
  const latest = Math.max(...made.map(({ notAfter }) => notAfter));
  for (;;) {
    const now = await listed(await db(), ids);
    const isOpen = now.some(({ state }) => open.some((one) => one === state));
    // One that was accepted in time may take as long as it does; a silent device is given up by the controller.
    if (!isOpen || (clock.now() > latest + everyMs * 10 && now.every(({ state }) => state !== 'accepted')))
      return now;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

async function listed(db: Awaited<ReturnType<Doing['db']>>, ids: readonly string[]): Promise<CommandShown[]> {
  const found: CommandShown[] = [];
  for (let from = 0; from < ids.length; from += 500) {
    const some = ids.slice(from, from + 500);
    found.push(...(await listCommands(db, { ids: some, limit: some.length })));
  }
  return found;
}

const rows = (commands: readonly CommandShown[]): string[] =>
  table([
    ['ID', 'DEVICE', 'WHAT', 'STATE', 'SAYS', 'BY', 'AT'],
    ...commands.map((one) => [
      ...[one.id, one.device, one.order.name, one.state],
      one.result?.says ?? one.result?.reason ?? '-',
      ...[one.by, time(one.createdAt)],
    ]),
  ]);
