/** From a device's socket to the database and back, over real TLS, with the thread that commits. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Ack, ackDomain } from '@rockpool/protocol/fleet/report';
import { openFrame } from '@rockpool/signing/frame';
import { openVerifier } from '@rockpool/signing/identity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Card, type Connected, createRoot, join, until } from '../broker/devices.fixture.ts';
import { systemClock } from '../host/clock.ts';
import { addDevice, type Speaker } from '../ingest/devices.fixture.ts';
import type { Message } from '../ingest/engine.ts';
import { revokeDevice } from '../registry/devices.ts';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import { commandKey, openTestIntake, type TestIntake } from './intake.fixture.ts';

let registry: TestDatabase;
beforeEach(async () => {
  registry = await openTestDatabase();
});
afterEach(() => registry[Symbol.asyncDispose]());

const send = (device: Connected, { device: name, kind, bytes }: Message): Promise<void> =>
  device.publish(`f/v1/${name}/up/${kind}`, bytes);
const acksOf = (device: Connected, key = commandKey.publicKey): number[] =>
  device.heard
    .filter(({ topic }) => topic.endsWith('/down/ack'))
    .map(
      ({ bytes }) => Ack.parse(openFrame(openVerifier(key), { plain: ackDomain }, bytes, 9_999).value).upto,
    );
const events = async (): Promise<string[]> =>
  (await registry.db.selectFrom('timeline').select(['kind', 'what']).orderBy('id').execute())
    .filter(({ kind }) => kind === 'event')
    .map(({ what }) => what);
const event = (speaker: Speaker, n: number): Message => speaker.report(n, { kind: 'event', what: `n-${n}` });

/** A device with a certificate of this root, in the registry. */
async function enrol(root: TestIntake['root'], name: string): Promise<{ speaker: Speaker; card: Card }> {
  const card = await root.device(name);
  return { card, speaker: await addDevice(registry.db, name, { serial: card.serial }) };
}

test('a device is born, reports, is acknowledged, gets a command and leaves', async () => {
  const intake = await openTestIntake(registry);
  try {
    const { speaker, card } = await enrol(intake.root, 'leeds');
    const will = {
      topic: 'f/v1/leeds/up/state',
      payload: Buffer.from(speaker.state().bytes),
      qos: 1,
    } as const;
    const device = await join(intake.broker.port, intake.root, card, { will: { ...will, retain: false } });
    await device.subscribe('f/v1/leeds/down/+');
    await send(device, speaker.birth(1));
    await send(device, event(speaker, 1));
    await until(() => acksOf(device).includes(1), 'the ack');
    expect(intake.born).toMatchObject([{ device: 'leeds' }]);
    await intake.sendCommand(speaker.name, Buffer.from('a command'));
    await until(() => device.heard.some(({ topic }) => topic.endsWith('/command')), 'the command');
    expect(intake.figures()).toMatchObject({
      connections: 1,
      reports: 1,
      waiting: 0,
      messages: { taken: 2 },
    });
    device.pull();
    const connected = async () =>
      (await registry.db.selectFrom('device_states').select('connected').executeTakeFirst())?.connected;
    await until(async () => (await connected()) === 0, 'the will');
  } finally {
    await intake.close();
  }
});

test('a certificate that the registry doesn’t know, or of another device, lets nobody in', async () => {
  const intake = await openTestIntake(registry);
  try {
    const { card } = await enrol(intake.root, 'leeds');
    await enrol(intake.root, 'york');
    const unknown = await intake.root.device('leeds');
    await expect(join(intake.broker.port, intake.root, unknown)).rejects.toMatchObject({ code: 5 });
    await registry.db
      .updateTable('certificates')
      .set({ kind: 'lan' })
      .where('serial', '=', card.serial)
      .execute();
    await expect(join(intake.broker.port, intake.root, card)).rejects.toMatchObject({ code: 5 });
    expect(intake.figures().refused).toEqual({ 'certificate-unknown': 2 });
  } finally {
    await intake.close();
  }
});

test('an operator revokes a device that is connected: it is cut off within moments and stays out, also under its old name', async () => {
  const intake = await openTestIntake(registry);
  try {
    const { card, speaker } = await enrol(intake.root, 'leeds');
    const device = await join(intake.broker.port, intake.root, card);
    await revokeDevice(registry.db, systemClock, { name: 'leeds', because: 'stolen', who: 'test' });
    await device.ended;
    await expect(join(intake.broker.port, intake.root, card)).rejects.toMatchObject({ code: 5 });
    // Another device has the name now; the old certificate doesn't become its own.
    const heir = await enrol(intake.root, 'leeds');
    await expect(join(intake.broker.port, intake.root, card)).rejects.toMatchObject({ code: 5 });
    const young = await join(intake.broker.port, intake.root, heir.card);
    await send(young, event(speaker, 1));
    await send(young, event(heir.speaker, 2));
    expect(await events()).toEqual(['n-2']);
    expect(intake.figures().messages).toMatchObject({ signature: 1 });
  } finally {
    await intake.close();
  }
});

test('at its end, what was taken is committed before it closes', async () => {
  const intake = await openTestIntake(registry);
  const { card, speaker } = await enrol(intake.root, 'leeds');
  const device = await join(intake.broker.port, intake.root, card);
  for (let n = 1; n <= 20; n += 1) send(device, event(speaker, n)).catch(() => undefined);
  await until(() => intake.figures().waiting > 0 || intake.figures().reports > 0, 'the first');
  const { waiting } = intake.figures();
  await intake.close();
  expect((await events()).length).toBeGreaterThanOrEqual(waiting);
});

interface Controller {
  process: ChildProcess;
  port: number;
}

async function startController(where: string, files: string, port = 0): Promise<Controller> {
  const started = spawn(
    process.execPath,
    [fileURLToPath(new URL('./intake-process.fixture.ts', import.meta.url)), where, files, String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface(started.stdout), 'line')) as [string];
  return { process: started, port: Number(line) };
}

async function killHard({ process: running }: Controller): Promise<void> {
  const ended = once(running, 'exit');
  running.kill('SIGKILL');
  await ended;
}

test('killed again and again between PUBACK and commit or anywhere else: what was acknowledged is there, and nothing twice', async () => {
  const root = await createRoot();
  const { card, speaker } = await enrol(root, 'leeds');
  const listener = await root.listener();
  const files = JSON.stringify({ key: listener.key, cert: listener.cert, ca: root.ca });
  const total = 400;
  let acknowledged = 0;
  let kills = 0;
  let port = 0;
  while (acknowledged < total) {
    const controller = await startController(registry.where, files, port);
    port = controller.port;
    const device = await join(port, root, card);
    device.client.on('message', (topic, bytes) => {
      if (topic !== 'f/v1/leeds/down/ack') return;
      const value = openFrame(openVerifier(commandKeyOfProcess), { plain: ackDomain }, bytes, 9_999).value;
      acknowledged = Math.max(acknowledged, Ack.parse(value).upto);
    });
    await device.subscribe('f/v1/leeds/down/+');
    const begun = acknowledged;
    // As a device does: from the first that was not acknowledged, in order.
    for (let n = acknowledged + 1; n <= total; n += 1) send(device, event(speaker, n)).catch(() => undefined);
    // Some of it may get through first; where the knife falls is different every time.
    await until(() => acknowledged > begun || kills % 2 === 1, 'progress');
    await new Promise((resolve) => setTimeout(resolve, (kills % 5) * 30));
    await killHard(controller);
    kills += 1;
    const here = await events();
    expect(here.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, n) => `n-${n + 1}`));
    expect(new Set(here).size).toBe(here.length);
  }
  expect((await events()).length).toBe(total);
}, 60_000);

/** Of `intake-process.fixture.ts`. */
const commandKeyOfProcess = (await import('./process-key.fixture.ts')).processKey.publicKey;
