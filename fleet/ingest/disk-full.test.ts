/** The database takes nothing more for a while: SQLite by its own limit of pages, which is what a full disk says too. */
import { Ack, ackDomain } from '@rockpool/protocol/fleet/report';
import { frame, openFrame } from '@rockpool/signing/frame';
import { createSeed, openVerifier } from '@rockpool/signing/identity';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openSigner } from '../authority/signer.ts';
import { createFakeBroker } from '../broker/broker.fixture.ts';
import { until } from '../broker/devices.fixture.ts';
import { openTestDatabase } from '../store/database.fixture.ts';
import { addDevice } from './devices.fixture.ts';
import { createEngine } from './engine.ts';
import { createIngest } from './ingest.ts';

test('disk full: nothing is acknowledged, devices are told to wait, and all of it is there when there is room again', async () => {
  await using opened = await openTestDatabase();
  const { db } = opened;
  const leeds = await addDevice(db, 'leeds');
  const broker = createFakeBroker();
  const command = openSigner(createSeed());
  const logged: string[] = [];
  const slept: number[] = [];
  const log = (_about: object, says: string): void => void logged.push(says);
  const ingest = createIngest({
    ...{ broker, clock: { now: () => 1_800_000_000_000 }, log: { info: log, warn: log, error: log } },
    engine: createEngine({
      ...{ db, listeningSince: 0, recordResult: async () => undefined },
      recordStatuses: async () => undefined,
    }),
    signAck: (ack) => frame(command, ackDomain, ack),
    onBirth: async () => undefined,
    async sleep(ms) {
      slept.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  const acks = () =>
    broker.published.map(({ bytes }) =>
      Ack.parse(openFrame(openVerifier(command.publicKey), { plain: ackDomain }, bytes, 1_000).value),
    );
  const birth = leeds.birth(1);
  await broker.say('f/v1/leeds/up/state', birth.bytes);
  const pages = (await sql<{ page_count: number }>`pragma page_count`.execute(db)).rows[0]?.page_count ?? 0;
  await sql`pragma max_page_count = ${sql.lit(pages + 2)}`.execute(db);
  const said = Array.from({ length: 200 }, (_, n) => {
    const body = { kind: 'event', what: 'big', detail: 'x'.repeat(400) } as const;
    return broker.say('f/v1/leeds/up/report', leeds.report(n + 1, body).bytes);
  });
  await until(() => slept.length > 3, 'some tries');
  expect(acks()).toEqual([]);
  expect(broker.announced).toEqual(['offline']);
  expect(logged).toContain('a commit failed');
  await sql`pragma max_page_count = 1000000`.execute(db);
  await Promise.all(said);
  expect(acks()).toMatchObject([{ upto: 200 }]);
  expect(await db.selectFrom('timeline').selectAll().where('kind', '=', 'event').execute()).toHaveLength(200);
  await until(() => broker.announced.length === 2, 'the word that all is well');
  expect(broker.announced).toEqual(['offline', 'online']);
  await ingest.close();
});
