/** Who is signed in on which browser: the hash of a random cookie, with an idle and an absolute end. */
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { createSecret, hashOf } from './secrets.ts';
import type { OperatorRow } from './tables.ts';

const hour = 3_600_000;
export const idleMs = 12 * hour;
export const longestMs = 7 * 24 * hour;
/** A session is noted as seen this often: each request would be a write. */
const seenEveryMs = 5 * 60_000;

/** @returns the cookie's value, which is nowhere kept */
export async function openSession(tx: Kysely<Tables>, operatorId: number, now: number): Promise<string> {
  await tx
    .deleteFrom('operator_sessions')
    .where((where) =>
      where.or([where('created_at', '<=', now - longestMs), where('seen_at', '<=', now - idleMs)]),
    )
    .execute();
  const cookie = createSecret();
  await tx
    .insertInto('operator_sessions')
    .values({ hash: hashOf(cookie), operator_id: operatorId, created_at: now, seen_at: now })
    .execute();
  await tx.updateTable('operators').set({ seen_at: now }).where('id', '=', operatorId).execute();
  return cookie;
}

/** @returns undefined for a cookie that is none of ours, or past its time */
export async function findSession(
  db: Kysely<Tables>,
  cookie: string,
  now: number,
): Promise<{ sessionId: number; operator: OperatorRow } | undefined> {
  const row = await db
    .selectFrom('operator_sessions as s')
    .innerJoin('operators as o', 'o.id', 's.operator_id')
    .selectAll('o')
    .select(['s.id as sessionId', 's.seen_at as sessionSeenAt'])
    .where('s.hash', '=', hashOf(cookie))
    .where('s.created_at', '>', now - longestMs)
    .where('s.seen_at', '>', now - idleMs)
    .executeTakeFirst();
  if (!row) return undefined;
  const { sessionId, sessionSeenAt, ...operator } = row;
  // A clock that was set back must not freeze it.
  if (Math.abs(now - sessionSeenAt) >= seenEveryMs) {
    await db.updateTable('operator_sessions').set({ seen_at: now }).where('id', '=', sessionId).execute();
    await db.updateTable('operators').set({ seen_at: now }).where('id', '=', operator.id).execute();
  }
  return { sessionId, operator };
}

export async function closeSession(db: Kysely<Tables>, cookie: string): Promise<void> {
  await db.deleteFrom('operator_sessions').where('hash', '=', hashOf(cookie)).execute();
}

/** @param except the one that asks may stay */
export async function closeSessionsOf(tx: Kysely<Tables>, operatorId: number, except = 0): Promise<void> {
  await tx
    .deleteFrom('operator_sessions')
    .where('operator_id', '=', operatorId)
    .where('id', '<>', except)
    .execute();
}
