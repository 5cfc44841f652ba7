/** The uplink against the distribution's mosquitto: MQTT 5, its limits, and its death. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { Batch, batchLimitBytes, Report, reportDomains, State } from '@rockpool/protocol/fleet/report';
import { downTopic } from '@rockpool/protocol/fleet/topics';
import { openFrame } from '@rockpool/signing/frame';
import { openVerifier } from '@rockpool/signing/identity';
import { connect, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type BrokerPair, startFleet, type TestDevice, type TestFleet } from './fleet.fixture.ts';

let fleet: TestFleet;
let pair: BrokerPair;
let folder: string;
let port: number;
let broker: ChildProcess;
let controller: MqttClient;
let device: TestDevice;
const heard: { state?: State; reports?: Report[]; qos: number; at: number }[] = [];
let unanswered = 0;
let mostUnanswered = 0;

const until = (what: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(what, { timeout: 20_000, interval: 25 });
const event = (n: number) => ({ kind: 'event' as const, what: `event-${n}` });
const whats = (): string[] =>
  heard.flatMap(({ reports = [] }) =>
    reports.flatMap(({ body }) => (body.kind === 'event' ? body.what : [])),
  );

/** Free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

/** @param more lines of its configuration */
async function start(more = ''): Promise<void> {
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(
    file,
    [
      ...[
        'user root',
        'per_listener_settings false',
        'allow_anonymous true',
        'persistence false',
        'log_type error',
      ],
      ...[`listener ${port} 127.0.0.1`, 'require_certificate true', 'use_identity_as_username true'],
      ...[`cafile ${folder}/root.crt`, `certfile ${folder}/broker.crt`, `keyfile ${folder}/broker.key`],
      ...['tls_version tlsv1.3', more, ''],
    ].join('\n'),
  );
  broker = spawn('/usr/sbin/mosquitto', ['-c', file], { stdio: 'ignore' });
  const credentials = { ...(await fleet.credentials('controller-1')), host: 'localhost', port };
  await until(async () => {
    const socket = tlsConnect({
      ...credentials,
      cert: credentials.chain,
      ca: pair.root,
      minVersion: 'TLSv1.3',
    });
    await new Promise<void>((resolve, reject) =>
      socket.once('secureConnect', resolve).once('error', reject),
    ).finally(() => socket.destroy());
  });
}

/** What a controller does: keeps what it hears, then says so. */
async function listen(): Promise<void> {
  const { key, chain } = await fleet.credentials('controller-1');
  controller = connect(`mqtts://localhost:${port}`, {
    ...{
      key,
      cert: chain,
      ca: pair.root,
      protocolVersion: 5,
      reconnectPeriod: 200,
      clientId: 'controller-1',
    },
  });
  controller.on('error', () => undefined);
  controller.on('message', (topic, payload, { qos }) => {
    const { value } = openFrame(
      openVerifier(device.identity.publicKey),
      reportDomains,
      payload,
      batchLimitBytes,
    );
    if (topic.endsWith('/state')) heard.push({ state: State.parse(value), qos, at: Date.now() });
    else {
      const reports = topic.endsWith('/report')
        ? [Report.parse(value)]
        : Batch.parse(value).reports.map((one) => ({ ...(value as Batch), ...one, v: 1 as const }));
      heard.push({ reports, qos, at: Date.now() });
      const newest = reports.at(-1);
      unanswered += 1;
      mostUnanswered = Math.max(mostUnanswered, unanswered);
      setTimeout(() => {
        unanswered -= 1;
        if (newest)
          controller.publish(
            downTopic(newest.dev, 'ack'),
            Buffer.from(fleet.ackFrame('leeds', { epoch: newest.epoch, upto: newest.seq })),
            { qos: 1 },
          );
      }, 30);
    }
  });
  await new Promise<void>((resolve) => controller.once('connect', () => resolve()));
  await controller.subscribeAsync('f/v1/+/up/+', { qos: 1 });
}

beforeAll(async () => {
  fleet = await startFleet();
  folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  chmodSync(folder, 0o755);
  port = await freePort();
  pair = await fleet.brokerPair();
  for (const [name, text] of [
    ['root.crt', pair.root],
    ['broker.crt', pair.cert],
    ['broker.key', pair.key],
  ] as const)
    writeFileSync(join(folder, name), text);
});
afterEach(async () => {
  await device?.close();
  await controller?.endAsync(true);
  const gone = new Promise((resolve) => broker.once('exit', resolve));
  if (broker.exitCode === null && broker.kill('SIGKILL')) await gone;
  heard.length = 0;
});
afterAll(() => fleet.close());

const open = (options: Parameters<TestFleet['device']>[1] = {}): Promise<TestDevice> =>
  fleet.device('leeds', { broker: `mqtts://localhost:${port}`, ...options });

test('it speaks MQTT 5 there, and says one thing after the other, also where one in flight is all that is allowed', async () => {
  await start('max_inflight_messages 1');
  await listen();
  mostUnanswered = 0;
  device = await open();
  for (let n = 0; n < 30; n += 1) device.uplink.report(event(n));
  await until(() => expect(device.uplink.state()).toMatchObject({ spooled: 0, protocol: 5 }));
  expect(whats()).toEqual(Array.from({ length: 30 }, (_, n) => `event-${n}`));
  expect(mostUnanswered).toBe(1);
  expect(heard[0]?.state).toMatchObject({ state: 'online', connection: 1 });
});

test('a broker that is killed while a command is done loses nothing: its result comes by the next', async () => {
  await start();
  await listen();
  let finish: () => void = () => undefined;
  const doing = new Promise<void>((resolve) => {
    finish = resolve;
  });
  device = await open({
    deeds: {
      runSelfTest: async () => {
        await doing;
        return { state: 'succeeded', says: 'Nothing is wrong.' };
      },
    },
  });
  await until(() => expect(device.uplink.state().state).toBe('online'));
  const { id, bytes } = fleet.commandFrame('leeds', 1, { name: 'run-self-test', args: {} });
  controller.publish('f/v1/leeds/down/command', Buffer.from(bytes), { qos: 1 });
  const results = () =>
    heard.flatMap(({ reports = [] }) =>
      reports.flatMap(({ body }) => (body.kind === 'result' ? [body.result] : [])),
    );
  await until(() => expect(results()).toContainEqual({ id, state: 'accepted' }));
  broker.kill('SIGKILL');
  await until(() => expect(device.uplink.state().state).not.toBe('online'));
  finish();
  await start();
  await until(() => expect(results()).toContainEqual(expect.objectContaining({ id, state: 'succeeded' })));
});

test('a blink of the line is told to nobody: the will waits, and the session holds a command', async () => {
  await start();
  await listen();
  let mayConnect = true;
  const credentials = { broker: `mqtts://localhost:${port}`, ...(await fleet.credentials('leeds')) };
  device = await open({
    parts: {
      credentials: () => {
        if (!mayConnect) throw new Error('no line');
        return credentials;
      },
    },
  });
  await until(() => expect(device.uplink.state().state).toBe('online'));
  mayConnect = false;
  device.uplink.reload();
  await until(() => expect(device.uplink.state().state).not.toBe('online'));
  const { id, bytes } = fleet.commandFrame('leeds', 1, { name: 'run-self-test', args: {} });
  await controller.publishAsync('f/v1/leeds/down/command', Buffer.from(bytes), { qos: 1 });
  mayConnect = true;
  await until(() =>
    expect(heard.flatMap(({ reports = [] }) => reports.map(({ body }) => body))).toContainEqual(
      expect.objectContaining({ result: expect.objectContaining({ id, state: 'succeeded' }) }),
    ),
  );
  expect(heard.flatMap(({ state }) => (state ? [state.state] : []))).toEqual(['online', 'online']);
});
