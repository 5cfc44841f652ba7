/** Two controllers on PostgreSQL that want commands of the same device at the same moment. */
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../store/open.ts';
import { startPostgres } from '../store/postgres.fixture.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { createCommands } from './create.ts';
import { createDispatch, holdDevices } from './dispatch.ts';
import { addDevice, connect } from './fleet.fixture.ts';

const server = await startPostgres();
afterAll(() => server.stop());

const clock = createClock(1_800_000_000_000);

test('a later command is not taken past an earlier one that another is just taking', async () => {
  const db = await openStore(await server.create());
  try {
    const leeds = await addDevice(db, 'leeds');
    await connect(db, leeds, clock.now());
    const create = async () => {
      const [made] = await createCommands(db, clock, {
        ...{ names: ['leeds'], order: { name: 'reboot', args: {} }, ttlMs: 60_000, who: 'anna' },
      });
      return made?.id ?? '';
    };
    const first = await create();
    const second = await create();
    const other = createDispatch({ db, clock, controller: 'b', sign: () => new Uint8Array() });
    // What controller `a` does when the second command wasn't there yet, stopped before it commits.
    const isHeld = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const mine = db.transaction().execute(async (tx) => {
      await holdDevices(tx, [leeds.id]);
      await tx
        .updateTable('commands')
        .set({ state: 'sent', sent_by: 'a', sent_at: clock.now() })
        .where('id', '=', first)
        .execute();
      isHeld.resolve();
      await mayCommit.promise;
    });
    await isHeld.promise;
    const theirs = other.takeQueued();
    for (let tries = 0; ; tries += 1) {
      const { rows } = await sql<{ count: number }>`select count(*) from pg_locks where not granted`.execute(
        db,
      );
      if ((rows[0]?.count ?? 0) > 0) break;
      if (tries > 200) throw new Error('it did not wait');
      await wait(20);
    }
    mayCommit.resolve();
    await mine;
    expect(await theirs).toEqual([]);
    clock.pass(2_001);
    expect((await other.takeQueued()).map(({ id }) => id)).toEqual([second]);
  } finally {
    await db.destroy();
  }
});
