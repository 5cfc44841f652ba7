/** `device`: what is in the fleet. */
import { AlertSeverity, type DeviceDetail, Presence } from '@rockpool/protocol/fleet/api';
import type { Command } from 'commander';
import { z } from 'zod';
import {
  allowNames,
  type Device,
  labelDevice,
  listRevoked,
  revokeDevice,
  showDevice,
} from '../registry/devices.ts';
import { parseLabel } from '../registry/labels.ts';
import { showDetail } from '../views/device-detail.ts';
import { deviceSorts, listPage } from '../views/device-list.ts';
import { define, type Kit } from './command.ts';
import { addDeviceCommands } from './device-commands.ts';
import { labelsText, table, time } from './output.ts';

export function addDevices(program: Command, kit: Kit): void {
  const device = program.command('device').description('the devices of the fleet');
  define(device, kit, {
    usage: 'list',
    summary: 'the devices in force, or those that are asked for',
    options: [
      ['--label <key=value>...', 'only those with it; may be repeated'],
      [
        '--presence <state>...',
        'only those that are online, degraded, flapping, offline, never (heard of) or revoked; may be repeated',
      ],
      ['--search <text>', 'only those with it in their name or in a label'],
      ['--worst <severity>', 'only those that an open alert of it, or a graver one, is about'],
      ['--sort <by>', 'name, presence or seenAt (default: name)'],
      ['--limit <count>', 'how many (default: 1000)'],
      ['--after <page>', 'where the last list ended, as it said'],
    ],
    given: z.object({
      label: z.array(z.string()).default([]),
      presence: z
        .array(
          z.enum(Presence.options, {
            error: 'A device is online, degraded, flapping, offline, never or revoked.',
          }),
        )
        .optional(),
      search: z.string().max(64).optional(),
      worst: z
        .enum(AlertSeverity.options, { error: 'An alert is a notice, a warning or critical.' })
        .optional(),
      sort: z.enum(deviceSorts, { error: 'Devices are sorted by name, presence or seenAt.' }).optional(),
      limit: z.coerce.number().int().min(1).max(100_000).default(1_000),
      after: z.string().optional(),
    }),
    examples: [
      'rockpool-fleet device list',
      'rockpool-fleet device list --label branch=leeds --presence offline --json',
    ],
    async run({ db, out }, _, { label, ...wish }) {
      const page = await listPage(await db(), { ...wish, labels: Object.fromEntries(label.map(parseLabel)) });
      const devices = page.devices.map((one) => ({ ...one, state: stateOf(one.presence) }));
      if (page.after !== null)
        out.note(`${devices.length} of ${page.total}; the next ones: --after ${page.after}`);
      out.result({ ...page, devices }, () =>
        table([
          ['NAME', 'PRESENCE', 'LABELS', 'SEEN', 'AGENT', 'MODEL', 'ALERTS'],
          ...devices.map((one) => [
            ...[one.name, one.presence, labelsText(one.labels)],
            one.seenAt === null ? '-' : time(one.seenAt),
            ...[one.agent ?? '-', one.model ?? '-'],
            one.worst === null ? '-' : `${one.alerts} (${one.worst})`,
          ]),
        ]),
      );
    },
  });
  define(device, kit, {
    usage: 'show <name>',
    summary: 'all that is known of one device',
    given: z.object({}),
    examples: ['rockpool-fleet device show leeds'],
    async run({ db, out }, [name = '']) {
      const one = await showDevice(await db(), name);
      const detail = await showDetail(await db(), name);
      out.result({ ...one, ...detail }, () => [...lines(one), ...detailLines(detail)]);
    },
  });
  define(device, kit, {
    usage: 'label <name> <labels...>',
    summary: 'set labels; key- removes one',
    given: z.object({}),
    examples: [
      'rockpool-fleet device label leeds branch=leeds floor=2',
      'rockpool-fleet device label leeds floor-',
    ],
    async run({ db, clock, out, who }, [name = '', ...labels]) {
      const set = Object.fromEntries(
        labels.map((text) => (/^[^=]+-$/.test(text) ? [text.slice(0, -1), null] : parseLabel(text))),
      );
      const one = await labelDevice(await db(), clock, { name, set, who });
      out.result(one, () => lines(one));
    },
  });
  define(device, kit, {
    usage: 'names <name> [names...]',
    summary: 'the names that its chat page may carry besides NAME.local, all of them; with none given, none',
    given: z.object({}),
    examples: ['rockpool-fleet device names leeds chat.example.com', 'rockpool-fleet device names leeds'],
    async run({ db, clock, out, who }, [name = '', ...names]) {
      const one = await allowNames(await db(), clock, { name, names, who });
      out.result(one, () => lines(one));
    },
  });
  define(device, kit, {
    usage: 'revoke <name>',
    summary: 'put a device out of the fleet for good',
    options: [['--because <reason>', 'for the audit']],
    given: z.object({
      because: z.string({ error: 'Say why with --because; it stands in the audit.' }).min(1).max(200),
    }),
    examples: ['rockpool-fleet device revoke leeds --because "stolen on Friday"'],
    async run({ db, clock, out, who }, [name = ''], { because }) {
      const one = await revokeDevice(await db(), clock, { name, because, who });
      out.result(one, () => [
        `${name} is revoked: nothing is renewed for it any more.`,
        'A new device takes the name by a claim made with --name.',
      ]);
    },
  });
  define(device, kit, {
    usage: 'revoked',
    summary: 'serial numbers of certificates that were taken away and would still be in force',
    given: z.object({}),
    examples: ['rockpool-fleet device revoked --json'],
    async run({ db, clock, out }) {
      const revoked = await listRevoked(await db(), clock);
      out.result({ revoked }, () => table(revoked.map((one) => [one.serial, one.kind, time(one.revokedAt)])));
    },
  });
  addDeviceCommands(device, kit);
}

const stateOf = (presence: Presence): Device['state'] => (presence === 'revoked' ? 'revoked' : 'in-force');

const lines = (one: Device): string[] =>
  table([
    ['name', one.name],
    [
      'state',
      one.state === 'revoked'
        ? `revoked ${time(one.revokedAt ?? 0)}: ${one.revokedBecause ?? ''}`
        : 'in force',
    ],
    ['labels', labelsText(one.labels)],
    ['names of its page', [`${one.name}.local`, ...one.lanNames].join(' ')],
    ['identity', one.identity],
    ['enrolled', time(one.enrolledAt)],
    ['seen', time(one.seenAt)],
    ...one.certificates.map(({ kind, serial, names, expiresAt }) => [
      `certificate (${kind})`,
      `until ${time(expiresAt)}, ${names.join(' ')}, serial ${serial}`,
    ]),
  ]);

const detailLines = ({
  health,
  healthAt,
  installed,
  config,
  open,
  timeline,
  ...one
}: DeviceDetail): string[] => [
  ...table([
    ['presence', one.presence],
    ['heard of', one.seenAt === null ? 'never' : time(one.seenAt)],
    ['agent', installed ? `${installed.agent}, model ${installed.model ?? '-'}, ${installed.system}` : '-'],
    ['settings', `version ${config.reportedVersion} in force, ${config.desiredVersion} asked for`],
    ['health', healthAt === null ? '-' : `of ${time(healthAt)}`],
    ['  processor', permille(health?.cpu.loadPermille)],
    ['  memory free', mib(health?.memory.availableMiB)],
    ['  disk free', mib(health?.disk.freeMiB)],
    [
      '  posture',
      health ? (health.posture.holds ? 'holds' : `missing: ${health.posture.missing.join(' ')}`) : '-',
    ],
  ]),
  ...open.map((alert) => `alert ${alert.id} (${alert.severity}) ${alert.code} since ${time(alert.raisedAt)}`),
  ...timeline
    .slice(0, 10)
    .map(({ at, what, detail }) => `${time(at)}  ${what}${detail ? `  ${detail}` : ''}`),
];

const permille = (value: number | null | undefined): string =>
  value == null ? '-' : `${Math.round(value / 10)} %`;
const mib = (value: number | null | undefined): string => (value == null ? '-' : `${value} MiB`);
