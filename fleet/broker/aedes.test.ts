/** The embedded broker, with real TLS and a real client: who gets in, what passes, and what ends a connection. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../host/clock.ts';
import { createEmbeddedBroker, type EmbeddedBroker, type EmbeddedOptions } from './aedes.ts';
import type { Arrived, BrokerEvent } from './broker.ts';
import {
  type Card,
  type Connected,
  createRoot,
  dial,
  join,
  type TestRoot,
  until,
} from './devices.fixture.ts';

let root: TestRoot;
let broker: EmbeddedBroker;
let leeds: Card;
const arrived: Arrived[] = [];
const events: BrokerEvent[] = [];
const refusedSerials = new Set<string>();
/** Held back until told; undefined: settled at once. */
let gate: Promise<void> | undefined;

async function open(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedBroker> {
  const { key, cert } = await root.listener();
  const made = await createEmbeddedBroker({
    ...{ host: '127.0.0.1', port: 0, tls: { key, cert, ca: [root.ca] }, clock: systemClock },
    admit: async (_device, serial) => (refusedSerials.has(serial) ? 'revoked' : null),
    findRevoked: async (serials) => new Set(serials.filter((serial) => refusedSerials.has(serial))),
    ...{ hasRoom: () => true, tell: (event) => void events.push(event), ...options },
  });
  made.onMessage(async (message) => {
    arrived.push(message);
    await gate;
  });
  await made.open();
  await made.announce('online');
  return made;
}

beforeEach(async () => {
  arrived.length = 0;
  events.length = 0;
  refusedSerials.clear();
  gate = undefined;
  root = await createRoot();
  leeds = await root.device('leeds');
  broker = await open();
});
afterEach(() => broker.close());

const connect = (card = leeds, options = {}): Promise<Connected> => join(broker.port, root, card, options);
const up = 'f/v1/leeds/up/report';
const reasons = () => broker.figures().refused;

test('a device publishes, listens to itself, and hears whether a controller is there', async () => {
  const device = await connect();
  expect(await device.subscribe('f/v1/leeds/down/+')).toBe(1);
  expect(await device.subscribe('f/ctl/v1/status')).toBe(1);
  await device.publish(up, 'hello');
  expect(arrived.map(({ topic, bytes }) => [topic, Buffer.from(bytes).toString()])).toEqual([[up, 'hello']]);
  await broker.publish('f/v1/leeds/down/ack', Buffer.from('got it'), 1);
  await until(() => device.heard.length === 2, 'the status and the ack');
  expect(device.heard.map(({ topic, bytes, retain }) => [topic, bytes.toString(), retain])).toEqual([
    ['f/ctl/v1/status', 'online', true],
    ['f/v1/leeds/down/ack', 'got it', false],
  ]);
});

test('PUBACK waits until the message is settled', async () => {
  let openGate = (): void => undefined;
  gate = new Promise((resolve) => {
    openGate = resolve;
  });
  const device = await connect();
  let isAcknowledged = false;
  const published = device.publish(up, 'x').then(() => {
    isAcknowledged = true;
  });
  await until(() => arrived.length === 1, 'the message');
  expect(broker.figures().unsettled).toBe(1);
  expect(isAcknowledged).toBe(false);
  openGate();
  await published;
});

test.each([
  ['without a certificate', undefined],
  ['with a certificate of another root', 'another root'],
  ['with the certificate of a listener', 'listener'],
  ['with a certificate that has ended', 'ended'],
])('nobody gets in %s', async (_what, which) => {
  const other = await createRoot('another');
  const card = {
    'another root': () => other.device('leeds'),
    listener: async () => ({ ...(await root.listener()), cn: 'leeds' }),
    ended: () => root.device('leeds', { at: new Date(Date.now() - 90 * 86_400_000) }),
  }[which ?? ''];
  await expect(connect(card ? await card() : { ...leeds, key: '', cert: '' })).rejects.toThrow();
  expect(broker.figures().connections).toBe(0);
  expect(Object.keys(reasons()).some((reason) => reason.startsWith('tls-'))).toBe(true);
});

test('TLS 1.2 is not spoken, and no session is resumed', async () => {
  await expect(connect(leeds, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
  const first = await dial(broker.port, root, leeds);
  const ticket = await new Promise<Buffer>((resolve) => first.once('session', resolve));
  first.destroy();
  const again = await dial(broker.port, root, leeds, { session: ticket });
  expect(again.isSessionReused()).toBe(false);
  again.destroy();
});

test.each([
  ['client-id', { clientId: 'york' }],
  ['password', { username: 'leeds', password: 'x' }],
  ['will', { will: { topic: 'f/v1/york/up/state', payload: Buffer.from('x'), qos: 1, retain: false } }],
  ['will', { will: { topic: 'f/v1/leeds/up/state', payload: Buffer.from('x'), qos: 1, retain: true } }],
  ['keep-alive', { keepalive: 0 }],
] as const)('CONNECT is refused for its %s', async (reason, options) => {
  await expect(connect(leeds, options)).rejects.toMatchObject({ code: 5 });
  expect(reasons()).toEqual({ [reason]: 1 });
});

test('a certificate whose name no device may have is refused', async () => {
  for (const cn of ['controller', '#', '+', '$share', 'a/b'])
    await expect(connect(await root.device(cn)), cn).rejects.toMatchObject({ code: 5 });
  expect(reasons()).toEqual({ 'not-a-device': 5 });
});

test('one that speaks MQTT 5 is told that it isn’t spoken here', async () => {
  await expect(connect(leeds, { protocolVersion: 5 })).rejects.toThrow(/Unacceptable protocol version/);
  await expect.poll(reasons).toEqual({ version: 1 });
});

test.each([
  ['another’s topic', 'f/v1/york/up/report', 1, false],
  ['another’s topic at QoS 0', 'f/v1/york/up/report', 0, false],
  ['what a controller says', 'f/v1/leeds/down/command', 1, false],
  ['the status', 'f/ctl/v1/status', 1, true],
  ['a system topic', '$SYS/x', 1, false],
  ['something that stays', up, 1, true],
  ['at QoS 2', up, 2, false],
  ['65 KB', up, 1, false],
] as const)(
  'a device that publishes %s is cut off, and nobody hears it',
  async (what, topic, qos, retain) => {
    const device = await connect();
    const york = await connect(await root.device('york'));
    await york.subscribe('f/v1/york/down/+');
    await york.subscribe('f/ctl/v1/status');
    const bytes = Buffer.alloc(what === '65 KB' ? 64 * 1024 + 1 : 10);
    device.publish(topic, bytes, { qos, retain }).catch(() => undefined);
    await device.ended;
    expect(arrived).toEqual([]);
    expect(york.heard.map(({ bytes: heard }) => heard.toString())).toEqual(['online']);
    expect(york.client.connected).toBe(true);
  },
);

test('filters that are wider than its own are refused, and deliver nothing', async () => {
  const spy = await connect(await root.device('spy'));
  for (const filter of [
    ...['#', 'f/#', 'f/v1/+/up/+', 'f/v1/leeds/down/+', '$SYS/#'],
    ...['$share/ctl/f/v1/+/up/+', '$share/x/f/v1/spy/down/+'],
  ])
    expect(await spy.subscribe(filter), filter).toBe(128);
  const device = await connect();
  await device.subscribe('f/v1/leeds/down/+');
  await device.publish(up, 'private');
  await broker.publish('f/v1/leeds/down/command', Buffer.from('for leeds'), 1);
  await until(() => device.heard.length === 1, 'the command');
  expect(arrived).toHaveLength(1);
  expect(spy.heard).toEqual([]);
});

test('a packet that says it is 10 MB long is not waited for', async () => {
  const socket = await dial(broker.port, root, leeds);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // CONNECT with a length of 10 MB, and the first of it.
  socket.write(Buffer.concat([Buffer.from([0x10, 0x80, 0xad, 0xe2, 0x04]), Buffer.alloc(1_000)]));
  await closed;
  expect(reasons()).toEqual({ 'packet-too-large': 1 });
});

test('a revoked device with a live session is cut off, and doesn’t come back', async () => {
  const device = await connect();
  const york = await connect(await root.device('york'));
  refusedSerials.add(leeds.serial);
  await broker.recheck();
  await device.ended;
  await expect(connect()).rejects.toMatchObject({ code: 5 });
  expect(york.client.connected).toBe(true);
  expect(broker.figures().connections).toBe(1);
});

test('revoked while its certificate is being asked about, it is not let in', async () => {
  let isAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = await open({
    async admit(_device, serial) {
      const refused = refusedSerials.has(serial) ? 'revoked' : null;
      isAsked();
      await answered;
      return refused;
    },
  });
  try {
    const coming = join(slow.port, root, leeds);
    coming.catch(() => undefined);
    await asked;
    refusedSerials.add(leeds.serial);
    await slow.recheck();
    answer();
    await expect(coming).rejects.toMatchObject({ code: 5 });
  } finally {
    await slow.close();
  }
});

test('its will is published when the line breaks, and not when the controller ends', async () => {
  const will = { topic: 'f/v1/leeds/up/state', payload: Buffer.from('gone'), qos: 1, retain: false } as const;
  const device = await connect(leeds, { will });
  device.pull();
  await until(() => arrived.length === 1, 'the will');
  expect(arrived[0]?.topic).toBe('f/v1/leeds/up/state');
  await connect(leeds, { will });
  await broker.close();
  expect(arrived).toHaveLength(1);
  broker = await open();
});

test('two with one certificate throw each other out, and that is told as a clone', async () => {
  const copies: Connected[] = [];
  for (let n = 0; n < 8; n += 1) copies.push(await connect());
  await copies[0]?.ended;
  expect(broker.figures().connections).toBe(1);
  expect(events.filter(({ kind }) => kind === 'cloned')).toEqual([{ kind: 'cloned', device: 'leeds' }]);
});

test('while a root takes another’s place both are let in; the listener’s new certificate breaks no connection', async () => {
  const next = await createRoot('next');
  const old = await connect();
  const { key, cert } = await root.listener();
  broker.setTls({ key, cert, ca: [root.ca, next.ca] });
  const york = await next.device('york');
  const young = await join(broker.port, root, york);
  await young.publish('f/v1/york/up/report', 'new');
  await old.publish(up, 'old');
  expect(arrived).toHaveLength(2);
  broker.setTls({ key, cert, ca: [next.ca] });
  await expect(connect()).rejects.toThrow();
  await old.publish(up, 'still here');
});

test('when there is no room, a device is told to come later', async () => {
  const full = await open({ hasRoom: () => false });
  await expect(join(full.port, root, leeds)).rejects.toMatchObject({ code: 3 });
  await full.close();
});

test('it ends although somebody connected and said nothing', async () => {
  const silent = await dial(broker.port, root, leeds);
  const closed = new Promise((resolve) => silent.once('close', resolve));
  await broker.close();
  await closed;
  broker = await open();
});
