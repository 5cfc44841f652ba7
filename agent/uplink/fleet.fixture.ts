/** A broker with mutual TLS, a controller that keeps what it hears, and devices without hardware: what the uplink is tested with. */
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { type CommandOrder, commandDomain } from '@rockpool/protocol/fleet/command';
import type { Health } from '@rockpool/protocol/fleet/health';
import {
  type Ack,
  ackDomain,
  Batch,
  batchLimitBytes,
  Report,
  reportDomains,
  State,
} from '@rockpool/protocol/fleet/report';
import { controllerStatus, downTopic, parseUpTopic } from '@rockpool/protocol/fleet/topics';
import { frame, openFrame } from '@rockpool/signing/frame';
import { createSeed, type Identity, openIdentity, openVerifier } from '@rockpool/signing/identity';
import { createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';
import { Aedes } from 'aedes';
import type { Deeds } from './commands/deeds.ts';
import type { Floor } from './commands/journal.ts';
import { inMemory, openUplinkFile, type UplinkFile } from './sqlite.ts';
import { type BrokerCredentials, openUplink, type Timings, type Uplink, type UplinkParts } from './uplink.ts';

export const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

export interface TestFleet {
  readonly url: string;
  readonly commands: Identity;
  readonly port: number;
  /** What it keeps, in the order in which it came, each number once. */
  readonly kept: Report[];
  readonly states: State[];
  /** Numbers that came, also again. */
  readonly arrived: number[];
  /** Messages on the wire, by topic. */
  readonly messages: { topic: string; bytes: number; qos: number }[];
  acks: boolean;
  /** CONNACK refusal, such as 5; null lets in. */
  refuses: number | null;
  atMs: () => number;
  connections: number;
  /** When the broker's certificate was made. */
  issuedAt: number;
  listen(): Promise<void>;
  /** All connections break, as by kill -9. */
  kill(): Promise<void>;
  say(topic: string, payload: Uint8Array): Promise<void>;
  status(what: 'online' | 'offline'): Promise<void>;
  command(device: string, counter: number, order: CommandOrder, change?: object): Promise<string>;
  commandFrame(
    device: string,
    counter: number,
    order: CommandOrder,
    change?: object,
  ): { id: string; bytes: Uint8Array };
  ackFrame(device: string, ack: Partial<Ack> & Pick<Ack, 'epoch' | 'upto'>, by?: Identity): Uint8Array;
  /** For a broker of another kind. */
  brokerPair(): Promise<BrokerPair>;
  ackBy(by: Identity, device: string, ack: Partial<Ack> & Pick<Ack, 'epoch' | 'upto'>): Promise<void>;
  ack(device: string, ack: Partial<Ack> & Pick<Ack, 'epoch' | 'upto'>): Promise<void>;
  device(name: string, options?: DeviceOptions): Promise<TestDevice>;
  credentials(name: string): Promise<Omit<BrokerCredentials, 'broker'>>;
  /** Whose signature it takes as this device's. */
  know(device: string, identity: Identity): void;
  close(): Promise<void>;
}

export interface BrokerPair {
  root: string;
  cert: string;
  key: string;
}

export interface DeviceOptions {
  folder?: string;
  broker?: string;
  identity?: Identity;
  parts?: Partial<UplinkParts>;
  timings?: Partial<Timings>;
  deeds?: Partial<Deeds>;
}

export interface TestDevice {
  uplink: Uplink;
  parts: UplinkParts;
  file: UplinkFile;
  folder: string;
  /** Sentences of the log. */
  logged: string[];
  identity: Identity;
  /** What was done, by name. */
  done: string[];
  /** Like a power cut for everything but the file: nothing is said any more. */
  close(): Promise<void>;
}

/** Short, for a test; what they are in life is a constant of the uplink. */
const quick: Partial<Timings> = {
  keepaliveS: 5,
  connectTimeoutMs: 3_000,
  brokerTimeoutMs: 3_000,
  ackTimeoutMs: 400,
  ackTimeoutMostMs: 800,
  timeKnownMs: 300,
  delayMs: (failures) => (failures < 0 ? 0 : 50),
};

export async function startFleet(): Promise<TestFleet> {
  const root = await createAuthority({
    name: 'Test fleet',
    years: 40,
    at: new Date(Date.now() - 5 * yearMs),
  });
  const keys = createKeyPairP256();
  const commands = openIdentity(createSeed());
  const identities = new Map<string, Identity>();
  const aedes = await Aedes.createBroker({ heartbeatInterval: 600_000 });
  const sockets = new Set<TLSSocket>();
  let server: Server | undefined;
  let port = 0;
  const upto = new Map<string, number>();

  const fleet: TestFleet = {
    get url() {
      return `mqtts://localhost:${port}`;
    },
    get port() {
      return port;
    },
    ...{
      commands,
      kept: [],
      states: [],
      arrived: [],
      messages: [],
      acks: true,
      refuses: null,
      connections: 0,
      issuedAt: Date.now(),
    },
    atMs: Date.now,
    async listen() {
      const { key, cert } = await fleet.brokerPair();
      server = createServer(
        {
          ...{ key, cert, ca: root.certificate },
          ...{ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
        },
        (socket) => {
          sockets.add(socket);
          socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
          aedes.handle(socket);
        },
      );
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    },
    async kill() {
      const closing = new Promise((resolve) => server?.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closing;
    },
    say: (topic, payload) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos: 1 as const };
        aedes.publish({ ...packet, retain: topic === controllerStatus, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    status: (what) => fleet.say(controllerStatus, Buffer.from(what)),
    commandFrame(device, counter, order, change = {}) {
      const at = Math.max(1, fleet.atMs());
      const about = { v: 1, dev: device, id: crypto.randomUUID(), counter };
      const command = { ...about, issuedAt: at, notAfter: at + hourMs, order, ...change };
      return { id: command.id, bytes: frame(commands, commandDomain, command) };
    },
    async command(device, counter, order, change) {
      const { id, bytes } = fleet.commandFrame(device, counter, order, change);
      await fleet.say(downTopic(device as DeviceName, 'command'), bytes);
      return id;
    },
    ackFrame: (device, { epoch, upto: to, at = fleet.atMs(), dev = device as DeviceName }, by = commands) =>
      frame(by, ackDomain, { v: 1, dev, epoch, upto: to, at } satisfies Ack),
    ack: (device, ack) => fleet.ackBy(commands, device, ack),
    ackBy: (by, device, ack) =>
      fleet.say(downTopic(device as DeviceName, 'ack'), fleet.ackFrame(device, ack, by)),
    brokerPair: async () => ({
      ...{ root: root.certificate, key: keyToPem(keys.privateKey) },
      cert: await issue(root, keys.publicKey, {
        ...{ cn: 'broker', dns: ['localhost'], ips: ['127.0.0.1'], days: 30 },
        ...{ usages: ['server'] as const, at: new Date(fleet.issuedAt) },
      }),
    }),
    async credentials(name) {
      const own = createKeyPairP256();
      const asked = { cn: name, days: 30, usages: ['client'] as const, at: new Date() };
      return {
        ...{ key: keyToPem(own.privateKey), chain: await issue(root, own.publicKey, asked) },
        ...{ root: root.certificate, commandKeys: [commands.publicKey] },
      };
    },
    device: async (name, options = {}) => {
      const identity = options.identity ?? identities.get(name) ?? openIdentity(createSeed());
      identities.set(name, identity);
      const credentials = await fleet.credentials(name);
      return openDevice(DeviceName.parse(name), identity, { broker: fleet.url, ...credentials }, options);
    },
    know: (name, identity) => void identities.set(name, identity),
    async close() {
      await fleet.kill();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };

  aedes.authenticate = (client, _user, _password, done) => {
    fleet.connections += 1;
    const { subject } = (client.conn as TLSSocket).getPeerCertificate();
    if (fleet.refuses !== null)
      done(Object.assign(new Error('refused'), { returnCode: fleet.refuses }), false);
    else done(null, subject.CN === client.id);
  };
  // Where it lets in, and where what it hears is kept before it is acknowledged.
  aedes.authorizePublish = (client, packet, done) => {
    const from = parseUpTopic(packet.topic);
    if (client && from?.device !== client.id) return done(new Error('not yours'));
    if (!client || !from) return done();
    const bytes = packet.payload as Buffer;
    fleet.messages.push({ topic: packet.topic, bytes: bytes.length, qos: packet.qos });
    const verifier = openVerifier(identities.get(from.device)?.publicKey ?? '');
    const { value } = openFrame(verifier, reportDomains, bytes, batchLimitBytes);
    if (from.kind === 'state') fleet.states.push(State.parse(value));
    else take(from.kind === 'report' ? [Report.parse(value)] : spread(Batch.parse(value)));
    done();
  };

  function take(reports: Report[]): void {
    for (const report of reports) {
      const key = `${report.dev} ${report.epoch}`;
      fleet.arrived.push(report.seq);
      if (report.seq <= (upto.get(key) ?? 0)) continue;
      upto.set(key, report.seq);
      fleet.kept.push(report);
    }
    const newest = reports.at(-1);
    if (fleet.acks && newest) void fleet.ack(newest.dev, { epoch: newest.epoch, upto: newest.seq });
  }

  await fleet.listen();
  return fleet;
}

/** As an Orin Nano would tell it. */
export const healthSample: Health = {
  uptimeS: 86_400,
  cpu: { cores: 6, loadPermille: 131 },
  memory: { totalMiB: 7_620, availableMiB: 2_411, swapUsedMiB: 0 },
  disk: { totalMiB: 476_940, freeMiB: 391_000, wearPercent: 1, readOnly: false },
  temperatures: ['cpu', 'gpu', 'soc0', 'soc1', 'soc2', 'tj'].map((zone, n) => ({
    zone: `${zone}-thermal`,
    milliC: 48_000 + 312 * n,
    limitMilliC: 99_000,
  })),
  network: { receivedKiBps: 12, sentKiBps: 3 },
  jetson: {
    ...{
      board: 'NVIDIA Jetson Orin Nano Developer Kit',
      l4t: '39.2.0',
      gpuLoadPermille: 412,
      gpuMemoryMiB: 3_120,
    },
    rails: ['VDD_IN', 'VDD_CPU_GPU_CV', 'VDD_SOC'].map((rail, n) => ({ rail, milliW: 7_120 - 2_010 * n })),
    ...{
      overCurrents: 0,
      underVoltages: 0,
      fanPermille: 380,
      fanRpm: 2_140,
      nvpmodel: 'MAXN_SUPER',
      throttled: false,
    },
  },
  model: {
    ...{ name: 'qwen3-4b-q4', loaded: true, active: 1, queued: 0, milliTokensPerS: 21_400 },
    ...{ firstTokenP50Ms: 640, firstTokenP95Ms: 1_900 },
  },
  posture: { holds: true, missing: [], certificateDays: 71, clockSynchronised: true },
  update: { phase: 'none' },
  auditHead: { seq: 18_223, hash: '8d5c1f'.padEnd(64, '07a3') },
  warnings: [],
};

const spread = ({ v, dev, epoch, reports }: Batch): Report[] =>
  reports.map((report) => ({ v, dev, epoch, ...report }));

function openDevice(
  device: DeviceName,
  identity: Identity,
  credentials: BrokerCredentials,
  { folder = mkdtempSync(join(tmpdir(), 'uplink-')), broker, parts: given, timings, deeds }: DeviceOptions,
): TestDevice {
  const file = given?.file ?? openUplinkFile(join(folder, 'uplink.db'));
  const logged: string[] = [];
  const done: string[] = [];
  const note = (about: object, says: string): void => void logged.push(`${says} ${JSON.stringify(about)}`);
  const started = performance.now();
  const parts: UplinkParts = {
    ...{ device, identity, file, agent: '0.1.0' },
    floor: floorInMemory(),
    credentials: () => ({ ...credentials, ...(broker ? { broker } : {}) }),
    boot: { id: 'boot-1', uptimeMs: () => performance.now() - started },
    clock: { now: Date.now },
    clockSynchronised: async () => true,
    deeds: { ...fakeDeeds(done), ...deeds },
    installed: () => ({ agent: '0.1.0', model: 'pebble', system: 'a test' }),
    log: { info: note, warn: note, error: note },
    ...given,
    timings: { ...quick, ...timings },
  };
  const uplink = openUplink(parts);
  return {
    ...{ uplink, parts, file, folder, logged, identity, done },
    async close() {
      await uplink.close();
      file.close();
    },
  };
}

export const floorInMemory = (): Floor => {
  let newest = 0;
  return {
    load: () => newest,
    save: (counter) => {
      newest = counter;
    },
  };
};

/** Each says what it would have done. */
export const fakeDeeds = (done: string[]): Deeds => {
  const succeeds = async (name: string) => {
    done.push(name);
    return { state: 'succeeded' as const, says: `${name} is done.` };
  };
  const ends = (name: string) => ({
    before: () => 'before',
    begin: async () => void done.push(name),
    after: () => ({ state: 'succeeded' as const, says: `${name} is done.` }),
  });
  return {
    lacks: (name) => (name === 'check-update' ? 'There are no updates yet.' : null),
    reboot: ends('reboot'),
    restartAgent: ends('restart-agent'),
    rotateCertificate: ends('rotate-certificate'),
    collectSupportBundle: () => succeeds('collect-support-bundle'),
    runSelfTest: () => succeeds('run-self-test'),
    useModel: () => succeeds('use-model'),
    checkUpdate: () => succeeds('check-update'),
    install: () => succeeds('install'),
    cancelInstall: () => succeeds('cancel-install'),
    rollBack: () => succeeds('roll-back'),
    objection: ({ selfTest }) => (selfTest === 'never' ? 'This is no time.' : null),
    configChanged: (config) => void done.push(`config ${JSON.stringify(config)}`),
  };
};

export { inMemory };
