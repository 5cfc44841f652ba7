/** Who did what to the fleet: rows that carry the hash of the one before, so that none can be changed or left out later. */
import { createHash } from 'node:crypto';
import { canonical } from '@rockpool/signing/canonical';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { AuditRow } from './tables.ts';

export interface Deed {
  at: number;
  /** `anna@ctl-1` for an operator, `device leeds`, or `controller`. */
  who: string;
  /** `claim-create`, `device-revoke` … */
  action: string;
  /** What it was done to. */
  subject: string;
  detail?: Record<string, string | number | null>;
}

const genesis = { seq: 0, hash: '0'.repeat(64) };

/** In the transaction of the deed itself: they stand or fall together. */
export async function record(db: Kysely<Tables>, deed: Deed): Promise<void> {
  const last = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { seq, hash: prev } = last ?? genesis;
  const row = { ...deed, detail: JSON.stringify(deed.detail ?? {}), seq: seq + 1, prev };
  await db
    .insertInto('audit')
    .values({ ...row, hash: hashOf(row) })
    .execute();
}

/** @returns the number of the first row that was changed, or follows one that was left out; undefined when all is whole */
export async function findBreak(db: Kysely<Tables>): Promise<number | undefined> {
  let last = genesis;
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', last.seq)
      .orderBy('seq')
      .limit(500)
      .execute();
    for (const { hash, ...row } of rows) {
      if (row.seq !== last.seq + 1 || row.prev !== last.hash || hash !== hashOf(row)) return row.seq;
      last = { seq: row.seq, hash };
    }
    if (rows.length === 0) return undefined;
  }
}

/** The newest first. @param before only what is older than this number, for the next page */
export const listAudit = (db: Kysely<Tables>, limit: number, before?: number): Promise<AuditRow[]> =>
  db
    .selectFrom('audit')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();

const hashOf = (row: Omit<AuditRow, 'hash'>): string =>
  createHash('sha256').update(canonical(row)).digest('hex');
