/**
 * What it costs a controller to hear its devices: heartbeats over TLS through the embedded broker (signature, parsing,
 * validation, a durable commit, the signed acknowledgement), beside mosquitto with a subscriber that only parses; and how
 * fast a backlog drains. Processor time of the whole process; the devices are another one.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { ackDomain } from '@rockpool/protocol/fleet/report';
import { frame } from '@rockpool/signing/frame';
import { createSeed } from '@rockpool/signing/identity';
import mqtt from 'mqtt';
import { openSigner } from '../../fleet/authority/signer.ts';
import { createFakeBroker } from '../../fleet/broker/broker.fixture.ts';
import { type Card, createRoot, type TestRoot } from '../../fleet/broker/devices.fixture.ts';
import { startMosquitto } from '../../fleet/broker/mosquitto.fixture.ts';
import { systemClock } from '../../fleet/host/clock.ts';
import { createSpeaker, type Speaker } from '../../fleet/ingest/devices.fixture.ts';
import { openIntake } from '../../fleet/intake.ts';
import { openStore } from '../../fleet/store/open.ts';
import { inPieces } from '../../fleet/store/pieces.ts';
import type { Database } from '../../fleet/store/tables.ts';
import { commandKey, openTestIntake } from '../../fleet/test/intake.fixture.ts';
import { type Figure, median } from '../figure.ts';

const fleet = 10_000;
const heartbeatS = 30;
/** As many connections as speak; the rest of the fleet stands in the database. */
const connections = 200;
const rounds = 3;
const roundS = 10;
const backlogReports = 200_000;
const backlogDevices = 1_000;
const reportsInBatch = 100;

export async function* ingestBench(): AsyncGenerator<Figure> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-bench-ingest-'));
  const db = await openStore(home);
  try {
    const root = await createRoot();
    const speakers = await addFleet(db, root);
    const ours = await heartbeats(db, home, root, speakers);
    const perS = fleet / heartbeatS;
    const bytes = speakers[0]?.report(1).bytes.length;
    yield {
      name: 'heartbeats of 10,000 devices at 30 s',
      value: ours.perMessageUs * perS * 1e-4,
      unit: '% of a core',
      reach: { atMost: 20 },
      note: `${connections} TLS connections send ${perS.toFixed(0)}/s; median of ${rounds} × ${roundS} s, all threads`,
    };
    yield {
      name: 'processor time of a heartbeat',
      value: ours.perMessageUs,
      unit: 'µs',
      note: `${bytes} bytes, ${ours.spread}; one commit for each ${ours.perCommit.toFixed(0)}, SQLite WAL with synchronous=FULL`,
    };
    const peer = await besideMosquitto(root, speakers);
    yield {
      name: 'the same at mosquitto with a bare subscriber',
      value: peer.perMessageUs,
      unit: 'µs',
      note: `${peer.spread}; mosquitto and a subscriber that parses JSON: no signature, no validation, nothing kept, no answer`,
    };
    yield* backlog(db, home, speakers);
  } finally {
    await db.destroy();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The whole fleet enrolled; those that will connect have certificates of this root. */
async function addFleet(db: Database, root: TestRoot): Promise<(Speaker & { seed: string; card?: Card })[]> {
  const { id: claim_id } = await db
    .insertInto('claims')
    .values({
      ...{ hash: 'bench', name: null, labels: '{}', lan_names: '[]', created_at: 0, created_by: 'bench' },
      ...{ expires_at: 0, revoked_at: null, used_at: null, used_by: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const made = Array.from({ length: fleet }, (_, n) => {
    const seed = createSeed();
    const identity = openSigner(seed);
    return {
      ...{ id: n + 1, name: DeviceName.parse(`device-${n + 1}`), identity },
      seed: Buffer.from(seed).toString('base64'),
    };
  });
  await inPieces(
    made.map(({ id, name, identity }) => ({
      ...{ id, name, name_in_force: name, identity: identity.publicKey, claim_id, lan_names: '[]' },
      ...{ enrolled_at: 0, seen_at: 0, revoked_at: null, revoked_because: null },
    })),
    (rows) => db.insertInto('devices').values(rows).execute(),
  );
  const speakers = made.map(({ id, name, identity, seed }) => ({
    ...createSpeaker(id, name, identity),
    seed,
  }));
  for (const speaker of speakers.slice(0, connections)) {
    const card = await root.device(speaker.name);
    Object.assign(speaker, { card });
    await db
      .insertInto('certificates')
      .values({
        ...{ serial: card.serial, device_id: speaker.id, kind: 'device', pem: '', key_pin: '', names: '[]' },
        ...{ issued_at: 0, expires_at: 9e15, revoked_at: null },
      })
      .execute();
  }
  return speakers;
}

type Enrolled = Awaited<ReturnType<typeof addFleet>>;

/** A process that holds the connections, so that only the controller's work is counted. */
async function startDevices(port: number, root: TestRoot, enrolled: Enrolled) {
  const file = fileURLToPath(new URL('./ingest-devices.ts', import.meta.url));
  const devices = fork(file, { serialization: 'advanced' });
  const tell = async (what: object): Promise<void> => {
    const done = once(devices, 'message');
    devices.send(what);
    await done;
  };
  const some = enrolled.slice(0, connections);
  await tell({
    ...{ port, ca: root.ca },
    devices: some.map(({ id, name, seed, card }) => ({ id, name, seed, ...card })),
  });
  return {
    /** @returns microseconds of each message, median and spread, of what `cpuUs` counts */
    async measure(cpuUs: () => number, heard: () => number) {
      const perRound = Math.round((fleet / heartbeatS) * roundS);
      const samples: number[] = [];
      // The first warms up, and isn't counted.
      for (let round = 0; round <= rounds; round += 1) {
        await tell({ prepare: perRound });
        const begun = { cpu: cpuUs(), heard: heard() };
        await tell({ sendOverMs: roundS * 1_000 });
        while (heard() < begun.heard + perRound) await wait(20);
        if (round > 0) samples.push((cpuUs() - begun.cpu) / perRound);
      }
      const spread = `${Math.min(...samples).toFixed(0)}–${Math.max(...samples).toFixed(0)} µs`;
      return { perMessageUs: median(samples), spread };
    },
    stop: () => void devices.kill(),
  };
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function heartbeats(db: Database, home: string, root: TestRoot, enrolled: Enrolled) {
  const intake = await openTestIntake({ db, where: home }, { root });
  const devices = await startDevices(intake.broker.port, root, enrolled);
  const before = intake.figures();
  const measured = await devices.measure(ownCpuUs, () => intake.figures().reports);
  const after = intake.figures();
  devices.stop();
  await intake.close();
  return { ...measured, perCommit: (after.reports - before.reports) / (after.commits - before.commits) };
}

async function besideMosquitto(root: TestRoot, enrolled: Enrolled) {
  const mosquitto = await startMosquitto(root);
  const { key, cert } = mosquitto.controller;
  const controller = mqtt.connect(mosquitto.url, {
    ...{ key, cert, ca: [root.ca], protocolVersion: 5, clientId: 'bench' },
  });
  let heard = 0;
  controller.on('message', (_topic, bytes) => {
    JSON.parse(bytes.subarray(66).toString());
    heard += 1;
  });
  await controller.subscribeAsync('f/v1/+/up/+', { qos: 1 });
  const devices = await startDevices(mosquitto.port, root, enrolled);
  const measured = await devices.measure(
    () => ownCpuUs() + cpuOf(mosquitto.pid()),
    () => heard,
  );
  devices.stop();
  await controller.endAsync();
  await mosquitto.stop();
  return measured;
}

/** Microseconds; Linux counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function* backlog(db: Database, home: string, speakers: Enrolled): AsyncGenerator<Figure> {
  const broker = createFakeBroker();
  const intake = await openIntake({
    ...{ db, where: home, holder: 'bench', clock: systemClock },
    log: { info: () => undefined, warn: console.warn, error: console.error },
    createBroker: async () => broker,
    signAck: (ack) => frame(commandKey, ackDomain, ack),
    onBirth: async () => undefined,
  });
  const perDevice = backlogReports / backlogDevices;
  const messages = speakers
    .slice(-backlogDevices)
    .flatMap((speaker) =>
      Array.from({ length: perDevice / reportsInBatch }, (_, n) =>
        speaker.batch(Array.from({ length: reportsInBatch }, (_, k) => n * reportsInBatch + k + 1)),
      ),
    );
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(
    messages.map(({ device, kind, bytes }) => broker.say(`f/v1/${device}/up/${kind}`, bytes)),
  );
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const { reports } = intake.figures();
  await intake.close();
  if (reports !== backlogReports) throw new Error(`${reports} of ${backlogReports} came`);
  yield {
    ...{
      name: 'backlog of 200,000 reports',
      value: reports / seconds,
      unit: 'reports/s',
      reach: { atLeast: 10_000 },
    },
    note: `${backlogDevices} devices, batches of ${reportsInBatch}; wall time, so whatever else runs counts against it`,
  };
  yield {
    ...{ name: 'processor time of a report in a batch', value: (user + system) / reports, unit: 'µs' },
    note: 'by it alone, a core drains a million divided by this each second',
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { table } = await import('../figure.ts');
  const figures: Figure[] = [];
  for await (const figure of ingestBench()) figures.push(figure);
  console.log(table(figures));
}
