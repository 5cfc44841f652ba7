/** Commands as operators see them, and how they call one back. */

import type { DeviceName } from '@rockpool/protocol/enrolment';
import type { CommandRow as Shown } from '@rockpool/protocol/fleet/api';
import { CommandOrder, CommandResult } from '@rockpool/protocol/fleet/command';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import { noteChanges } from '../registry/feed.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { next } from './states.ts';
import type { CommandRow } from './tables.ts';

export type CommandShown = z.infer<typeof Shown>;

export const shown = (row: CommandRow & { device: string }): CommandShown => ({
  ...{
    id: row.id,
    device: row.device as DeviceName,
    order: CommandOrder.parse(JSON.parse(row.command_order)),
  },
  ...{ state: row.state, by: row.created_by, createdAt: row.created_at, changedAt: row.changed_at },
  ...{ result: row.result === null ? null : CommandResult.parse(JSON.parse(row.result)) },
  notAfter: row.not_after,
});

/**
 * It is not sent any more. One that was sent may have been obeyed already: then the device's word replaces this.
 * @throws Refusal `not-found`, or `conflict` when it has begun or ended
 */
export const cancelCommand = (
  db: Kysely<Tables>,
  clock: Clock,
  { id, who }: { id: string; who: string },
): Promise<CommandShown> =>
  transact(db, async (tx) => {
    const row = await rowOf(tx, id);
    const at = clock.now();
    const state = next(row.state, 'cancelled', row.is_final === 1);
    if (!state) throw new Refusal('conflict', `This command is ${row.state}; it can't be called back.`);
    await tx
      .updateTable('commands')
      .set({ state, changed_at: at, version: row.version + 1 })
      .where('id', '=', id)
      .execute();
    await noteChanges(tx, 'command', [{ id: row.device_id }], at);
    await record(tx, {
      ...{ at, who, action: 'command-cancel', subject: `device ${row.device}` },
      detail: { id, name: row.name, was: row.state },
    });
    return shown({ ...row, state, changed_at: at });
  });

async function rowOf(db: Kysely<Tables>, id: string): Promise<CommandRow & { device: string }> {
  const row = await db
    .selectFrom('commands')
    .innerJoin('devices', 'devices.id', 'commands.device_id')
    .selectAll('commands')
    .select('devices.name as device')
    .where('commands.id', '=', id)
    .executeTakeFirst();
  if (!row) throw new Refusal('not-found', 'There is no such command.');
  return row;
}
