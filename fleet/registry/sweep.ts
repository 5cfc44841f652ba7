/** Who fell silent: nobody says so, so one controller looks every few seconds. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { demandLease, onLease } from '../store/lease.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import { transactBeside } from '../store/transaction.ts';
import { noteChanges } from './feed.ts';
import { presenceOf } from './presence.ts';

/** Longer than a sweep takes, shorter than anybody may stay unmissed. */
const leaseMs = 15_000;
const piece = 500;

export interface SweepParts {
  holder: string;
  now: number;
  listeningSince: number;
}

/** @returns how many changed; null: another controller does it */
export async function sweepPresence(
  db: Kysely<Tables>,
  { holder, now, listeningSince }: SweepParts,
): Promise<number | null> {
  const changed = await onLease(db, { name: 'presence', holder, forMs: leaseMs }, async (lease) => {
    const suspects = await findSuspects(db, now);
    let count = 0;
    for (let at = 0; at < suspects.length; at += piece) {
      const ids = suspects.slice(at, at + piece);
      count += await transactBeside(db, async (tx) => {
        await demandLease(tx, lease);
        return judge(tx, ids, now, listeningSince);
      });
    }
    return count;
  });
  return changed ?? null;
}

/** Those of whom anything but their presence of now may be true; whoever speaks is judged when it does. */
async function findSuspects(db: Kysely<Tables>, now: number): Promise<number[]> {
  const rows = await db
    .selectFrom('device_states')
    .select('device_id')
    .where((where) =>
      where.or([
        where('presence', 'in', ['degraded', 'flapping']),
        where.and([
          where('presence', '=', 'online'),
          where.or([
            where('connected', '=', 0),
            where(sql<number>`coalesce(health_at, connected_at) + heartbeat_s * 2000`, '<', now),
          ]),
        ]),
      ]),
    )
    .orderBy('device_id')
    .execute();
  return rows.map(({ device_id }) => device_id);
}

async function judge(
  tx: Kysely<Tables>,
  ids: readonly number[],
  now: number,
  listeningSince: number,
): Promise<number> {
  // It may have spoken since it was found, so it is read again; and whoever reads its words now, waits.
  const rows = await tx
    .updateTable('device_states')
    .set((to) => ({ presence: to.ref('presence') }))
    .where('device_id', 'in', ids)
    .returning([
      ...(['device_id', 'presence', 'seen_at', 'connected', 'connected_at'] as const),
      ...(['health_at', 'heartbeat_s', 'births'] as const),
    ])
    .execute();
  const changed = rows.flatMap((row) => {
    const presence = presenceOf(row, now, listeningSince);
    return presence === row.presence ? [] : [{ id: row.device_id, presence }];
  });
  for (const { id, presence } of changed)
    await tx
      .updateTable('device_states')
      .set({ presence, presence_at: now })
      .where('device_id', '=', id)
      .execute();
  await inPieces(
    changed.map(({ id, presence }) => ({
      ...{ device_id: id, at: now, device_at: null, kind: 'presence' as const, what: presence, detail: null },
    })),
    (some) => tx.insertInto('timeline').values(some).execute(),
  );
  await noteChanges(tx, 'device', changed, now);
  return changed.length;
}
