/** `/api/commands`: what devices were told to do, and telling them. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import { CommandAsk, CommandRow, CommandsAsk } from '@rockpool/protocol/fleet/api';
import type { CommandOrder } from '@rockpool/protocol/fleet/command';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { cancelCommand } from '../../commands/cancel.ts';
import { createCommands } from '../../commands/create.ts';
import { may } from '../../operators/may.ts';
import type { Asker } from '../../operators/operators.ts';
import { listCommands } from '../../views/commands.ts';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';
import { Named } from './devices.ts';
import { limited } from './query.ts';

const List = z.strictObject({ commands: z.array(CommandRow) });
/** Of a command to thousands, the rest is found in the list. */
const mostShown = 1_000;

export function commandRoutes(app: App, { db, clock }: RouteParts): void {
  app.get(
    '/api/commands',
    {
      config: { who: 'look' },
      schema: {
        querystring: z.strictObject({ device: DeviceName.optional(), limit: limited(100, 1_000) }),
        response: { 200: List },
      },
    },
    async ({ query }) => ({ commands: await listCommands(db, query) }),
  );
  app.post(
    '/api/devices/:name/commands',
    {
      config: { who: 'send-command' },
      schema: { params: Named, body: CommandAsk, response: { 200: CommandRow } },
    },
    async (request) => {
      const { order, ttlS } = request.body;
      const asker = askerOf(request);
      demandRight(asker, order);
      const names = [request.params.name];
      const [made] = await createCommands(db, clock, { order, names, ttlMs: ttlS * 1000, who: asker.who });
      if (!made) throw new Error('a command was written and is not there');
      return made;
    },
  );
  app.post(
    '/api/commands',
    {
      config: { who: 'send-command' },
      schema: {
        body: CommandsAsk,
        response: { 200: List.extend({ total: z.int() }) },
      },
    },
    async (request) => {
      const { order, ttlS, names, labels } = request.body;
      const asker = askerOf(request);
      demandRight(asker, order);
      const wish = { order, names, labels, ttlMs: ttlS * 1000, who: asker.who };
      const made = await createCommands(db, clock, wish);
      return { commands: made.slice(0, mostShown), total: made.length };
    },
  );
  app.post(
    '/api/commands/:id/cancel',
    {
      config: { who: 'cancel-command' },
      schema: { params: z.strictObject({ id: z.uuid() }), response: { 200: CommandRow } },
    },
    (request) => cancelCommand(db, clock, { id: request.params.id, who: askerOf(request).who }),
  );
}

/** What stays on a device is a right of its own. */
function demandRight({ role }: Asker, order: CommandOrder): void {
  if (order.name === 'set-config' && !may(role, 'set-config'))
    throw new Refusal('forbidden', `A ${role} may not change settings; ask an admin of this controller.`);
}
