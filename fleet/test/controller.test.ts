/** The whole controller as one starts it: a first operator, a claim, a device over MQTT, a command, a revocation, a copy, an end. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { ClaimCode } from '@rockpool/protocol/claim';
import { DeviceName, type Enrolled } from '@rockpool/protocol/enrolment';
import type { DeviceDetail, DeviceList, Overview } from '@rockpool/protocol/fleet/api';
import { Command, commandDomain } from '@rockpool/protocol/fleet/command';
import { downTopic, ownDown, type UpKind, upTopic } from '@rockpool/protocol/fleet/topics';
import { openFrame } from '@rockpool/signing/frame';
import { openVerifier } from '@rockpool/signing/identity';
import { keyToPem } from '@rockpool/signing/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connected, join, until } from '../broker/devices.fixture.ts';
import { createSpeaker, healthy, type Speaker } from '../ingest/devices.fixture.ts';
import { openStore } from '../store/open.ts';
import { createDevice, type TestDevice } from './fleet.fixture.ts';
import { type ControllerProcess, command, startProcess } from './process.fixture.ts';

const leeds = DeviceName.parse('leeds');
const password = 'correct horse battery';
let home: string;
let running: ControllerProcess;
let cookie: string;
let device: TestDevice;
let got: Enrolled;
let speaker: Speaker;
let line: Connected;

beforeAll(async () => {
  home = mkdtempSync(path(tmpdir(), 'rockpool-fleet-whole-'));
  running = await startProcess(home);
});
afterAll(async () => {
  line?.client.end(true);
  await running.kill('SIGTERM');
  rmSync(home, { recursive: true, force: true });
});

async function ask<T>(method: string, where: string, body?: object): Promise<T> {
  const answer = await fetch(new URL(where, running.dashboard), {
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

async function dial(): Promise<Connected> {
  const { port } = new URL(running.broker);
  const card = { cn: 'leeds', key: keyToPem(device.deviceKey.privateKey), cert: got.deviceChain.join('') };
  const dialled = await join(Number(port), { ca: got.fleetCa }, card);
  await dialled.subscribe(ownDown(leeds));
  return dialled;
}
const say = (kind: UpKind, { bytes }: { bytes: Uint8Array }) =>
  line.publish(upTopic(leeds, kind), Buffer.from(bytes));
const presence = async (): Promise<string> => (await ask<DeviceDetail>('GET', '/api/devices/leeds')).presence;

test('the first operator comes in with the code that was printed, and a claim of theirs lets a device in', async () => {
  cookie = '';
  expect(running.setupCode).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  await ask('POST', '/api/setup', { code: running.setupCode, name: 'anna', password });
  const { claim } = await ask<{ claim: ClaimCode }>('POST', '/api/claims', { labels: { branch: 'leeds' } });
  device = createDevice({ controller: running }, 'leeds');
  const answer = await device.ask('enrol', { claim });
  expect(answer.status).toBe(200);
  got = answer.body as Enrolled;
  expect(got.broker).toBe(running.broker);
  expect(await ask<DeviceList>('GET', '/api/devices?presence=never')).toMatchObject({
    ...{ total: 1, devices: [{ name: 'leeds', labels: { branch: 'leeds' }, presence: 'never' }] },
  });
});

test('it reports, is acknowledged, and every dashboard that looks on hears of it', async () => {
  let events = '';
  const live = get(new URL('/api/live', running.dashboard), { headers: { cookie } }, (response) =>
    response.on('data', (piece: Buffer) => {
      events += piece.toString();
    }),
  );
  live.on('error', () => undefined);
  await until(() => events.includes('retry:'), 'the stream');
  speaker = createSpeaker(0, leeds, device.identity);
  line = await dial();
  await say('state', speaker.birth(1));
  await say('report', speaker.report(1, healthy));
  await until(() => line.heard.some(({ topic }) => topic === downTopic(leeds, 'ack')), 'an acknowledgement');
  await until(async () => (await presence()) === 'online', 'online');
  const detail = await ask<DeviceDetail>('GET', '/api/devices/leeds');
  expect(detail).toMatchObject({
    agent: '0.1.0',
    cpuPermille: 120,
    postureHolds: true,
    health: { uptimeS: 86_400 },
  });
  expect(detail.commands).toEqual([]);
  const samples = await ask<{ at: number[]; cpuPermille: number[] }>('GET', '/api/devices/leeds/samples');
  expect(samples.cpuPermille).toEqual([120]);
  expect(await ask<Overview>('GET', '/api/overview')).toMatchObject({
    ...{ total: 1, counts: { online: 1 }, groups: [{ value: 'leeds', total: 1, online: 1 }] },
  });
  await until(() => events.includes('"leeds"'), 'an event');
  live.destroy();
  const metrics = await (await fetch(new URL('/metrics', running.dashboard))).text();
  expect(metrics).toMatch(/^rockpool_fleet_connections 1$/m);
  expect(metrics).toMatch(/^rockpool_fleet_messages_total\{outcome="taken"\} 2$/m);
});

test('a command that is typed at the controller’s machine reaches it, signed, and its result ends the wait', async () => {
  const answering = (async () => {
    await until(() => line.heard.some(({ topic }) => topic.endsWith('/command')), 'a command');
    const { bytes } = line.heard.find(({ topic }) => topic.endsWith('/command')) ?? {
      bytes: Buffer.alloc(0),
    };
    const key = openVerifier(got.commandKeys[0]?.key ?? '');
    const heard = Command.parse(openFrame(key, { plain: commandDomain }, bytes, 65_536).value);
    expect(heard).toMatchObject({ dev: 'leeds', counter: 1, order: { name: 'run-self-test' } });
    const result = { id: heard.id, state: 'succeeded', says: 'All well.' } as const;
    await say('report', speaker.report(2, { kind: 'result', result }));
  })();
  const said = await command(home, ['device', 'command', 'run-self-test', 'leeds', '--wait', '--json']);
  await answering;
  expect(said.code, said.stderr).toBe(0);
  expect(JSON.parse(said.stdout)).toMatchObject({
    commands: [{ device: 'leeds', state: 'succeeded', result: { says: 'All well.' } }],
  });
});

test('a copy that is taken meanwhile is whole and for its owner alone', async () => {
  const file = path(home, 'copy.db');
  expect((await command(home, ['backup', 'create', file])).code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const other = mkdtempSync(path(tmpdir(), 'rockpool-fleet-copy-'));
  const { renameSync } = await import('node:fs');
  renameSync(file, path(other, 'fleet.db'));
  const db = await openStore(other);
  expect(await db.selectFrom('devices').select('name').execute()).toEqual([{ name: 'leeds' }]);
  await db.destroy();
  rmSync(other, { recursive: true });
});

test('put out at the keyboard, its live connection ends within moments and it stays out', async () => {
  expect((await command(home, ['device', 'revoke', 'leeds', '--because', 'stolen'])).code).toBe(0);
  await line.ended;
  await expect(dial()).rejects.toThrow();
  expect(await presence()).toBe('revoked');
});

test('asked to end it ends, with everything put away, and starts again knowing all', async () => {
  const ended = new Promise<number | null>((resolve) => running.process.once('exit', resolve));
  await running.kill('SIGTERM');
  expect(await ended).toBe(0);
  running = await startProcess(home, []);
  expect(running.setupCode).toBeUndefined();
  expect(await presence()).toBe('revoked'); // the cookie is good still
});
