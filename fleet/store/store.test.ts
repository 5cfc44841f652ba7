/** What every room relies on, whichever database it is: numbers, conflicts, transactions, leases. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { record } from '../audit/audit.ts';
import { openTestDatabase, type TestDatabase } from './database.fixture.ts';
import { databaseNow } from './dialect.ts';
import { demandLease, type Lease, onLease, releaseLease, takeLease } from './lease.ts';
import { isTaken } from './open.ts';
import type { Database } from './tables.ts';
import { transact, transactBeside } from './transaction.ts';

let opened: TestDatabase;
let db: Database;
beforeEach(async () => {
  opened = await openTestDatabase();
  ({ db } = opened);
});
afterEach(() => opened[Symbol.asyncDispose]());

const addClaim = (hash: string) =>
  db
    .insertInto('claims')
    .values({
      ...{ hash, labels: '{}', lan_names: '[]', created_by: 'test' },
      ...{ created_at: 1_800_000_000_000, expires_at: Number.MAX_SAFE_INTEGER },
    })
    .returning('id')
    .executeTakeFirstOrThrow();

test('times and counts are numbers, however large', async () => {
  const { id } = await addClaim('a');
  const row = await db
    .selectFrom('claims')
    .select(['id', 'created_at', 'expires_at', 'used_at'])
    .select((of) => [
      of.fn.countAll().as('count'),
      of.fn.sum('created_at').as('sum'),
      of.fn.max('id').as('max'),
    ])
    .groupBy('id')
    .executeTakeFirstOrThrow();
  expect(row).toEqual({
    ...{ id, created_at: 1_800_000_000_000, expires_at: Number.MAX_SAFE_INTEGER, used_at: null },
    ...{ count: 1, sum: 1_800_000_000_000, max: id },
  });
});

test('a number is not given again when its row is gone', async () => {
  const { id } = await addClaim('a');
  await db.deleteFrom('claims').execute();
  expect((await addClaim('b')).id).toBeGreaterThan(id);
});

test('bytes come back as they were', async () => {
  const bytes = Buffer.from([0, 255, 39, 92, 0]);
  const { id: claim_id } = await addClaim('a');
  const { id: device_id } = await db
    .insertInto('devices')
    .values({ name: 'a', identity: 'i', claim_id, lan_names: '[]', enrolled_at: 0, seen_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('escrows')
    .values({ device_id, kind: 'k', digest: 'd', sealed: bytes, at: 0 })
    .execute();
  const { sealed } = await db.selectFrom('escrows').select('sealed').executeTakeFirstOrThrow();
  expect(Buffer.from(sealed).equals(bytes)).toBe(true);
});

test('what is taken is told from what is wrong', async () => {
  await addClaim('a');
  const taken = await addClaim('a').catch((error: unknown) => error);
  expect(isTaken(taken)).toBe(true);
  const dangling = await db
    .insertInto('device_labels')
    .values({ device_id: 99, key: 'a', value: 'b' })
    .execute()
    .catch((error: unknown) => error);
  expect(dangling).toBeInstanceOf(Error);
  expect(isTaken(dangling)).toBe(false);
  const twice = await db
    .insertInto('facts')
    .values([
      { key: 'a', value: '' },
      { key: 'a', value: '' },
    ])
    .execute()
    .catch((error: unknown) => error);
  expect(isTaken(twice)).toBe(true);
});

test('deeds stand alone: what one reads is what it changes', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      transact(db, (tx) => record(tx, { at: n, who: 'test', action: 'deed', subject: String(n) })),
    ),
  );
  const rows = await db.selectFrom('audit').select('seq').orderBy('seq').execute();
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
});

test.each([transact, transactBeside])('%o leaves nothing of what failed', async (work) => {
  const failing = work(db, async (tx) => {
    await tx.insertInto('facts').values({ key: 'a', value: 'b' }).execute();
    throw new Error('the deed failed');
  });
  await expect(failing).rejects.toThrow('the deed failed');
  expect(await db.selectFrom('facts').selectAll().execute()).toEqual([]);
});

test('the clock of the database is a clock', async () => {
  const { now } = await db.selectNoFrom(databaseNow(db).as('now')).executeTakeFirstOrThrow();
  expect(Number.isInteger(now)).toBe(true);
  expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
});

describe('a lease', () => {
  const ask = (holder: string, forMs = 60_000) => takeLease(db, { name: 'sweep', holder, forMs });
  /** As if its time had passed. */
  const lapse = () => db.updateTable('leases').set({ until: 1 }).execute();
  const deed = (lease: Lease) => transact(db, (tx) => demandLease(tx, lease));

  test('is had by one, who renews it', async () => {
    const [one, two, again] = [await ask('a'), await ask('b'), await ask('a')];
    expect([one, two, again]).toEqual([{ name: 'sweep', holder: 'a', fence: 1 }, undefined, one]);
    await deed(one as Lease);
  });

  test('of many who want it at once is had by one', async () => {
    const had = await Promise.all(Array.from({ length: 12 }, (_, n) => ask(`c-${n}`)));
    expect(had.filter((one) => one !== undefined)).toHaveLength(1);
  });

  test('of another thing is another lease', async () => {
    await ask('a');
    expect(await takeLease(db, { name: 'other', holder: 'b', forMs: 60_000 })).toBeDefined();
  });

  test('goes to another when it lapsed, and whoever stalled does nothing any more', async () => {
    const stalled = (await ask('a')) as Lease;
    await lapse();
    await expect(deed(stalled)).rejects.toThrow('a no longer has the lease of sweep');
    const next = (await ask('b')) as Lease;
    expect(next.fence).toBe(2);
    await expect(deed(stalled)).rejects.toThrow('no longer');
    await deed(next);
  });

  test('that lapsed and came back is not the one from before', async () => {
    const before = (await ask('a')) as Lease;
    await lapse();
    const after = (await ask('a')) as Lease;
    expect(after.fence).toBe(2);
    await expect(deed(before)).rejects.toThrow('no longer');
    await deed(after);
  });

  test('by the clock of the database, not by ours', async () => {
    await ask('a', 3_600_000);
    const { until } = await db.selectFrom('leases').select('until').executeTakeFirstOrThrow();
    const { now } = await db.selectNoFrom(databaseNow(db).as('now')).executeTakeFirstOrThrow();
    expect(until - now).toBeGreaterThan(3_500_000);
    expect(until - now).toBeLessThanOrEqual(3_600_000);
  });

  test('given back is free at once, and only its holder gives it back', async () => {
    const one = (await ask('a')) as Lease;
    await releaseLease(db, { ...one, holder: 'b' });
    expect(await ask('b')).toBeUndefined();
    await releaseLease(db, one);
    expect(await ask('b')).toMatchObject({ holder: 'b', fence: 2 });
  });

  test('is taken for a piece of work, or the work is left to others', async () => {
    const work = async ({ fence }: Lease): Promise<string> => `done ${fence}`;
    const wish = { name: 'sweep', forMs: 60_000 };
    expect(await onLease(db, { ...wish, holder: 'a' }, work)).toBe('done 1');
    expect(await onLease(db, { ...wish, holder: 'b' }, work)).toBeUndefined();
    const lost = onLease(db, { ...wish, holder: 'a' }, async (lease) => {
      await lapse();
      await deed(lease);
      return 'done';
    });
    expect(await lost).toBeUndefined();
    const failed = onLease(db, { ...wish, holder: 'a' }, () => Promise.reject(new Error('another reason')));
    await expect(failed).rejects.toThrow('another reason');
  });
});
