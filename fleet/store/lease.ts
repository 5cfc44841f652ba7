/** One of several controllers does a thing: who, until when by the database's clock, and a number that shuts out whoever stalled. */
import { type Kysely, sql } from 'kysely';
import { databaseNow } from './dialect.ts';
import type { Tables } from './tables.ts';

export interface LeaseTables {
  leases: LeaseRow;
}

export interface LeaseRow {
  /** What is done: `presence`, `alerts`, `retention`. */
  name: string;
  holder: string;
  /** Larger whenever it changes hands, or lapsed in between. */
  fence: number;
  until: number;
}

export interface LeaseAsk {
  name: string;
  /** This controller, another at every start. */
  holder: string;
  /** Longer than the work takes and shorter than may pass without it. */
  forMs: number;
}

/** Had by whoever took it last; worth nothing after its time. */
export interface Lease {
  name: string;
  holder: string;
  fence: number;
}

/** This controller stalled past its deadline, and another may be at work. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Takes what is free and renews what is ours. @returns undefined while another controller has it */
export async function takeLease(
  db: Kysely<Tables>,
  { name, holder, forMs }: LeaseAsk,
): Promise<Lease | undefined> {
  const now = databaseNow(db);
  const until = sql<number>`${now} + ${forMs}`;
  const row = await db
    .insertInto('leases')
    .values({ name, holder, fence: 1, until })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({
          ...{ holder, until },
          fence: sql<number>`leases.fence + case when leases.holder = ${holder} and leases.until > ${now} then 0 else 1 end`,
        })
        .where((where) => where.or([where('leases.holder', '=', holder), where('leases.until', '<=', now)])),
    )
    .returning('fence')
    .executeTakeFirst();
  return row && { name, holder, fence: row.fence };
}

/**
 * First in every transaction of the work: whoever takes the lease next waits until that is committed.
 * @throws LeaseLost when its time is over
 */
export async function demandLease(tx: Kysely<Tables>, { name, holder, fence }: Lease): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('leases')
    .set({ holder })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .where('fence', '=', fence)
    .where('until', '>', databaseNow(tx))
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new LeaseLost(`${holder} no longer has the lease of ${name}`);
}

/** At an orderly end, so that another needn't wait for the deadline. */
export async function releaseLease(db: Kysely<Tables>, { name, holder, fence }: Lease): Promise<void> {
  await db
    .updateTable('leases')
    .set({ until: 0 })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .where('fence', '=', fence)
    .execute();
}

/** @returns what the work returns, or undefined when it is another controller's, or became another's meanwhile */
export async function onLease<T>(
  db: Kysely<Tables>,
  ask: LeaseAsk,
  work: (lease: Lease) => Promise<T>,
): Promise<T | undefined> {
  const lease = await takeLease(db, ask);
  if (!lease) return undefined;
  try {
    return await work(lease);
  } catch (error) {
    if (error instanceof LeaseLost) return undefined;
    throw error;
  }
}
