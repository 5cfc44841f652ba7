/** Alerts as operators see them; those that another explains stand in no list. */
import type { Alert, AlertList } from '@rockpool/protocol/fleet/api';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { toAlert } from '../alerts/alerts.ts';
import type { Tables } from '../store/tables.ts';

export interface AlertWish {
  /** Left out: both. */
  open?: boolean | undefined;
  device?: string | undefined;
  limit: number;
}

export async function listAlerts(
  db: Kysely<Tables>,
  { open, device, limit }: AlertWish,
): Promise<z.infer<typeof AlertList>> {
  if (device !== undefined) {
    const alerts = await alertsOf(db, device, open);
    return { alerts: alerts.slice(0, limit), total: alerts.length };
  }
  const some = shown(db, open);
  const rows = await some.selectAll().orderBy('id', 'desc').limit(limit).execute();
  const { count } = await some
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return { alerts: rows.map(toAlert), total: Number(count) };
}

/** About it alone, or about a group that it belongs to; newest first. */
export async function alertsOf(db: Kysely<Tables>, device: string, open?: boolean): Promise<Alert[]> {
  const rows = await shown(db, open)
    .selectAll()
    .where((where) =>
      where.or([
        where('subject', '=', device),
        // Names hold no quotes, so one in quotes is one of the list.
        where.and([where('subject', 'like', '%=%'), where('devices', 'like', `%"${device}"%`)]),
      ]),
    )
    .orderBy('id', 'desc')
    .limit(200)
    .execute();
  return rows.map(toAlert);
}

const shown = (db: Kysely<Tables>, open: boolean | undefined) =>
  db
    .selectFrom('alerts')
    .$if(open !== false, (query) =>
      query.where((where) =>
        where.or([
          where.and([where('open_key', 'is not', null), where('hidden_by', 'is', null)]),
          ...(open === undefined ? [where('open_key', 'is', null)] : []),
        ]),
      ),
    )
    .$if(open === false, (query) => query.where('open_key', 'is', null));
