/** `alerts`: what is wrong in the fleet. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { acknowledgeAlert } from '../alerts/alerts.ts';
import { listAlerts } from '../views/alerts.ts';
import { define, type Kit } from './command.ts';
import { table, time } from './output.ts';

export function addAlerts(program: Command, kit: Kit): void {
  const alerts = program.command('alerts').description('what is wrong in the fleet');
  define(alerts, kit, {
    usage: 'list',
    summary: 'open alerts, newest first; those that another explains are left out',
    options: [
      ['--closed', 'those that are over instead'],
      ['--device <name>', 'only those about one device'],
      ['--limit <count>', 'how many (default: 100)'],
    ],
    given: z.object({
      closed: z.boolean().default(false),
      device: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(10_000).default(100),
    }),
    examples: ['rockpool-fleet alerts list', 'rockpool-fleet alerts list --device leeds --json'],
    async run({ db, out }, _, { closed, device, limit }) {
      const found = await listAlerts(await db(), { open: !closed, device, limit });
      out.result(found, () =>
        found.alerts.length === 0
          ? [closed ? 'None is over yet.' : 'Nothing is wrong.']
          : table([
              ['ID', 'SEVERITY', 'WHAT', 'WHERE', 'SINCE', 'SEEN BY'],
              ...found.alerts.map((one) => [
                ...[String(one.id), one.severity, one.code, one.subject, time(one.raisedAt)],
                one.acknowledged?.by ?? '-',
              ]),
            ]),
      );
    },
  });
  define(alerts, kit, {
    usage: 'ack <id>',
    summary: 'say that somebody looks after it',
    given: z.object({}),
    examples: ['rockpool-fleet alerts ack 12'],
    async run({ db, clock, out, who }, [text = '']) {
      const id = demandId(text, 'An alert');
      await acknowledgeAlert(await db(), clock, { id, who });
      out.result({ id, acknowledged: who }, () => [`Alert ${id} is acknowledged.`]);
    },
  });
}

/** @throws Refusal unless it is a number of ours */
export function demandId(text: string, what: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new Refusal('bad-request', `${what} is named by its number; see its \`list\`.`);
  return Number(text);
}
