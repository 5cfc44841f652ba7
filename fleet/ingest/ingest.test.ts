/** Groups, acknowledgements, floods, and a database that doesn't take what it is given. */
import { Ack, ackDomain } from '@rockpool/protocol/fleet/report';
import { frame, openFrame } from '@rockpool/signing/frame';
import { createSeed, openIdentity, openVerifier } from '@rockpool/signing/identity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeBroker, type FakeBroker } from '../broker/broker.fixture.ts';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import { addDevice, type Speaker } from './devices.fixture.ts';
import { createEngine, type Engine, type Message } from './engine.ts';
import { type Born, createIngest, type Ingest } from './ingest.ts';

let registry: TestDatabase;
let leeds: Speaker;
let engine: Engine;
let broker: FakeBroker;
let ingest: Ingest;
let now = 0;
const logged: string[] = [];
const born: Born[] = [];
const slept: number[] = [];
const command = openIdentity(createSeed());

function begin(holdsEachAlone = true): void {
  broker = createFakeBroker({ holdsEachAlone });
  const log = (about: object, says: string): void => void logged.push(`${says} ${JSON.stringify(about)}`);
  ingest = createIngest({
    ...{ broker, engine, clock: { now: () => now }, log: { info: log, warn: log, error: log } },
    signAck: (ack) => frame(command, ackDomain, ack),
    onBirth: async (one) => void born.push(one),
    // Time passes when somebody waits for it.
    async sleep(ms) {
      slept.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
}

beforeEach(async () => {
  now = 1_800_000_000_000;
  for (const list of [logged, born, slept]) list.length = 0;
  registry = await openTestDatabase();
  leeds = await addDevice(registry.db, 'leeds');
  const nowhere = async (): Promise<void> => undefined;
  engine = createEngine({
    ...{ db: registry.db, listeningSince: 0, recordResult: nowhere, recordStatuses: nowhere },
  });
  begin();
});
afterEach(async () => {
  await ingest.close();
  await registry[Symbol.asyncDispose]();
});

const say = ({ device, kind, bytes }: Message): Promise<void> =>
  broker.say(`f/v1/${device}/up/${kind}`, bytes);
const acks = (): Ack[] =>
  broker.published
    .filter(({ topic }) => topic.endsWith('/down/ack'))
    .map(({ bytes }) =>
      Ack.parse(openFrame(openVerifier(command.publicKey), { plain: ackDomain }, bytes, 1_000).value),
    );
const rows = async (): Promise<number> =>
  (await registry.db.selectFrom('timeline').selectAll().where('kind', '=', 'event').execute()).length;
const event = (n: number) => leeds.report(n, { kind: 'event', what: `n-${n}` });

test('many messages become one commit and one signed acknowledgement', async () => {
  await Promise.all([say(leeds.birth(1)), ...Array.from({ length: 50 }, (_, n) => say(event(n + 1)))]);
  expect(ingest.figures()).toMatchObject({ commits: 1, reports: 50, waiting: 0, messages: { taken: 51 } });
  expect(acks()).toEqual([{ v: 1, dev: 'leeds', epoch: leeds.epoch, upto: 50, at: now }]);
  expect(born).toMatchObject([{ device: 'leeds', counter: 0 }]);
});

test('a message is settled after it is in the database, and not before', async () => {
  let isThere = -1;
  await say(event(1)).then(async () => {
    isThere = await rows();
  });
  expect(isThere).toBe(1);
});

test('poison of every kind is counted, told once, and keeps nobody waiting', async () => {
  const york = await addDevice(registry.db, 'york');
  const stranger = openIdentity(createSeed());
  const bytes = (...parts: (string | Uint8Array)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { poison } = await import('./poison.fixture.ts');
  const kinds = poison(leeds, stranger);
  for (const one of kinds) {
    await broker.say(one.topic ?? 'f/v1/leeds/up/report', one.bytes);
    expect(ingest.figures().messages['taken'], one.what).toBe(0);
  }
  await Promise.all(kinds.map((one) => broker.say(one.topic ?? 'f/v1/leeds/up/report', one.bytes)));
  await broker.say('f/v1/york/up/report', york.report(1).bytes);
  await broker.say('f/v1/nobody/up/report', york.report(1).bytes);
  await broker.say('f/v1/leeds/up/report', york.report(2).bytes);
  await broker.say('somewhere/else', bytes('x'));
  const { messages } = ingest.figures();
  expect(logged.filter((line) => !line.includes('was not taken'))).toEqual([]);
  const expected: Record<string, number> = { taken: 1, 'unknown-device': 1, signature: 1, topic: 1 };
  for (const { reason } of kinds) expected[reason] = (expected[reason] ?? 0) + 2;
  expect(messages).toEqual(expected);
  expect(await rows()).toBe(0);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const told = logged.filter((line) => line.includes('"leeds"'));
  expect(told.length).toBe(new Set(told.map((line) => /"reason":"([a-z-]+)"/.exec(line)?.[1])).size);
  expect(acks().map(({ dev, upto }) => [dev, upto])).toEqual([['york', 1]]);
});

test('a report that a newer agent invented is acknowledged, so that it doesn’t stop what comes after it', async () => {
  const body = { kind: 'levitation', height: 3 } as never;
  await Promise.all([say(leeds.report(1, body)), say(leeds.batch([2, 3], {}, body)), say(event(4))]);
  expect(acks()).toMatchObject([{ upto: 4 }]);
});

test('one device’s flood is held back where it comes from, and others pass', async () => {
  const york = await addDevice(registry.db, 'york');
  const one = event(1);
  const flood = Array.from({ length: 3_000 }, () => say(one));
  await say(york.report(1));
  expect(acks().some(({ dev }) => dev === 'york')).toBe(true);
  await Promise.all(flood);
  expect(slept.length).toBeGreaterThan(900);
});

test('behind a broker that holds nobody back, a flood is left out, and acknowledged by nobody', async () => {
  begin(false);
  await Promise.all(Array.from({ length: 2_500 }, (_, n) => say(event(n + 1))));
  const { flood = 0, taken = 0 } = ingest.figures().messages;
  expect([flood > 400, taken + flood]).toEqual([true, 2_500]);
  expect(acks().at(-1)?.upto).toBe(taken);
  now += 60_000;
  const missing = Array.from({ length: flood }, (_, n) => taken + n + 1);
  for (let at = 0; at < missing.length; at += 250) await say(leeds.batch(missing.slice(at, at + 250)));
  expect(acks().at(-1)?.upto).toBe(2_500);
});

test('a message that the database never takes is given up; those beside it are kept', async () => {
  const york = await addDevice(registry.db, 'york');
  const whole = engine;
  engine = {
    ...whole,
    async commit(group, at) {
      if (group.some(({ device }) => device === 'york')) throw new Error('this one makes no sense');
      return whole.commit(group, at);
    },
  };
  begin();
  await Promise.all([say(event(1)), say(york.report(1)), say(event(2))]);
  expect(ingest.figures().messages).toMatchObject({ taken: 2, failed: 1 });
  expect(acks().filter(({ dev }) => dev === 'york')).toEqual([]);
  expect(acks().at(-1)).toMatchObject({ dev: 'leeds', upto: 2 });
});

test('two controllers on one database: each report counts once, and no gap is acknowledged', async () => {
  const first = { ingest, broker };
  begin();
  const second = { ingest, broker };
  const all = Array.from({ length: 300 }, (_, n) => event(n + 1));
  const to = (one: typeof first, { device, kind, bytes }: Message) =>
    one.broker.say(`f/v1/${device}/up/${kind}`, bytes);
  // A broker gives each message to one of them; some come twice, and one is lost with whoever had it.
  const lost = 150;
  await Promise.all(
    all.flatMap((message, n) => {
      if (n + 1 === lost) return [];
      const sent = [to(n % 2 ? first : second, message)];
      return n % 7 === 0 ? [...sent, to(n % 2 ? second : first, message)] : sent;
    }),
  );
  const heard = () => [...first.broker.published, ...second.broker.published];
  broker = { ...broker, published: heard() };
  expect(Math.max(...acks().map(({ upto }) => upto))).toBe(lost - 1);
  expect(await rows()).toBe(299);
  await to(first, event(lost));
  broker = { ...broker, published: heard() };
  expect(acks().some(({ upto }) => upto === 300)).toBe(true);
  expect(await rows()).toBe(300);
  await first.ingest.close();
  await second.ingest.close();
});
