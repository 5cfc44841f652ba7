/** What devices said is kept for a while: long enough to see a season, short enough that the database doesn't grow for ever. */
import type { Kysely } from 'kysely';
import { onLease } from '../store/lease.ts';
import type { Tables } from '../store/tables.ts';
import { pruneFeed } from './feed.ts';

const dayMs = 86_400_000;
export const keptDays = { samples: 40, timeline: 180, auditHeads: 730 } as const;
/** A large deletion would hold up everyone who writes. */
const piece = 5_000;
const leaseMs = 120_000;

/** @returns rows that are gone; null: another controller does it */
export async function pruneReported(
  db: Kysely<Tables>,
  { holder, now }: { holder: string; now: number },
): Promise<number | null> {
  const pruned = await onLease(db, { name: 'retention', holder, forMs: leaseMs }, async () => {
    await pruneFeed(db);
    return (
      (await pruneTimeline(db, now - keptDays.timeline * dayMs)) +
      (await pruneSamples(db, now - keptDays.samples * dayMs)) +
      (await pruneHeads(db, now - keptDays.auditHeads * dayMs))
    );
  });
  return pruned ?? null;
}

const pruneTimeline = (db: Kysely<Tables>, before: number): Promise<number> =>
  inTurns(async () => {
    const { numDeletedRows } = await db
      .deleteFrom('timeline')
      .where('id', 'in', (from) =>
        from.selectFrom('timeline').select('id').where('at', '<', before).limit(piece),
      )
      .executeTakeFirst();
    return numDeletedRows;
  });

/** By the moments that have any: a sample has no number of its own. */
const pruneSamples = (db: Kysely<Tables>, before: number): Promise<number> =>
  inTurns(async () => {
    const oldest = await db
      .selectFrom('samples')
      .select((select) => select.fn.min('at').as('at'))
      .executeTakeFirst();
    const at = oldest?.at ?? null;
    if (at === null || at >= before / 1_000) return 0n;
    const { numDeletedRows } = await db.deleteFrom('samples').where('at', '=', at).executeTakeFirst();
    return numDeletedRows;
  });

/** Seldom and few: one statement. The newest of each device stays in its state. */
async function pruneHeads(db: Kysely<Tables>, before: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('audit_heads').where('at', '<', before).executeTakeFirst();
  return Number(numDeletedRows);
}

async function inTurns(turn: () => Promise<bigint>): Promise<number> {
  let count = 0;
  for (;;) {
    const gone = Number(await turn());
    if (gone === 0) return count;
    count += gone;
  }
}
