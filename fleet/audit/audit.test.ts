/** The audit shows when a row was changed, left out or added by another hand. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { findBreak, record } from './audit.ts';

let opened: TestDatabase;
let db: Database;
beforeEach(async () => {
  opened = await openTestDatabase();
  ({ db } = opened);
  for (let n = 1; n <= 5; n += 1) {
    await transact(db, (tx) =>
      record(tx, { at: n, who: 'anna', action: 'label', subject: `device ${n}`, detail: { n } }),
    );
  }
});
afterEach(() => opened[Symbol.asyncDispose]());

test('as it was written it is whole', async () => {
  expect(await findBreak(db)).toBeUndefined();
});

test.each(['at', 'who', 'action', 'subject', 'detail'] as const)(
  'a row whose %s was changed is found',
  async (column) => {
    await db
      .updateTable('audit')
      .set({ [column]: column === 'at' ? 9 : '{}' })
      .where('seq', '=', 3)
      .execute();
    expect(await findBreak(db)).toBe(3);
  },
);

test('a row that was left out is missed by the one after it', async () => {
  await db.deleteFrom('audit').where('seq', '=', 3).execute();
  expect(await findBreak(db)).toBe(4);
});

test('a deed that is not done is not written', async () => {
  const failing = transact(db, async (tx) => {
    await record(tx, { at: 6, who: 'anna', action: 'label', subject: 'device 6' });
    throw new Error('the deed failed');
  });
  await expect(failing).rejects.toThrow('the deed failed');
  expect(await db.selectFrom('audit').select('seq').execute()).toHaveLength(5);
});
