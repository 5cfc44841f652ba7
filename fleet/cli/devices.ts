/** `device`: what is in the fleet. */
import type { Command } from 'commander';
import { z } from 'zod';
import {
  allowNames,
  type Device,
  labelDevice,
  listDevices,
  listRevoked,
  revokeDevice,
  showDevice,
} from '../registry/devices.ts';
import { parseLabel } from '../registry/labels.ts';
import { define, type Kit } from './command.ts';
import { labelsText, table, time } from './output.ts';

export function addDevices(program: Command, kit: Kit): void {
  const device = program.command('device').description('the devices of the fleet');
  define(device, kit, {
    usage: 'list',
    summary: 'all devices, or those with all the given labels',
    options: [['--label <key=value>...', 'only those with it; may be repeated']],
    given: z.object({ label: z.array(z.string()).default([]) }),
    examples: ['rockpool-fleet device list', 'rockpool-fleet device list --label branch=leeds --json'],
    async run({ db, out }, _, { label }) {
      const devices = await listDevices(await db(), Object.fromEntries(label.map(parseLabel)));
      out.result({ devices }, () =>
        table([
          ['NAME', 'STATE', 'LABELS', 'SEEN', 'CERTIFICATE UNTIL'],
          ...devices.map((one) => [
            one.name,
            one.state,
            labelsText(one.labels),
            time(one.seenAt),
            until(one),
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
      out.result(one, () => lines(one));
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
}

const until = ({ certificates }: Device): string => {
  const own = certificates.find(({ kind }) => kind === 'device');
  return own ? time(own.expiresAt) : '-';
};

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
