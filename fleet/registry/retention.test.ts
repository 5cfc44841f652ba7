/** What is old goes, in pieces; what is young stays. */
import { expect, test } from 'vitest';
import { addDevice, health } from '../ingest/devices.fixture.ts';
import { openTestDatabase } from '../store/database.fixture.ts';
import { createFeed, noteChanges } from './feed.ts';
import { keptDays, pruneReported } from './retention.ts';
import { sampleOf } from './samples.ts';

test('samples, timelines and audit heads end at their age', async () => {
  await using opened = await openTestDatabase();
  const { db } = opened;
  const { id } = await addDevice(db, 'leeds');
  const now = 1_800_000_000_000;
  const ago = (days: number): number => now - days * 86_400_000;
  const each = (kept: number): [number, number, number] => [ago(kept + 2), ago(kept + 1), ago(kept - 1)];
  for (const at of each(keptDays.samples))
    await db
      .insertInto('samples')
      .values(sampleOf(id, health, at))
      .execute();
  for (const at of each(keptDays.timeline))
    await db
      .insertInto('timeline')
      .values({ device_id: id, at, device_at: null, kind: 'event', what: 'x', detail: null })
      .execute();
  for (const [seq, at] of each(keptDays.auditHeads).entries())
    await db.insertInto('audit_heads').values({ device_id: id, seq, hash: '', at }).execute();

  expect(await pruneReported(db, { holder: 'one', now })).toBe(6);
  for (const table of ['samples', 'timeline', 'audit_heads'] as const)
    expect(await db.selectFrom(table).selectAll().execute(), table).toHaveLength(1);
  expect(await pruneReported(db, { holder: 'two', now })).toBeNull();
});

test('the feed is read from a mark on, with names, and in order', async () => {
  await using opened = await openTestDatabase();
  const { db } = opened;
  const { id } = await addDevice(db, 'leeds');
  const feed = createFeed(db);
  const before = await feed.head();
  await noteChanges(db, 'alert', [{ id: null }], 1);
  await noteChanges(db, 'command', [{ id }, { id }], 2);
  const all = await feed.since(before, 10);
  expect(all.map(({ device, kind }) => [device, kind])).toEqual([
    ...[
      [null, 'alert'],
      ['leeds', 'command'],
      ['leeds', 'command'],
    ],
  ]);
  expect(await feed.since(before, 2)).toEqual(all.slice(0, 2));
  expect(await feed.since(await feed.head(), 10)).toEqual([]);
});
