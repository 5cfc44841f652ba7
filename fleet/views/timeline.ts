/** What happened with a device, newest first: what it told, what it was told to do, and what operators did to it. */
import type { TimelineEntry } from '@rockpool/protocol/fleet/api';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

export async function timelineOf(
  db: Kysely<Tables>,
  device: { id: number; name: string },
  limit: number,
): Promise<TimelineEntry[]> {
  const all = [
    ...(await told(db, device.id, limit)),
    ...(await commanded(db, device.id, limit)),
    ...(await done(db, device.name, limit)),
  ];
  return all.sort((a, b) => b.at - a.at).slice(0, limit);
}

const told = (db: Kysely<Tables>, id: number, limit: number) =>
  db
    .selectFrom('timeline')
    .select(['at', 'kind', 'what', 'detail'])
    .where('device_id', '=', id)
    .orderBy('at', 'desc')
    .limit(limit)
    .execute();

async function commanded(db: Kysely<Tables>, id: number, limit: number): Promise<TimelineEntry[]> {
  const rows = await db
    .selectFrom('commands')
    .select(['changed_at', 'name', 'state', 'created_by'])
    .where('device_id', '=', id)
    .orderBy('counter', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ changed_at, name, state, created_by }) => ({
    ...{ at: changed_at, kind: 'command', what: name },
    detail: `${state}; asked by ${created_by}`,
  }));
}

async function done(db: Kysely<Tables>, name: string, limit: number): Promise<TimelineEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['at', 'action', 'who'])
    .where('subject', '=', `device ${name}`)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ at, action, who }) => ({ at, kind: 'operator', what: action, detail: who }));
}
