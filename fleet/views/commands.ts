/** Commands as operators see them, newest first. */
import type { Kysely } from 'kysely';
import { type CommandShown, shown } from '../commands/cancel.ts';
import type { Tables } from '../store/tables.ts';

export interface CommandWish {
  device?: string | undefined;
  ids?: readonly string[] | undefined;
  limit: number;
}

export async function listCommands(
  db: Kysely<Tables>,
  { device, ids, limit }: CommandWish,
): Promise<CommandShown[]> {
  const rows = await db
    .selectFrom('commands as c')
    .innerJoin('devices as d', 'd.id', 'c.device_id')
    .selectAll('c')
    .select('d.name as device')
    .$if(device !== undefined, (query) => query.where('d.name', '=', device ?? ''))
    .$if(ids !== undefined, (query) => query.where('c.id', 'in', ids ?? []))
    // Of one device they are counted; of all, the time has to do.
    .orderBy(device === undefined ? 'c.created_at' : 'c.counter', 'desc')
    .limit(limit)
    .execute();
  return rows.map(shown);
}
