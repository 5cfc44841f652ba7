/** The whole device side against a broker with mutual TLS: what is said arrives once, in order, whatever breaks in between. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeed, openIdentity } from '@rockpool/signing/identity';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { healthSample, startFleet, type TestDevice, type TestFleet } from './fleet.fixture.ts';
import { openLine } from './proxy.fixture.ts';
import { openUplinkFile } from './sqlite.ts';

let fleet: TestFleet;
let device: TestDevice;
const opened: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(async () => {
  for (const one of [...opened.splice(0), device, fleet]) await one.close();
});

const event = (n: number) => ({ kind: 'event' as const, what: `event-${n}` });
const events = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `event-${from + n}`);
const until = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 20_000, interval: 20 });
const whats = (): string[] => fleet.kept.flatMap(({ body }) => (body.kind === 'event' ? body.what : []));
const empty = (): Promise<void> => until(() => expect(device.uplink.state().spooled).toBe(0));
const online = (): Promise<void> => until(() => expect(device.uplink.state().state).toBe('online'));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('reports', () => {
  test('arrive in order, and leave the spool', async () => {
    device = await fleet.device('leeds');
    for (let n = 0; n < 20; n += 1) device.uplink.report(event(n));
    await empty();
    expect(whats()).toEqual(events(0, 20));
    expect(device.uplink.state()).toMatchObject({
      state: 'online',
      broker: fleet.url,
      protocol: 4,
      why: null,
    });
  });

  test('stay in the spool until the controller says that it has them, whatever the broker said', async () => {
    fleet.acks = false;
    device = await fleet.device('leeds');
    device.uplink.report(event(1));
    // It came, its PUBACK went back, and it was sent again.
    await until(() => expect(fleet.arrived.filter((seq) => seq === 1).length).toBeGreaterThan(1));
    expect(device.uplink.state().spooled).toBe(1);
    fleet.acks = true;
    await empty();
    expect(whats()).toEqual(['event-1']);
  });

  test('of which the acknowledgement was lost with the broker are kept once', async () => {
    fleet.acks = false;
    device = await fleet.device('leeds');
    for (let n = 0; n < 5; n += 1) device.uplink.report(event(n));
    await until(() => expect(fleet.kept).not.toHaveLength(0));
    await fleet.kill();
    for (let n = 5; n < 10; n += 1) device.uplink.report(event(n));
    fleet.acks = true;
    await fleet.listen();
    await empty();
    expect(whats()).toEqual(events(0, 10));
  });

  test('wait while no controller is there, and go on when one is', async () => {
    device = await fleet.device('leeds', { parts: { random: () => 0 } });
    device.uplink.report(event(1));
    await empty();
    await fleet.status('offline');
    await until(() => expect(device.uplink.state().controller).toBe('away'));
    const before = fleet.messages.length;
    device.uplink.report(event(2));
    await pause(1_000); // longer than any acknowledgement is waited for
    expect(fleet.messages.length).toBe(before);
    await fleet.status('online');
    await empty();
    expect(whats()).toEqual(['event-1', 'event-2']);
  });

  test('of health are one packet in one direction when live, and at most one a minute is kept when not', async () => {
    device = await fleet.device('leeds');
    await online();
    device.uplink.report({ kind: 'health', health: healthSample });
    await empty();
    expect(fleet.messages.at(-1)).toMatchObject({ topic: 'f/v1/leeds/up/report', qos: 0 });
    expect(fleet.messages.at(-1)?.bytes).toBeLessThan(1_024);
    await fleet.kill();
    await until(() => expect(device.uplink.state().state).not.toBe('online'));
    for (let n = 0; n < 10; n += 1) device.uplink.report({ kind: 'health', health: healthSample });
    expect(device.uplink.state().spooled).toBeLessThanOrEqual(1);
    device.uplink.report(event(1));
    await fleet.listen();
    await empty();
    expect(whats()).toEqual(['event-1']);
  });

  test('say after which one they come, so that gaps of a restart are none to the controller', async () => {
    device = await fleet.device('leeds');
    device.uplink.report(event(1));
    await empty();
    await device.close();
    device = await fleet.device('leeds', { folder: device.folder });
    device.uplink.report(event(2));
    await empty();
    expect(fleet.kept.map(({ seq, after }) => [seq, after])).toEqual([
      [1, undefined],
      [1_001, 1],
    ]);
  });

  test('of a damaged spool are gone, and the next ones are of a new epoch', async () => {
    device = await fleet.device('leeds');
    device.uplink.report(event(1));
    await empty();
    await device.close();
    writeFileSync(join(device.folder, 'uplink.db'), Buffer.alloc(8_192, 'x'));
    device = await fleet.device('leeds', { folder: device.folder });
    device.uplink.report(event(2));
    await empty();
    expect(whats()).toEqual(['event-1', 'event-2']);
    expect(new Set(fleet.kept.map(({ epoch }) => epoch)).size).toBe(2);
    expect(device.logged.join()).toContain('set aside');
  });

  test('on a disk that is full wait in memory, and the device is seen meanwhile', async () => {
    const file = openUplinkFile(':memory:');
    file.run('soon', (db) => db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`));
    device = await fleet.device('leeds', { parts: { file } });
    for (let n = 0; n < 200; n += 1) device.uplink.report(event(n));
    await online();
    await fleet.kill();
    await fleet.listen();
    await until(() => expect(fleet.states.at(-1)).toMatchObject({ connection: 2, state: 'online' }));
    expect(device.logged.filter((line) => line.includes('the disk is full'))).toHaveLength(1);
    file.run('soon', (db) => db.pragma('max_page_count = 100000'));
    device.uplink.report(event(200));
    await empty();
    expect(whats()).toEqual(events(0, 201));
  });

  test('are told to be dropped by the next birth, once', async () => {
    device = await fleet.device('leeds');
    await online();
    await fleet.kill();
    device.file.run('soon', (db) => db.prepare("UPDATE memo SET value = '7' WHERE name = 'dropped'").run());
    await fleet.listen();
    await until(() => expect(fleet.states.at(-1)).toMatchObject({ birth: { spool: { dropped: 7 } } }));
    await fleet.kill();
    const before = fleet.states.length;
    await fleet.listen();
    await until(() =>
      expect(fleet.states.slice(before).some(({ birth }) => birth?.spool.dropped === 0)).toBe(true),
    );
  });
});

describe('a connection', () => {
  test('begins with a birth, and its number grows', async () => {
    device = await fleet.device('leeds');
    device.uplink.report(event(1));
    await empty();
    expect(fleet.messages[0]?.topic).toBe('f/v1/leeds/up/state');
    expect(fleet.states[0]).toMatchObject({
      ...{ connection: 1, state: 'online' },
      birth: { boot: 'boot-1', agent: '0.1.0', counter: 0, configVersion: 0 },
    });
    await fleet.kill();
    await fleet.listen();
    await until(() => expect(fleet.states.at(-1)).toMatchObject({ connection: 2, state: 'online' }));
  });

  test('outlives the time that it had to come about', async () => {
    device = await fleet.device('leeds', { timings: { connectTimeoutMs: 1_000 } });
    await online();
    await pause(1_500);
    device.uplink.report(event(1));
    await empty();
    expect(fleet.states).toHaveLength(1);
  });

  test('that breaks is told by its will, with the number of its birth', async () => {
    device = await fleet.device('leeds');
    await online();
    await fleet.kill();
    await until(() =>
      expect(fleet.states).toContainEqual(expect.objectContaining({ connection: 1, state: 'offline' })),
    );
    await fleet.listen();
  });

  test('that is closed says goodbye itself, and its will is not told', async () => {
    device = await fleet.device('leeds');
    await online();
    await device.uplink.close();
    await until(() => expect(fleet.states).toHaveLength(2));
    await pause(200);
    expect(fleet.states.map(({ state, connection }) => [state, connection])).toEqual([
      ['online', 1],
      ['offline', 1],
    ]);
  });

  test('that is refused is asked for again, for ever, and comes about when it may', async () => {
    fleet.refuses = 5;
    device = await fleet.device('leeds', { timings: { delayMs: () => 10 } });
    device.uplink.report(event(1));
    await until(() => expect(fleet.connections).toBeGreaterThan(8));
    expect(device.uplink.state()).toMatchObject({ why: expect.stringContaining('Not authorized') });
    // Told once, not at each of them.
    expect(device.logged.filter((line) => line.includes('not connected'))).toHaveLength(1);
    fleet.refuses = null;
    await empty();
    expect(whats()).toEqual(['event-1']);
  });

  test.each(['up', 'down'] as const)(
    'of which the way %s is cut is given up, and reports come by the next',
    async (way) => {
      const line = await openLine(fleet.port);
      opened.push(line);
      device = await fleet.device('leeds', {
        broker: `mqtts://localhost:${line.port}`,
        timings: { keepaliveS: 1, brokerTimeoutMs: 1_000, connectTimeoutMs: 1_000 },
      });
      device.uplink.report(event(1));
      await empty();
      line.swallows[way] = true;
      device.uplink.report(event(2));
      await until(() => expect(device.uplink.state().state).not.toBe('online'));
      line.swallows[way] = false;
      await empty();
      expect(whats()).toEqual(['event-1', 'event-2']);
    },
  );

  test('is made anew when certificates are others', async () => {
    device = await fleet.device('leeds');
    await online();
    device.uplink.reload();
    await until(() => expect(fleet.states.at(-1)).toMatchObject({ connection: 2, state: 'online' }));
    // Nobody was told that it was gone: it was not.
    expect(fleet.states.map(({ state }) => state)).toEqual(['online', 'online']);
  });

  test('waits for certificates that can not be read, and says so', async () => {
    let broken = true;
    const credentials = await fleet.credentials('leeds');
    device = await fleet.device('leeds', {
      parts: {
        credentials: () => {
          if (broken) throw new Error('the certificate is for another key');
          return { broker: fleet.url, ...credentials };
        },
      },
    });
    await until(() => expect(device.uplink.state().why).toContain('another key'));
    broken = false;
    await online();
  });
});

describe('a broker', () => {
  test('of another root is told nothing', async () => {
    const other = await startFleet();
    opened.push(other);
    device = await fleet.device('leeds', { broker: other.url });
    await until(() => expect(device.uplink.state().why).toMatch(/certificate/));
    expect(other.connections).toBe(0);
  });

  test.each([
    ['1970', 3_650 * 86_400_000], // so that the certificate is not in force yet
    ['in ten years', -60 * 86_400_000], // so that it has ended
  ])('is spoken to while the clock says %s, as long as it is known to be wrong', async (_, offMs) => {
    fleet.issuedAt = Date.now() + offMs;
    await fleet.kill();
    await fleet.listen();
    let synchronised = true;
    device = await fleet.device('leeds', {
      parts: { clockSynchronised: async () => synchronised, clock: { now: () => -5 } },
    });
    await until(() => expect(device.uplink.state().why).toMatch(/certificate/));
    synchronised = false;
    device.uplink.report(event(1));
    await empty();
    // A clock before 1970 is told as 0, and orders nothing.
    expect(fleet.kept[0]).toMatchObject({ at: 0, body: event(1) });
  });

  test('that sends a packet of megabytes is hung up on at its first bytes', async () => {
    device = await fleet.device('leeds');
    await online();
    await fleet.say('f/v1/leeds/down/command', Buffer.alloc(2_000_000));
    await until(() => expect(device.logged.join()).toContain('a packet of more than'));
    await until(() => expect(fleet.states.at(-1)).toMatchObject({ connection: 2, state: 'online' }));
  });
});

describe('an acknowledgement', () => {
  const stranger = openIdentity(createSeed());

  test.each<[string, (epoch: string) => Promise<void>]>([
    ['by a stranger', (epoch) => fleet.ackBy(stranger, 'leeds', { epoch, upto: 1 })],
    ['for another device', (epoch) => fleet.ack('leeds', { epoch, upto: 1, dev: 'york' as never })],
    ['of another epoch', () => fleet.ack('leeds', { epoch: 'f'.repeat(16), upto: 1 })],
    ['of more than was ever sent', (epoch) => fleet.ack('leeds', { epoch, upto: 1_000_000 })],
    ['of what was gone before', (epoch) => fleet.ack('leeds', { epoch, upto: 0 })],
    ['that is no frame', () => fleet.say('f/v1/leeds/down/ack', Buffer.from('{}'))],
  ])('%s takes nothing from the spool', async (_, ack) => {
    fleet.acks = false;
    device = await fleet.device('leeds');
    device.uplink.report(event(1));
    await until(() => expect(fleet.kept).toHaveLength(1));
    await ack(fleet.kept[0]?.epoch ?? '');
    await pause(300);
    expect(device.uplink.state().spooled).toBe(1);
    fleet.acks = true;
    await empty();
  });
});

describe('commands', () => {
  const results = () => fleet.kept.flatMap(({ body }) => (body.kind === 'result' ? [body.result] : []));
  const told = (id: string, state: string): Promise<void> =>
    until(() => expect(results()).toContainEqual(expect.objectContaining({ id, state })));

  test('are accepted, done, and their result told', async () => {
    device = await fleet.device('leeds');
    await online();
    const id = await fleet.command('leeds', 1, { name: 'run-self-test', args: {} });
    await told(id, 'succeeded');
    expect(results().map(({ state }) => state)).toEqual(['accepted', 'succeeded']);
    expect(device.done).toEqual(['run-self-test']);
  });

  test('that declare settings put them in force over restarts, and tell it', async () => {
    device = await fleet.device('leeds');
    await online();
    const order = { name: 'set-config' as const, args: { version: 3, config: { heartbeatS: 60 } } };
    await told(await fleet.command('leeds', 1, order), 'succeeded');
    await until(() => {
      const reported = fleet.kept.flatMap(({ body }) => (body.kind === 'reported' ? [body] : []));
      expect(reported.at(-1)).toMatchObject({ configVersion: 3, config: { heartbeatS: 60 } });
    });
    await device.close();
    device = await fleet.device('leeds', { folder: device.folder });
    expect(device.uplink.config()).toEqual({ version: 3, config: { heartbeatS: 60 } });
    expect(device.done).toEqual(['config {"heartbeatS":60}']);
    await until(() => expect(fleet.states.at(-1)).toMatchObject({ birth: { counter: 1, configVersion: 3 } }));
  });

  test('that are sent twice, and again after a restart, are done once', async () => {
    device = await fleet.device('leeds');
    await online();
    const change = { id: crypto.randomUUID() };
    for (let n = 0; n < 3; n += 1)
      await fleet.command('leeds', 1, { name: 'run-self-test', args: {} }, change);
    await told(change.id, 'succeeded');
    await empty();
    const { done, folder } = device;
    await device.close();
    device = await fleet.device('leeds', { folder });
    await online();
    await fleet.command('leeds', 1, { name: 'run-self-test', args: {} }, change);
    await until(() =>
      expect(results().filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(1),
    );
    expect([...done, ...device.done]).toEqual(['run-self-test']);
  });

  test('are judged by the controller’s time where nobody keeps this clock', async () => {
    device = await fleet.device('leeds', {
      parts: { clockSynchronised: async () => false, clock: { now: () => 0 } },
      timings: { timeKnownMs: 10_000 },
    });
    await online();
    // It comes before any acknowledgement, waits for one, and is good then.
    const early = await fleet.command('leeds', 1, { name: 'run-self-test', args: {} });
    device.uplink.report(event(1));
    await told(early, 'succeeded');
    const late = await fleet.command(
      'leeds',
      2,
      { name: 'reboot', args: {} },
      { notAfter: Date.now() - 1_000 },
    );
    await told(late, 'refused');
    expect(results().at(-1)).toMatchObject({ reason: 'expired' });
    expect(device.done).toEqual(['run-self-test']);
  });
});

test('a second device with the same certificate throws the first one out, and both go on trying', async () => {
  device = await fleet.device('leeds');
  await online();
  const file = openUplinkFile(':memory:');
  const clone = await fleet.device('leeds', { parts: { file } });
  opened.push({ close: () => clone.close() });
  await until(() => expect(fleet.connections).toBeGreaterThan(5));
});
