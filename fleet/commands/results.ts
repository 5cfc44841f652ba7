/** What a device says of its commands. */
import type { CommandResult } from '@rockpool/protocol/fleet/command';
import type { Kysely } from 'kysely';
import { noteChanges } from '../registry/feed.ts';
import type { Tables } from '../store/tables.ts';
import { next } from './states.ts';

/**
 * - `recorded`: as expected
 * - `late`: it had run out, been called back or been given up; what the device says is what happened
 * - `duplicate`: nothing new
 * - `unknown`: no command of this device's; another's is none
 * - `unreadable`: the device could not read what it was sent
 */
export type ResultAnswer = 'recorded' | 'late' | 'duplicate' | 'unknown' | 'unreadable';

/** In the transaction of the report that brought it. */
export async function recordResult(
  tx: Kysely<Tables>,
  { deviceId, result, at }: { deviceId: number; result: CommandResult; at: number },
): Promise<ResultAnswer> {
  if (result.id === null) return 'unreadable';
  // Another may change it between reading and writing, an operator or a sweep: then it is read again.
  for (;;) {
    const row = await tx
      .selectFrom('commands')
      .select(['state', 'version', 'is_final'])
      .where('id', '=', result.id)
      .where('device_id', '=', deviceId)
      .executeTakeFirst();
    if (!row) return 'unknown';
    const state = next(row.state, result.state, row.is_final === 1);
    if (!state) return 'duplicate';
    const { numUpdatedRows } = await tx
      .updateTable('commands')
      .set({
        ...{ state, changed_at: at, version: row.version + 1 },
        ...{ result: JSON.stringify(result), is_final: result.state === 'accepted' ? 0 : 1 },
      })
      .where('id', '=', result.id)
      .where('version', '=', row.version)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) continue;
    await noteChanges(tx, 'command', [{ id: deviceId }], at);
    return row.state === 'queued' || row.state === 'sent' || row.state === 'accepted' ? 'recorded' : 'late';
  }
}
