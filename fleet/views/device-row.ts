/** A device by its name: the one in force, else the last that had it. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** @throws Refusal `not-found` */
export async function deviceRow(db: Kysely<Tables>, name: string) {
  const row = await db
    .selectFrom('devices')
    .selectAll()
    .where('name', '=', name)
    // A name is taken over only when whoever had it was revoked, so the last is the one in force, where there is one.
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) throw new Refusal('not-found', `There is no device ${name}.`);
  return row;
}
