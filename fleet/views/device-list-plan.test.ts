/** How SQLite finds a page of a large fleet: without looking at the pages before it. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { pageQuery } from './device-list.ts';
import { addDevices, manyDevices } from './many-devices.fixture.ts';

let opened: TestDatabase;
let db: Database;
beforeAll(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  await addDevices(db, manyDevices(500));
});
afterAll(() => opened[Symbol.asyncDispose]());

const planOf = async (stretch: Parameters<typeof pageQuery>[2], wish = {}): Promise<string> => {
  const query = pageQuery(db, wish, stretch, [0, 'dev-00100', 0], 100).compile();
  const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(bound(query))}`.execute(db);
  return rows.map(({ detail }) => detail).join('\n');
};
const bound = ({ sql: text, parameters }: { sql: string; parameters: readonly unknown[] }): string => {
  let at = 0;
  return text.replace(/\?/g, () => {
    const value = parameters[at++];
    return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  });
};
const inForce = { presences: ['online', 'degraded', 'flapping', 'offline', 'never'], order: 'name' } as const;

test('a page by name begins in the index where the last one ended, and sorts nothing', async () => {
  const plan = await planOf(inForce);
  expect(plan).toMatch(/SEARCH d USING INDEX \w+ \(name>\?\)/);
  expect(plan).not.toMatch(/TEMP B-TREE|SCAN d\b/);
});
test('a label is found by its value', async () => {
  expect(await planOf(inForce, { labels: { branch: 'leeds-0' } })).toMatch(
    /labels_by_value \(key=\? AND value=\?\)/,
  );
});
