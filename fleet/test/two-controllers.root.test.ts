/** Two controllers, one PostgreSQL, one mosquitto: they share the work, either one will do, and one that dies is not missed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { ClaimCode } from '@rockpool/protocol/claim';
import { DeviceName, type Enrolled } from '@rockpool/protocol/enrolment';
import type { DeviceList } from '@rockpool/protocol/fleet/api';
import { downTopic, ownDown, upTopic } from '@rockpool/protocol/fleet/topics';
import { createKeyPairP256, createSerial, issue, keyPairFromPem, keyToPem } from '@rockpool/signing/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuthority } from '../authority/authority.ts';
import { loadSecrets } from '../authority/secrets-file.ts';
import { type Connected, join, type TestRoot, until } from '../broker/devices.fixture.ts';
import { type Mosquitto, startMosquitto } from '../broker/mosquitto.fixture.ts';
import { systemClock } from '../host/clock.ts';
import { createSpeaker, healthy, type Speaker } from '../ingest/devices.fixture.ts';
import { openStore } from '../store/open.ts';
import { type PostgresServer, startPostgres } from '../store/postgres.fixture.ts';
import { createDevice } from './fleet.fixture.ts';
import { type ControllerProcess, command, startProcess } from './process.fixture.ts';

const passphrase = 'a long enough passphrase';
const password = 'correct horse battery';
let folder: string;
let postgres: PostgresServer;
let mosquitto: Mosquitto;
let database: string;
let root: TestRoot;
let first: ControllerProcess;
let second: ControllerProcess;
let cookie = '';

beforeAll(async () => {
  folder = mkdtempSync(path(tmpdir(), 'rockpool-two-controllers-'));
  postgres = await startPostgres();
  database = await postgres.createEmpty();
  const passphraseFile = path(folder, 'passphrase');
  const keys = path(folder, 'keys.json');
  writeFileSync(passphraseFile, `${passphrase}\n`);
  expect((await command(folder, ['keys', 'create', keys, '--passphrase-file', passphraseFile])).code).toBe(0);
  root = await openRoot(keys);
  mosquitto = await startMosquitto(root);
  const start = (name: string): Promise<ControllerProcess> =>
    startProcess(path(folder, name), [
      ...['--keys', keys, '--passphrase-file', passphraseFile, '--database', database],
      ...['--broker', mosquitto.url, '--broker-url', `mqtts://127.0.0.1:${mosquitto.port}`],
    ]);
  [first, second] = await Promise.all([start('first'), start('second')]);
});
afterAll(async () => {
  for (const { line } of devices.values()) line.client.end(true);
  await first?.kill('SIGTERM');
  await second?.kill('SIGTERM');
  await mosquitto?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The broker's certificate comes from the root of this fleet, which the first to open its keys makes. */
async function openRoot(keys: string): Promise<TestRoot> {
  const db = await openStore(database);
  const at = { home: folder, keys, db, clock: systemClock, name: '127.0.0.1', passphrase };
  const { fleetCa } = await openAuthority({ ...at, constraints: undefined });
  await db.destroy();
  const { privateKey } = keyPairFromPem(loadSecrets(keys, passphrase).fleetCaKey);
  const authority = { certificate: fleetCa, privateKey };
  const card = async (cn: string, usages: readonly ('server' | 'client')[], ips: readonly string[] = []) => {
    const own = createKeyPairP256();
    const serial = createSerial();
    const wish = { cn, ips, usages, serial, at: new Date(), days: 3 };
    return { cn, serial, key: keyToPem(own.privateKey), cert: await issue(authority, own.publicKey, wish) };
  };
  return {
    ...{ ca: fleetCa, authority },
    listener: () => card('127.0.0.1', ['server'], ['127.0.0.1']),
    device: (cn) => card(cn, ['client']),
  };
}

async function ask<T>(of: ControllerProcess, method: string, where: string, body?: object): Promise<T> {
  const answer = await fetch(new URL(where, of.dashboard), {
    method,
    headers: { cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  const [set] = answer.headers.getSetCookie();
  if (set) cookie = set.split(';')[0] ?? '';
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

interface Present {
  name: DeviceName;
  line: Connected;
  speaker: Speaker;
}
const devices = new Map<string, Present>();

async function enrol(at: ControllerProcess, text: string): Promise<void> {
  const name = DeviceName.parse(text);
  const { claim } = await ask<{ claim: ClaimCode }>(at, 'POST', '/api/claims', { labels: { branch: text } });
  const device = createDevice({ controller: at }, name);
  const answer = await device.ask('enrol', { claim });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  const got = answer.body as Enrolled;
  expect(got.broker).toBe(`mqtts://127.0.0.1:${mosquitto.port}`);
  const card = { cn: name, key: keyToPem(device.deviceKey.privateKey), cert: got.deviceChain.join('') };
  const line = await join(mosquitto.port, { ca: got.fleetCa }, card);
  await line.subscribe(ownDown(name));
  devices.set(name, { name, line, speaker: createSpeaker(0, name, device.identity) });
}

const ackedUpTo = ({ line, name }: Present): number =>
  line.heard
    .filter(({ topic }) => topic === downTopic(name, 'ack'))
    .map(({ bytes }) => Number(/"upto":(-?\d+)/.exec(bytes.toString('latin1'))?.[1] ?? -1))
    .reduce((most, upto) => Math.max(most, upto), -1);

async function report(present: Present, seq: number): Promise<void> {
  const { bytes } = present.speaker.report(seq, healthy);
  await present.line.publish(upTopic(present.name, 'report'), Buffer.from(bytes));
}

const taken = async ({ dashboard }: ControllerProcess): Promise<number> => {
  const metrics = await (await fetch(new URL('/metrics', dashboard))).text();
  return Number(/^rockpool_fleet_messages_total\{outcome="taken"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
};

test('whoever came in by one is in at the other, and a device may enrol at either', async () => {
  expect(first.pin).toBe(second.pin);
  await ask(first, 'POST', '/api/setup', { code: second.setupCode, name: 'anna', password });
  for (const [n, name] of ['leeds', 'york', 'hull', 'bath'].entries())
    await enrol(n % 2 === 0 ? first : second, name);
  expect(await ask<DeviceList>(second, 'GET', '/api/devices')).toMatchObject({ total: 4 });
});

test('what devices say goes to one of the two, is acknowledged, and stands in both', async () => {
  for (const present of devices.values()) {
    const { bytes } = present.speaker.birth(1);
    await present.line.publish(upTopic(present.name, 'state'), Buffer.from(bytes));
    for (const seq of [1, 2, 3, 4, 5]) await report(present, seq);
  }
  for (const present of devices.values())
    await until(() => ackedUpTo(present) === 5, `${present.name}'s reports`);
  const [one, other] = [await taken(first), await taken(second)];
  expect(one + other).toBe(24);
  expect(Math.min(one, other)).toBeGreaterThan(0);
  for (const controller of [first, second])
    await until(
      async () => (await ask<DeviceList>(controller, 'GET', '/api/devices?presence=online')).total === 4,
      'all online',
    );
});

test('a command that is given at either reaches its device once', async () => {
  await ask(second, 'POST', '/api/devices/york/commands', { order: { name: 'run-self-test', args: {} } });
  const york = devices.get('york') as Present;
  const heard = () => york.line.heard.filter(({ topic }) => topic === downTopic(york.name, 'command')).length;
  await until(() => heard() > 0, 'the command');
  // Both look every second for what is to be sent.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(heard()).toBe(1);
});

test('one that is killed is not missed: the other takes all, and nothing that was acknowledged is lost', async () => {
  await first.kill('SIGKILL');
  for (const present of devices.values()) {
    // Sent again until it is acknowledged, as a spool does: what was on its way to the dead one may be lost.
    const limit = Date.now() + 30_000;
    while (ackedUpTo(present) < 6 && Date.now() < limit) {
      await report(present, 6);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(ackedUpTo(present), present.name).toBe(6);
  }
  const answer = await fetch(new URL('/readyz', second.dashboard));
  expect(await answer.json()).toEqual({ ready: true, missing: [] });
});

test('without its database a controller is alive, and says why it is not ready; with it again it is', async () => {
  await postgres.kill();
  await until(async () => (await fetch(new URL('/readyz', second.dashboard))).status === 503, 'not ready');
  expect((await fetch(new URL('/healthz', second.dashboard))).status).toBe(200);
  await postgres.start();
  await until(async () => (await fetch(new URL('/readyz', second.dashboard))).status === 200, 'ready');
  expect(await ask<DeviceList>(second, 'GET', '/api/devices')).toMatchObject({ total: 4 });
});
