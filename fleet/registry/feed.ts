/** What changed, in order, for whoever shows it: several controllers write it, and each reads all of it. */
import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../store/dialect.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import type { FeedRow } from './reported-tables.ts';

export interface FeedEntry {
  seq: number;
  device: string | null;
  kind: FeedRow['kind'];
}

export interface Feed {
  /** Where it stands now. */
  head(): Promise<number>;
  /** What came after `mark`, oldest first, `limit` rows at most. */
  since(mark: number, limit: number): Promise<FeedEntry[]>;
}

/** Readers look every second; whoever was away for longer than this many changes looks at everything anyway. */
const kept = 100_000;
/** "RPFE"; any number that nobody else takes. */
const lockNumber = 0x52504645;

/**
 * In the transaction of the change, and late in it: on PostgreSQL others wait from here to its end, so that numbers are seen
 * in their order.
 */
export async function noteChanges(
  tx: Kysely<Tables>,
  kind: FeedRow['kind'],
  devices: readonly { id: number | null }[],
  at: number,
): Promise<void> {
  if (devices.length === 0) return;
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(tx);
  const rows = devices.map(({ id }) => ({ device_id: id, kind, at }));
  await inPieces(rows, (some) => tx.insertInto('feed').values(some).execute());
}

export const createFeed = (db: Kysely<Tables>): Feed => ({
  async head() {
    const row = await db
      .selectFrom('feed')
      .select((select) => select.fn.max('seq').as('seq'))
      .executeTakeFirst();
    return Number(row?.seq ?? 0);
  },
  async since(mark, limit) {
    const rows = await db
      .selectFrom('feed')
      .leftJoin('devices', 'devices.id', 'feed.device_id')
      .select(['feed.seq', 'feed.kind', 'devices.name'])
      .where('feed.seq', '>', mark)
      .orderBy('feed.seq')
      .limit(limit)
      .execute();
    return rows.map(({ seq, kind, name }) => ({ seq, kind, device: name }));
  },
});

export async function pruneFeed(db: Kysely<Tables>): Promise<void> {
  const head = await createFeed(db).head();
  await db
    .deleteFrom('feed')
    .where('seq', '<=', head - kept)
    .execute();
}
