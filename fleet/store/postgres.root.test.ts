/** PostgreSQL as it fails: several first starts at once, a server that goes and comes back, transactions that wait for each other. */
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { findBreak, record } from '../audit/audit.ts';
import { usePostgres } from './database.fixture.ts';
import { demandLease, type Lease, takeLease } from './lease.ts';
import { openStore } from './open.ts';
import { startPostgres } from './postgres.fixture.ts';
import { openPostgres, withTls } from './postgres.ts';
import type { Database } from './tables.ts';
import { transact, transactBeside } from './transaction.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('every room relies on it', async () => void (await import('./store.test.ts')));

async function withStore(work: (db: Database, url: string) => Promise<void>): Promise<void> {
  const url = await server.create();
  const db = await openStore(url);
  try {
    await work(db, url);
  } finally {
    await db.destroy();
  }
}

const deed = (db: Database, subject: string) =>
  transact(db, (tx) => record(tx, { at: 1, who: 'test', action: 'deed', subject }));
const countDeeds = async (db: Database): Promise<number> =>
  (await db.selectFrom('audit').select('seq').execute()).length;

test('several controllers that start on an empty database make its tables once', async () => {
  const url = await server.createEmpty();
  const opened = await Promise.all(Array.from({ length: 6 }, () => openStore(url)));
  try {
    await Promise.all(opened.map((db, n) => deed(db, String(n))));
    const [first] = opened as [Database];
    expect(await countDeeds(first)).toBe(6);
    expect(await findBreak(first)).toBeUndefined();
  } finally {
    await Promise.all(opened.map((db) => db.destroy()));
  }
});

test('deeds of several controllers make one chain of audit', () =>
  withStore(async (db, url) => {
    const other = await openStore(url);
    try {
      await Promise.all(Array.from({ length: 40 }, (_, n) => deed(n % 2 === 0 ? db : other, String(n))));
      expect(await countDeeds(db)).toBe(40);
      expect(await findBreak(db)).toBeUndefined();
    } finally {
      await other.destroy();
    }
  }));

test('connections that were ended are replaced: what was under way fails, and soon nothing does', () =>
  withStore(async (db) => {
    const slow = sql`select pg_sleep(30)`.execute(db).then(
      () => 'done',
      () => 'failed',
    );
    await deed(db, 'before');
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`.execute(
      db,
    );
    expect(await slow).toBe('failed');
    await untilDone(db, 'after');
    expect(await countDeeds(db)).toBe(2);
  }));

test('a connection that breaks between two statements of a transaction fails it, and the process goes on', () =>
  withStore(async (db) => {
    const unfinished = transact(db, async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await wait(200); // its end is read while nothing runs on it
      await record(tx, { at: 1, who: 'test', action: 'deed', subject: 'lost' });
    });
    await expect(unfinished).rejects.toThrow();
    await untilDone(db, 'after');
    expect(await countDeeds(db)).toBe(1);
  }));

test('a server that is killed and comes back is found again, with all that was committed', () =>
  withStore(async (db) => {
    await deed(db, 'before');
    await server.kill();
    await expect(deed(db, 'meanwhile')).rejects.toThrow();
    await server.start();
    await untilDone(db, 'after');
    expect(await countDeeds(db)).toBe(2);
  }));

/** A connection that the server ended is known for it only when its end was read. */
async function untilDone(db: Database, what: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const isDone = await deed(db, what).then(
      () => true,
      () => false,
    );
    if (isDone) return;
    if (tries > 100) throw new Error('it never came back');
    await wait(100);
  }
}

test('of two that wait for each other one is run again, and both are done', () =>
  withStore(async (db) => {
    await db
      .insertInto('facts')
      .values([
        { key: 'a', value: '' },
        { key: 'b', value: '' },
      ])
      .execute();
    let begun = 0;
    let runs = 0;
    const both = Promise.withResolvers<void>();
    const append = (mine: string, first: string, second: string) =>
      transactBeside(db, async (tx) => {
        runs += 1;
        const add = (key: string) =>
          tx
            .updateTable('facts')
            .set({ value: sql<string>`value || ${mine}` })
            .where('key', '=', key)
            .execute();
        await add(first);
        begun += 1;
        if (begun === 2) both.resolve();
        await both.promise;
        await add(second);
      });
    await Promise.all([append('x', 'a', 'b'), append('y', 'b', 'a')]);
    expect(runs).toBe(3);
    const rows = await db.selectFrom('facts').select('value').execute();
    for (const { value } of rows) expect([...value].sort().join('')).toBe('xy');
  }));

test('whoever wants a lease while its holder commits waits for that, so no two write', () =>
  withStore(async (db) => {
    const mine = (await takeLease(db, { name: 'sweep', holder: 'a', forMs: 60_000 })) as Lease;
    const order: string[] = [];
    const holding = Promise.withResolvers<void>();
    const work = transact(db, async (tx) => {
      await demandLease(tx, mine);
      holding.resolve();
      await wait(300);
      order.push('committed');
    });
    await holding.promise;
    const lapsed = db.updateTable('leases').set({ until: 1 }).execute();
    const taken = lapsed.then(() => takeLease(db, { name: 'sweep', holder: 'b', forMs: 60_000 }));
    await Promise.all([work, taken.then(() => order.push('taken'))]);
    expect(order).toEqual(['committed', 'taken']);
  }));

test('a database that is not there is named, and its password is not', async () => {
  const url = (await server.create()).replace(/fleet_\d+$/, 'nowhere');
  const error: unknown = await openPostgres(url).catch((cause: unknown) => cause);
  const told = `${String(error)} ${String((error as Error).cause)} ${JSON.stringify(error)}`;
  expect(told).toContain('127.0.0.1');
  expect(told).toContain('nowhere');
  expect(told).not.toContain(decodeURIComponent(new URL(url).password));
  expect(told).not.toContain(new URL(url).password);
});

test('a database that another program made is refused', async () => {
  const url = await server.createEmpty();
  const db = await openStore(url);
  await sql`update kysely_migration set name = '000-of-somebody-else' where name = '001-enrolment'`.execute(
    db,
  );
  await db.destroy();
  await expect(openStore(url)).rejects.toThrow("can't be used");
});

test.each([
  ['postgres://a@db.example.com/fleet', 'verify-full'],
  ['postgres://a@db.example.com/fleet?sslmode=disable', 'disable'],
  ['postgres://a@127.0.0.1/fleet', null],
  ['postgres://a@[::1]:5432/fleet', null],
  ['postgres://a@localhost/fleet', null],
  ['postgres://a@127.example.com/fleet', 'verify-full'],
  ['postgres:///fleet?host=/run/postgresql&user=a', null],
  ['postgresql://a@%2Frun%2Fpostgresql/fleet', null],
])('%s goes over TLS as %o', (url, mode) => {
  expect(new URL(withTls(url)).searchParams.get('sslmode')).toBe(mode);
});
