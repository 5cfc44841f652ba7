/** Another broker: the distribution's mosquitto with the configuration that we ship, and an aedes that speaks 3.1.1 only. */

import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../host/clock.ts';
import type { Arrived, BrokerEvent } from './broker.ts';
import { type Card, createRoot, join, type TestRoot, until } from './devices.fixture.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.fixture.ts';
import { createMqttBroker, type MqttBroker, type MqttOptions } from './mqtt.ts';

let root: TestRoot;
let mosquitto: Mosquitto;
let leeds: Card;
let york: Card;
const events: BrokerEvent[] = [];
const brokers: MqttBroker[] = [];
const revoked: string[] = [];

beforeAll(async () => {
  root = await createRoot();
  mosquitto = await startMosquitto(root);
  leeds = await root.device('leeds');
  york = await root.device('york');
});
afterAll(() => mosquitto.stop());
beforeEach(() => {
  events.length = 0;
  revoked.length = 0;
});
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

interface Controller {
  broker: MqttBroker;
  arrived: Arrived[];
  texts(): string[];
}

async function controller(
  options: Partial<MqttOptions> = {},
  settle = async () => undefined,
): Promise<Controller> {
  const broker = await createMqttBroker({
    ...{ url: mosquitto.url, tls: mosquitto.controller, group: 'ctl-5ecret', clock: systemClock },
    ...{ tell: (event) => void events.push(event), isChosen: async () => true },
    ...{ listRevoked: async () => [...revoked], ...options },
  });
  brokers.push(broker);
  const arrived: Arrived[] = [];
  broker.onMessage(async (message) => {
    arrived.push(message);
    await settle();
  });
  await broker.open();
  await broker.announce('online');
  return { broker, arrived, texts: () => arrived.map(({ bytes }) => Buffer.from(bytes).toString()) };
}

const device = (card: Card, options = {}) =>
  join(mosquitto.port, root, card, { protocolVersion: 5, ...options });
const up = 'f/v1/leeds/up/report';

test('what a device says comes, what is said to it goes out, and it hears whether a controller is there', async () => {
  const one = await controller();
  const online = await device(leeds);
  await online.subscribe('f/ctl/v1/status');
  await online.subscribe('f/v1/leeds/down/+');
  await online.publish(up, 'hello');
  await until(() => one.arrived.length === 1, 'the message');
  await one.broker.publish('f/v1/leeds/down/ack', Buffer.from('got it'), 1);
  await until(() => online.heard.length === 2, 'the ack');
  expect(online.heard.map(({ topic, bytes }) => [topic, bytes.toString()])).toEqual([
    ['f/ctl/v1/status', 'online'],
    ['f/v1/leeds/down/ack', 'got it'],
  ]);
  expect(events).toEqual([{ kind: 'reached', shared: true }]);
  online.pull();
});

test('two controllers share: each message goes to one of them', async () => {
  const [one, two] = [await controller(), await controller()];
  const online = await device(leeds);
  for (let n = 0; n < 100; n += 1) await online.publish(up, `n-${n}`);
  await until(() => one.arrived.length + two.arrived.length === 100, 'all of them');
  expect(Math.min(one.arrived.length, two.arrived.length)).toBeGreaterThan(20);
  expect(new Set([...one.texts(), ...two.texts()]).size).toBe(100);
  online.pull();
});

test('one controller ends: the other says at once that reports are still taken', async () => {
  const [, two] = [await controller(), await controller()];
  const online = await device(leeds);
  await online.subscribe('f/ctl/v1/status');
  await brokers.shift()?.close();
  await until(
    () => online.heard.at(-1)?.bytes.toString() === 'online' && online.heard.length >= 3,
    'its word',
  );
  await online.publish(up, 'for the other');
  await until(() => two.arrived.length === 1, 'the message');
  await brokers.shift()?.close();
  await until(() => online.heard.at(-1)?.bytes.toString() === 'offline', 'the last one’s word');
  online.pull();
});

test('a device can’t take another’s messages, nor the controllers’ share, whose name it doesn’t know', async () => {
  const one = await controller();
  const spy = await device(york);
  for (const filter of ['#', 'f/v1/leeds/down/+', 'f/v1/+/up/+', '$share/ctl/f/v1/+/up/+']) {
    // mosquitto 2.0 grants them all; what counts is that nothing comes, and that nothing is missing.
    await spy.subscribe(filter);
  }
  const online = await device(leeds);
  await online.subscribe('f/v1/leeds/down/+');
  for (let n = 0; n < 50; n += 1) await online.publish(up, `n-${n}`);
  await one.broker.publish('f/v1/leeds/down/command', Buffer.from('for leeds'), 1);
  await until(() => one.arrived.length === 50 && online.heard.length === 1, 'all of them');
  expect(spy.heard.filter(({ topic }) => topic !== 'f/ctl/v1/status')).toEqual([]);
  for (const client of [spy, online]) client.pull();
});

test('a device can’t publish as another, nor as a controller, nor connect as either', async () => {
  const one = await controller();
  const rogue = await device(york, { clientId: 'leeds' });
  const honest = await device(leeds);
  for (const topic of [up, 'f/v1/leeds/down/command', 'f/ctl/v1/status'])
    await rogue.publish(topic, 'forged', { retain: topic === 'f/ctl/v1/status' }).catch(() => undefined);
  await honest.publish(up, 'mine');
  await until(() => one.arrived.length === 1, 'the honest one');
  expect(one.texts()).toEqual(['mine']);
  // Its client id became its own name, so the other's session stands.
  expect(honest.client.connected).toBe(true);
  for (const client of [rogue, honest]) client.pull();
});

test('what somebody left at the broker is cleared away, and told to nobody', async () => {
  const ghost = await device(leeds);
  await ghost.publish(up, 'boo', { retain: true });
  ghost.pull();
  const one = await controller({ neverShare: true });
  await until(() => one.broker.figures().refused['retained'] === 1, 'the ghost');
  const two = await controller({ neverShare: true });
  const online = await device(york);
  await online.publish('f/v1/york/up/report', 'x');
  await until(() => two.arrived.length === 1, 'the message');
  expect([one.texts(), two.texts()]).toEqual([['x'], ['x']]);
  expect(two.broker.figures().refused).toEqual({});
  online.pull();
});

test('where nothing is shared, only the chosen one listens', async () => {
  const one = await controller({ neverShare: true });
  const two = await controller({ neverShare: true, isChosen: async () => false });
  const online = await device(leeds);
  await until(() => events.length === 2, 'both');
  for (let n = 0; n < 20; n += 1) await online.publish(up, `n-${n}`);
  await until(() => one.arrived.length === 20, 'all of them');
  expect(two.arrived).toEqual([]);
  online.pull();
});

test('a revoked device with a live session is cut off, and the broker’s list keeps it out', async () => {
  const card = await root.device('bath');
  const one = await controller();
  const online = await device(card);
  revoked.push('bath');
  await mosquitto.revoke([card.serial]);
  await one.broker.recheck();
  await online.ended;
  const isKeptOut = async (): Promise<boolean> => {
    const again = await device(card).catch(() => undefined);
    again?.pull();
    return !again;
  };
  await until(isKeptOut, 'the list');
  const other = await device(leeds);
  expect(other.client.connected).toBe(true);
  other.pull();
});

test('the broker is killed and comes back: the controller is there again by itself', async () => {
  const one = await controller();
  await mosquitto.kill('SIGKILL');
  await until(() => events.some(({ kind }) => kind === 'lost'), 'the loss');
  await expect(one.broker.publish('f/v1/leeds/down/ack', Buffer.from('x'), 1)).rejects.toThrow(
    'out of reach',
  );
  await mosquitto.start();
  await until(() => events.filter(({ kind }) => kind === 'reached').length === 2, 'the return');
  const online = await device(leeds);
  await online.subscribe('f/ctl/v1/status');
  await online.publish(up, 'after');
  await until(() => one.texts().includes('after') && online.heard.length > 0, 'the message');
  expect(online.heard[0]?.bytes.toString()).toBe('online');
  online.pull();
});

test('while too much is unsettled nothing more is read, and all of it comes in the end', async () => {
  let openGate = (): void => undefined;
  const gate = new Promise<undefined>((resolve) => {
    openGate = () => resolve(undefined);
  });
  const one = await controller({}, () => gate);
  const online = await device(leeds);
  online.client.stream.setMaxListeners(0);
  const sent = Array.from({ length: 6_000 }, (_, n) => online.publish(up, `n-${n}`, { qos: n % 2 ? 1 : 0 }));
  await until(() => one.arrived.length >= 5_000, 'the limit');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(one.broker.figures().unsettled).toBe(5_000);
  openGate();
  await Promise.all(sent);
  await until(() => one.arrived.length === 6_000, 'the rest');
  online.pull();
});

test('a broker of 3.1.1 is spoken to in 3.1.1, without a share', async () => {
  const aedes = await Aedes.createBroker();
  const listener = await root.listener();
  const server = createTlsServer({ key: listener.key, cert: listener.cert }, aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  try {
    const one = await controller({ url: `mqtts://127.0.0.1:${port}` });
    const online = await join(port, root, leeds);
    await until(() => events.some((event) => event.kind === 'reached'), 'the connection');
    expect(events.find(({ kind }) => kind === 'reached')).toEqual({ kind: 'reached', shared: false });
    await until(async () => {
      await online.publish(up, 'old style');
      return one.arrived.length > 0;
    }, 'the message');
    online.pull();
  } finally {
    for (const broker of brokers.splice(0)) await broker.close();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
  }
});
