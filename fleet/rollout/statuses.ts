/** What devices say of their updates, in the transaction of the report that brings it. */
import { CommandOrder } from '@rockpool/protocol/fleet/command';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { type Belongs, isNewer, type StatusSaid, take } from './outcome.ts';
import { saveDevices } from './rows.ts';
import type { RolloutDeviceRow } from './tables.ts';

export interface Said {
  deviceId: number;
  statuses: readonly StatusSaid[];
  at: number;
}

/** What was asked for by nobody here, or by another rollout than it says, counts for none. The device itself is noted as changed by whoever reads its reports. */
export async function recordStatuses(tx: Kysely<Tables>, { deviceId, statuses, at }: Said): Promise<void> {
  const byRollout = Map.groupBy(statuses, ({ status }) => status.rollout);
  for (const [rollout, some] of byRollout) {
    if (rollout === null) continue;
    const row = await hold(tx, rollout, deviceId);
    if (!row) continue;
    const after = await read(tx, row, some, at);
    if (after !== row) await saveDevices(tx, [after]);
  }
}

const hold = (tx: Kysely<Tables>, rollout: string, deviceId: number): Promise<RolloutDeviceRow | undefined> =>
  tx
    .updateTable('rollout_devices')
    .set((to) => ({ rank: to.ref('rank') }))
    .where('rollout_id', '=', rollout)
    .where('device_id', '=', deviceId)
    .returningAll()
    .executeTakeFirst();

async function read(
  tx: Kysely<Tables>,
  before: RolloutDeviceRow,
  statuses: readonly StatusSaid[],
  at: number,
): Promise<RolloutDeviceRow> {
  let row = before;
  for (const said of [...statuses].sort((a, b) => (isNewer(a, b) ? 1 : -1))) {
    const belongs = await belongsTo(tx, row, said.status.txn);
    if (belongs) row = take(row, said, belongs, at);
  }
  return row;
}

/** A transaction has the name of the command that asked for it, which was for this device and of this rollout. */
async function belongsTo(
  tx: Kysely<Tables>,
  row: RolloutDeviceRow,
  txn: string,
): Promise<Belongs | undefined> {
  if (txn === row.command_id) return 'current';
  if (txn === row.back_id) return 'back';
  const found = await tx
    .selectFrom('commands')
    .select('command_order')
    .where('id', '=', txn)
    .where('device_id', '=', row.device_id)
    .where('name', '=', 'install')
    .executeTakeFirst();
  if (!found) return undefined;
  const order = CommandOrder.parse(JSON.parse(found.command_order));
  return order.name === 'install' && order.args.order.rollout === row.rollout_id ? 'earlier' : undefined;
}
