/** Commands: one for each device that is meant, sent by one controller, re-sent at a birth, ended by the device's word. */
import { randomUUID } from 'node:crypto';
import {
  Command,
  type CommandOrder,
  type CommandResult,
  commandDomain,
} from '@rockpool/protocol/fleet/command';
import { frame, openFrame } from '@rockpool/signing/frame';
import { createSeed, openIdentity, openVerifier } from '@rockpool/signing/identity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onPostgres, openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import { openStore } from '../store/open.ts';
import type { Database } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { cancelCommand } from './cancel.ts';
import { desiredConfig } from './config.ts';
import { type CommandWish, createCommands } from './create.ts';
import { createDispatch, type Outgoing } from './dispatch.ts';
import { addDevice, connect, disconnect, type FakeDevice } from './fleet.fixture.ts';
import { recordResult } from './results.ts';

const minute = 60_000;
const clock = createClock(1_800_000_000_000);
const identity = openIdentity(createSeed());
const verifier = openVerifier(identity.publicKey);
const reboot: CommandOrder = { name: 'reboot', args: {} };

let opened: TestDatabase;
let db: Database;
let leeds: FakeDevice;
let york: FakeDevice;
beforeEach(async () => {
  clock.set(1_800_000_000_000);
  opened = await openTestDatabase();
  ({ db } = opened);
  leeds = await addDevice(db, 'leeds', { branch: 'leeds', floor: '1' });
  york = await addDevice(db, 'york', { branch: 'york', floor: '1' });
  await connect(db, leeds, clock.now());
});
afterEach(() => opened[Symbol.asyncDispose]());

const controller = (name = 'a', of = db) =>
  createDispatch({
    db: of,
    clock,
    controller: name,
    sign: (command) => frame(identity, commandDomain, command),
  });
const create = (wish: Partial<CommandWish> = {}) =>
  createCommands(db, clock, { names: ['leeds'], order: reboot, ttlMs: 15 * minute, who: 'anna', ...wish });
const born = (counter: number, configVersion = 0) => ({ deviceId: leeds.id, counter, configVersion });
const read = ({ frame: bytes }: Outgoing): Command =>
  Command.parse(openFrame(verifier, { plain: commandDomain }, bytes, 65_536).value);
const stateOf = async (id: string) =>
  (await db.selectFrom('commands').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;
const says = (result: Partial<CommandResult>, device = leeds) =>
  transact(db, (tx) =>
    recordResult(tx, {
      ...{ deviceId: device.id, at: clock.now() },
      result: { id: null, state: 'succeeded', ...result },
    }),
  );
const actions = async () =>
  (await db.selectFrom('audit').select(['who', 'action', 'subject']).orderBy('seq').execute()).map(
    ({ who, action, subject }) => `${who}: ${action} ${subject}`,
  );

test('a device that is connected gets what it was told, signed, for it alone, in order', async () => {
  await create();
  await create({ order: { name: 'run-self-test', args: {} } });
  const out = await controller().takeQueued();
  expect(out.map(({ device }) => device)).toEqual(['leeds', 'leeds']);
  expect(out.map(read)).toMatchObject([
    { v: 1, dev: 'leeds', counter: 1, order: { name: 'reboot' }, notAfter: clock.now() + 15 * minute },
    { v: 1, dev: 'leeds', counter: 2, order: { name: 'run-self-test' } },
  ]);
  expect(await actions()).toEqual(Array(2).fill('anna: command-create device leeds'));
});

test('the same command is the same bytes whenever it is sent', async () => {
  await create();
  const [first] = await controller().takeQueued();
  const [again] = await controller().takePending(born(0));
  expect(Buffer.from(again?.frame ?? []).equals(Buffer.from(first?.frame ?? []))).toBe(true);
});

test('a device that is away is sent nothing; at its birth it gets what it has not seen', async () => {
  await disconnect(db, leeds, clock.now());
  const [first, second] = [...(await create()), ...(await create())];
  expect(await controller().takeQueued()).toEqual([]);
  expect(await stateOf(first?.id ?? '')).toBe('queued');
  expect((await controller().takePending(born(1))).map(({ id }) => id)).toEqual([second?.id]);
});

test('several at once: by labels, by names, and nobody by saying nothing', async () => {
  expect((await create({ names: undefined, labels: { floor: '1' } })).map(({ device }) => device)).toEqual([
    'leeds',
    'york',
  ]);
  expect(await create({ names: ['york', 'leeds', 'york'] })).toHaveLength(2);
  expect(await create({ names: ['leeds'], labels: { branch: 'leeds' } })).toHaveLength(1);
  await expect(create({ names: ['leeds', 'hull'] })).rejects.toThrow('no device hull');
  await expect(create({ names: ['leeds'], labels: { branch: 'york' } })).rejects.toThrow('no device leeds');
  await expect(create({ names: undefined, labels: { branch: 'hull' } })).rejects.toThrow('No device');
  await expect(create({ names: undefined })).rejects.toThrow('Say which devices');
  await expect(create({ names: undefined, labels: {} })).rejects.toThrow('Say which devices');
  await expect(create({ names: [] })).rejects.toThrow('Say which devices');
  expect((await actions())[0]).toBe('anna: command-create 2 devices: floor=1');
});

test('five thousand devices are told in one transaction', async () => {
  await db.transaction().execute(async (tx) => {
    for (let n = 0; n < 5_000; n += 500) {
      await tx
        .insertInto('devices')
        .values(
          Array.from({ length: 500 }, (_, at) => ({
            ...{ name: `d-${n + at}`, name_in_force: `d-${n + at}`, identity: `i-${n + at}`, claim_id: 1 },
            ...{ lan_names: '[]', enrolled_at: 0, seen_at: 0 },
          })),
        )
        .execute();
    }
  });
  const names = Array.from({ length: 5_000 }, (_, n) => `d-${n}`);
  const made = await create({ names });
  expect(new Set(made.map(({ id }) => id)).size).toBe(5_000);
  expect(await db.selectFrom('feed').select('device_id').where('kind', '=', 'command').execute()).toEqual([
    { device_id: null },
  ]);
});

test('a device that was revoked is told nothing', async () => {
  await create();
  await db
    .updateTable('devices')
    .set({ name_in_force: null, revoked_at: 1 })
    .where('id', '=', leeds.id)
    .execute();
  await expect(create()).rejects.toThrow('no device leeds');
  expect(await controller().takeQueued()).toEqual([]);
});

test('numbers only rise, also when the commands before are forgotten', async () => {
  const [old] = await create();
  await cancelCommand(db, clock, { id: old?.id ?? '', who: 'anna' });
  expect(await controller().prune(clock.now() + 1)).toBe(1);
  await create();
  expect((await controller().takeQueued()).map((one) => read(one).counter)).toEqual([2]);
});

test('of several controllers each command is taken by one', async () => {
  // Two handles of one SQLite file in one process would wait for each other.
  const other = onPostgres() ? await openStore(opened.where) : db;
  try {
    for (let n = 0; n < 10; n += 1) await create();
    const taken = (
      await Promise.all([controller('a').takeQueued(), controller('b', other).takeQueued()])
    ).flat();
    expect(new Set(taken.map(({ id }) => id)).size).toBe(10);
    expect(taken).toHaveLength(10);
  } finally {
    if (other !== db) await other.destroy();
  }
});

test('of one device one controller takes all that comes within a moment, however they race', async () => {
  const other = onPostgres() ? await openStore(opened.where) : db;
  try {
    const takers = { a: controller('a'), b: controller('b', other) };
    const taken: { by: string; counter: number }[] = [];
    const take = async (by: 'a' | 'b'): Promise<void> => {
      for (const one of await takers[by].takeQueued()) taken.push({ by, counter: read(one).counter });
    };
    for (let n = 0; n < 25; n += 1) await Promise.all([create(), take('b'), take('a'), create(), take('b')]);
    await take('a');
    await take('b');
    expect(taken).toHaveLength(50);
    expect(new Set(taken.map(({ by }) => by)).size).toBe(1);
    expect(taken.map(({ counter }) => counter)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  } finally {
    if (other !== db) await other.destroy();
  }
});

test('what comes after waits while another controller may still be sending what came before', async () => {
  await create();
  expect(await controller('a').takeQueued()).toHaveLength(1);
  await create();
  expect(await controller('b').takeQueued()).toEqual([]);
  clock.pass(2_001);
  expect((await controller('b').takeQueued()).map((one) => read(one).counter)).toEqual([2]);
});

test('two controllers that hear the same birth send once; a birth a moment after is sent to again', async () => {
  await create();
  expect(await controller('a').takePending(born(0))).toHaveLength(1);
  expect(await controller('b').takePending(born(0))).toEqual([]);
  expect(await controller('a').takePending(born(0))).toHaveLength(1);
  clock.pass(2_001);
  expect(await controller('b').takePending(born(0))).toHaveLength(1);
});

test('what is not answered is sent again, less and less often, until its time is over', async () => {
  const [made] = await create({ ttlMs: 10 * minute });
  const sentAfterS: number[] = [];
  for (let s = 0; s <= 700; s += 1) {
    if ((await controller().takeQueued()).length > 0) sentAfterS.push(s);
    clock.pass(1_000);
  }
  expect(sentAfterS).toEqual([0, 30, 60, 120, 240, 480]);
  expect(await controller().sweep()).toBe(1);
  expect(await stateOf(made?.id ?? '')).toBe('expired');
  expect(await controller().takePending(born(0))).toEqual([]);
});

test('its states follow what the device says, and its word stands', async () => {
  const [made] = await create();
  const id = made?.id ?? '';
  await controller().takeQueued();
  expect(await stateOf(id)).toBe('sent');
  expect(await says({ id, state: 'accepted' })).toBe('recorded');
  expect(await says({ id, state: 'accepted' })).toBe('duplicate');
  expect(await controller().takePending(born(0))).toEqual([]);
  expect(await says({ id, state: 'succeeded', says: 'done' })).toBe('recorded');
  expect(await says({ id, state: 'failed' })).toBe('duplicate');
  expect(await stateOf(id)).toBe('succeeded');
});

test('a result that comes before we noted that it was sent counts', async () => {
  const [made] = await create();
  expect(await says({ id: made?.id ?? '', state: 'refused', reason: 'not-allowed' })).toBe('recorded');
  expect(await controller().takeQueued()).toEqual([]);
});

test('a late result is what happened: after expiry, after it was called back, after a long silence', async () => {
  const [ran, called, silent] = [...(await create()), ...(await create()), ...(await create())];
  await controller().takeQueued();
  await cancelCommand(db, clock, { id: called?.id ?? '', who: 'ben' });
  expect(await says({ id: silent?.id ?? '', state: 'accepted' })).toBe('recorded');
  clock.pass(61 * minute);
  expect(await controller().sweep()).toBe(2);
  expect(await stateOf(ran?.id ?? '')).toBe('expired');
  expect(await stateOf(silent?.id ?? '')).toBe('failed');
  // A repetition of what was said before the silence says nothing new.
  expect(await says({ id: silent?.id ?? '', state: 'accepted' })).toBe('duplicate');
  for (const one of [ran, called, silent]) {
    expect(await says({ id: one?.id ?? '', state: 'succeeded' })).toBe('late');
    expect(await stateOf(one?.id ?? '')).toBe('succeeded');
  }
});

test("a result of nobody's command, of another device's, or of none at all changes nothing", async () => {
  const [made] = await create();
  const id = made?.id ?? '';
  expect(await says({ id: randomUUID() })).toBe('unknown');
  expect(await says({ id }, york)).toBe('unknown');
  expect(await says({ id: null, state: 'refused', reason: 'malformed' })).toBe('unreadable');
  expect(await stateOf(id)).toBe('queued');
});

test('called back before it was sent, it is sent no more; begun, it stays', async () => {
  const [first, second] = [...(await create()), ...(await create())];
  await cancelCommand(db, clock, { id: first?.id ?? '', who: 'ben' });
  const out = await controller().takeQueued();
  expect(out.map(({ id }) => id)).toEqual([second?.id]);
  await says({ id: second?.id ?? '', state: 'accepted' });
  await expect(cancelCommand(db, clock, { id: second?.id ?? '', who: 'ben' })).rejects.toThrow('accepted');
  await expect(cancelCommand(db, clock, { id: randomUUID(), who: 'ben' })).rejects.toThrow('no such');
  expect((await actions()).at(-1)).toBe('ben: command-cancel device leeds');
});

test('a database that came back from a copy gives numbers that the device has not seen', async () => {
  await create();
  const [one] = await controller().takePending(born(40));
  expect(one && read(one).counter).toBe(41);
  await create();
  expect((await controller().takeQueued()).map((each) => read(each).counter)).toEqual([42]);
});

test('a device that says an impossible counter spoils nothing here', async () => {
  await create();
  expect(await controller().takePending(born(Number.MAX_SAFE_INTEGER))).toEqual([]);
  expect((await controller().takeQueued()).map((one) => read(one).counter)).toEqual([1]);
});

const config = (version: number, heartbeatS: number): CommandOrder => ({
  name: 'set-config',
  args: { version, config: { heartbeatS } },
});

test('settings have versions; whoever saw an older one has to look again', async () => {
  await create({ order: config(1, 60) });
  await expect(create({ order: config(1, 90) })).rejects.toThrow('version 1 now');
  await expect(create({ order: config(7, 90) })).rejects.toThrow('version 1 now');
  await create({ order: config(2, 90) });
  expect(await desiredConfig(db, leeds.id)).toEqual({ config: { heartbeatS: 90 }, version: 2 });
  expect(await desiredConfig(db, york.id)).toEqual({ config: {}, version: 0 });
  // The first was called back: nobody needs to obey what is outdated.
  expect((await controller().takeQueued()).map((one) => read(one).order)).toEqual([config(2, 90)]);
});

test('of several devices each gets its own next version', async () => {
  await create({ order: config(1, 60) });
  await create({ names: ['leeds', 'york'], order: config(1, 90) });
  expect((await desiredConfig(db, leeds.id)).version).toBe(2);
  expect((await desiredConfig(db, york.id)).version).toBe(1);
});

test('a device that is behind is told again at its birth, unless it failed or refused', async () => {
  const [first] = await create({ order: config(1, 60), ttlMs: minute });
  clock.pass(2 * minute);
  await controller().sweep();
  const [again] = await controller().takePending(born(0, 0));
  expect(again && read(again).order).toEqual(config(1, 60));
  expect(again?.id).not.toBe(first?.id);
  await says({ id: again?.id ?? '', state: 'succeeded' });
  expect(await controller().takePending(born(2, 1))).toEqual([]);
  // It lost what it had.
  const [lost] = await controller().takePending(born(2, 0));
  expect(lost && read(lost).order).toEqual(config(1, 60));
  await says({ id: lost?.id ?? '', state: 'refused', reason: 'not-allowed' });
  expect(await controller().takePending(born(3, 0))).toEqual([]);
});
