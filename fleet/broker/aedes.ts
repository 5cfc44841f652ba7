/**
 * Driver for aedes: the broker inside a controller, behind TLS 1.3 with client certificates. aedes speaks MQTT 3.1.1 only:
 * no reason codes (what is refused ends its connection), no delayed will, no expiry, no Receive Maximum; a sender is held
 * back by not reading from it. Every session is clean: nothing is kept here for a device that is away.
 */
import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { DeviceName } from '@rockpool/protocol/enrolment';
import { packetLimit } from '@rockpool/protocol/fleet/packet-limit';
import { controllerStatus, messageLimitBytes, ownDown } from '@rockpool/protocol/fleet/topics';
import { Aedes, type AuthenticateError, type Client, type ConnectPacket, type PublishPacket } from 'aedes';
import type { Clock } from '../host/clock.ts';
import { mayConnect, mayPublish, maySubscribe, type Publication } from './authorise.ts';
import type { Broker, BrokerEvent, Take } from './broker.ts';
import { createTells, type Tells } from './tells.ts';

export interface EmbeddedTls {
  key: string;
  cert: string;
  /** Roots that may have signed a device, PEM: two while one takes the other's place. */
  ca: readonly string[];
}

export interface EmbeddedOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  tls: EmbeddedTls;
  clock: Clock;
  /** Whether this certificate of this device is in force; asked at every connection. @returns why not, or null */
  admit(device: DeviceName, serial: string): Promise<string | null>;
  /** Of these, those that let nobody in any more. */
  findRevoked(serials: readonly string[]): Promise<ReadonlySet<string>>;
  /** False while so much waits that nobody more can be let in. */
  hasRoom(): boolean;
  tell(event: BrokerEvent): void;
}

export interface EmbeddedBroker extends Broker {
  /** After `open`. */
  readonly port: number;
  /** For connections from now on; those that stand, stay. */
  setTls(tls: EmbeddedTls): void;
}

/** Room for a topic and its flags beside the largest message. */
const packetLimitBytes = messageLimitBytes + 1_024;
const connectTimeoutMs = 10_000;
/** Of those that shake hands at the same time; each costs the processor more than a thousand reports. */
const handshakesMost = 256;
/** A device that takes nothing from its socket for so long is not there. */
const drainTimeoutMs = 10_000;
/** What may lie in one socket before more is left out. */
const unsentMostBytes = 256 * 1_024;
const takeoversMost = 6;
const minuteMs = 60_000;

export async function createEmbeddedBroker(options: EmbeddedOptions): Promise<EmbeddedBroker> {
  const { clock } = options;
  const tells = createTells(clock, options.tell);
  const devices = createConnections(clock);
  let take: Take = () => Promise.reject(new Error('nobody takes messages here'));
  let unsettled = 0;
  let isClosing = false;

  const aedes = await Aedes.createBroker({
    ...{ connectTimeout: connectTimeoutMs, drainTimeout: drainTimeoutMs },
    ...{ maxTopicLevels: 8, maxClientsIdLength: 64 },
    preConnect(client, packet, done) {
      // What a session would keep for later is in the database, and sent anew at the next birth.
      packet.clean = true;
      devices.knock(client, packet);
      done(null, true);
    },
    authenticate(client, _username, _password, done) {
      const refuse = (reason: string, returnCode: number): void => {
        tells.refused(devices.nameOf(client), reason, addressOf(client));
        done(Object.assign(new Error(reason), { returnCode }) as AuthenticateError, null);
      };
      if (isClosing || !options.hasRoom()) return refuse('no-room', codes.unavailable);
      const asked = devices.asked(client);
      if ('refused' in asked) return refuse(asked.refused, codes.notAuthorised);
      const { device, serial } = asked;
      const ask = async (): Promise<void> => {
        for (;;) {
          const before = devices.rechecks();
          const refused = await options.admit(device, serial);
          if (refused !== null) return refuse(refused, codes.notAuthorised);
          // It may have been revoked since that was read; then nobody found this connection to end it.
          if (before === devices.rechecks()) break;
        }
        if (devices.letIn(client, device, serial) >= takeoversMost) tells.cloned(device);
        done(null, true);
      };
      ask().catch((error: unknown) => {
        tells.lost(`the registry could not be asked: ${String(error)}`);
        refuse('registry', codes.unavailable);
      });
    },
    authorizePublish(client, packet, done) {
      const device = client && devices.nameOf(client);
      // At the end the controller goes away, not the devices: their wills would be untrue.
      if (!device || isClosing) return done(new Error('not now'));
      const refused = mayPublish(device, publicationOf(packet));
      if (refused) {
        tells.refused(device, `publish-${refused}`, addressOf(client));
        return done(new Error(refused));
      }
      unsettled += 1;
      // PUBACK and the next read from this socket wait for it.
      take({ topic: packet.topic, bytes: bytesOf(packet) }).then(
        () => {
          unsettled -= 1;
          // The acknowledgement of the report itself was published a moment ago, and goes out with this one's.
          client.conn.cork();
          setImmediate(() => client.conn.uncork());
          done(null);
        },
        (error: Error) => {
          unsettled -= 1;
          done(error);
        },
      );
    },
    authorizeSubscribe(client, subscription, done) {
      const device = devices.nameOf(client);
      if (device && maySubscribe(device, subscription.topic)) return done(null, subscription);
      tells.refused(device, 'subscribe', addressOf(client));
      done(null, null);
    },
  });
  aedes.on('clientDisconnect', (client) => devices.left(client));
  aedes.on('subscribe', (subscriptions, client) => {
    for (const { topic, qos } of subscriptions) if (qos <= 1) devices.listens(client, topic);
  });
  aedes.on('unsubscribe', (topics, client) => {
    for (const topic of topics) devices.listensNoMore(client, topic);
  });
  // Refusals and torn connections are the business of whoever is at the other end; each has its own count above.
  aedes.on('clientError', () => undefined);
  aedes.on('connectionError', (client, error) =>
    tells.refused(devices.nameOf(client), isOfVersion(error) ? 'version' : 'protocol', addressOf(client)),
  );

  const server = createTlsServer(options.tls, tells, (socket) => {
    const fits = packetLimit(packetLimitBytes);
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => {
      const bytes = read(size) as Buffer | null;
      if (!bytes || fits(bytes)) return bytes;
      tells.refused(cnOf(socket) ?? null, 'packet-too-large', socket.remoteAddress);
      socket.destroy();
      return null;
    };
    aedes.handle(socket);
  });
  // Those that shake hands or never said CONNECT are unknown to aedes, and would keep the server from closing.
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const expiring = setInterval(() => devices.closeExpired(clock.now()), minuteMs);
  expiring.unref();

  const send = (packet: Omit<PublishPacket, 'cmd' | 'dup'>): Promise<void> =>
    new Promise((resolve, reject) => {
      aedes.publish({ cmd: 'publish', dup: false, ...packet }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  return {
    holdsEachAlone: true,
    get port() {
      return (server.address() as AddressInfo).port;
    },
    onMessage(taker) {
      take = taker;
    },
    async open() {
      server.listen(options.port, options.host);
      await once(server, 'listening');
    },
    setTls: (tls) => server.setSecureContext(contextOf(tls)),
    async publish(topic, bytes, qos) {
      const client = devices.listenerOf(topic);
      if (!client || client.conn.writableLength > unsentMostBytes) return;
      // To the one it is for: looking through the filters of ten thousand devices would find no other.
      const packet = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(bytes),
        qos,
        retain: false,
        dup: false,
      } as const;
      await new Promise<void>((resolve, reject) => {
        client.publish(packet, (error) => (error ? reject(error) : resolve()));
      });
    },
    announce: (status) =>
      send({ topic: controllerStatus, payload: Buffer.from(status), qos: 1, retain: true }),
    async recheck() {
      const standing = devices.recheck();
      const revoked = await options.findRevoked(standing.map(({ serial }) => serial));
      for (const { client, device, serial } of standing) {
        if (!revoked.has(serial)) continue;
        tells.refused(device, 'revoked', addressOf(client));
        client.close();
      }
    },
    figures: () => ({ connections: devices.count(), refused: tells.counts(), unsettled }),
    async close() {
      await send({ topic: controllerStatus, payload: Buffer.from('offline'), qos: 1, retain: true });
      isClosing = true;
      clearInterval(expiring);
      const ended = server.listening ? once(server, 'close') : undefined;
      if (ended) server.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await ended;
    },
  };
}

const codes = { unavailable: 3, notAuthorised: 5 } as const;

const contextOf = ({ key, cert, ca }: EmbeddedTls) => ({
  ...{ key, cert, ca: [...ca], minVersion: 'TLSv1.3' as const },
  // A resumed session isn't checked against its certificate's end nor against the roots of today.
  secureOptions: constants.SSL_OP_NO_TICKET,
});

function createTlsServer(tls: EmbeddedTls, tells: Tells, accept: (socket: TLSSocket) => void): Server {
  const server = createServer({
    ...contextOf(tls),
    ...{ requestCert: true, rejectUnauthorized: true, handshakeTimeout: connectTimeoutMs },
  });
  const shaking = new Set<string>();
  const done = (socket: Socket): void => void shaking.delete(endOf(socket));
  server.on('connection', (socket: Socket) => {
    if (shaking.size >= handshakesMost) {
      tells.refused(null, 'too-many-handshakes', socket.remoteAddress);
      socket.destroy();
      return;
    }
    const end = endOf(socket);
    shaking.add(end);
    socket.once('close', () => shaking.delete(end));
  });
  server.on('secureConnection', (socket) => {
    done(socket);
    socket.setNoDelay(true);
    accept(socket);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    done(socket);
    tells.refused(null, `tls-${(error.code ?? 'failed').toLowerCase()}`, socket.remoteAddress);
    socket.destroy();
  });
  return server;
}

const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

interface Standing {
  client: Client;
  device: DeviceName;
  serial: string;
}

/** MQTT 5 is asked for first; who is told that there is none comes again with 3.1.1. */
const isOfVersion = (error: Error & { errorCode?: number }): boolean => error.errorCode === 1;

/** Who is connected, as whom, until when, listening to what. */
function createConnections(clock: Clock) {
  const clients = new Map<string, Standing>();
  const filters = new WeakMap<Client, Set<string>>();
  const names = new WeakMap<Client, DeviceName>();
  const knocked = new WeakMap<Client, { packet: ConnectPacket }>();
  /** When a connection took the place of one that stood, newest last. */
  const takeovers = new Map<string, number[]>();
  let rechecks = 0;
  return {
    knock: (client: Client, packet: ConnectPacket) => void knocked.set(client, { packet }),
    asked(client: Client): { device: DeviceName; serial: string } | { refused: string } {
      const packet = knocked.get(client)?.packet;
      if (!packet) return { refused: 'protocol' };
      const shown = (client.conn as TLSSocket).getPeerX509Certificate();
      const verdict = mayConnect({
        cn: cnOf(client.conn as TLSSocket),
        clientId: packet.clientId,
        hasPassword: packet.username !== undefined || packet.password !== undefined,
        keepAliveS: packet.keepalive ?? 0,
        will: packet.will && publicationOf(packet.will),
      });
      if ('refused' in verdict || !shown)
        return 'refused' in verdict ? verdict : { refused: 'no-certificate' };
      return { device: verdict.device, serial: shown.serialNumber.toLowerCase() };
    },
    /** @returns how often a connection of this device was taken over in the last minute */
    letIn(client: Client, device: DeviceName, serial: string): number {
      names.set(client, device);
      const stands = clients.get(device);
      clients.set(device, { client, device, serial });
      if (!stands || stands.client.closed) return 0;
      const since = clock.now() - minuteMs;
      const recent = [...(takeovers.get(device) ?? []).filter((at) => at > since), clock.now()];
      takeovers.set(device, recent);
      return recent.length;
    },
    left(client: Client): void {
      const device = names.get(client);
      if (!device || clients.get(device)?.client !== client) return;
      clients.delete(device);
      takeovers.delete(device);
    },
    nameOf: (client: Client): DeviceName | null => names.get(client) ?? null,
    count: () => clients.size,
    rechecks: () => rechecks,
    recheck() {
      rechecks += 1;
      return [...clients.values()];
    },
    listens(client: Client, filter: string): void {
      const known = filters.get(client) ?? new Set();
      filters.set(client, known.add(filter));
    },
    listensNoMore: (client: Client, filter: string): void => void filters.get(client)?.delete(filter),
    /** @returns whose topic it is, when that device is there and asked for it */
    listenerOf(topic: string): Client | undefined {
      const [, , device = ''] = topic.split('/');
      const found = clients.get(device);
      if (!found) return undefined;
      const asked = filters.get(found.client);
      return asked?.has(ownDown(found.device)) || asked?.has(topic) ? found.client : undefined;
    },
    /** TLS looked at the dates once; a connection may stand for longer. */
    closeExpired(now: number): void {
      for (const { client } of clients.values()) {
        const shown = (client.conn as TLSSocket).getPeerX509Certificate();
        if (shown && shown.validToDate.getTime() < now) client.close();
      }
    },
  };
}

/** Undefined when it has none or more than one. */
function cnOf(socket: TLSSocket): string | undefined {
  const { subject } = socket.getPeerCertificate();
  return typeof subject?.CN === 'string' ? subject.CN : undefined;
}

const addressOf = (client: Client): string | undefined => (client.conn as Partial<TLSSocket>).remoteAddress;

function bytesOf({ payload }: { payload: string | Buffer }): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

const publicationOf = (packet: {
  topic: string;
  payload: string | Buffer;
  qos?: number;
  retain?: boolean;
}): Publication => ({
  ...{ topic: packet.topic, bytes: bytesOf(packet).length },
  ...{ qos: packet.qos ?? 0, retain: packet.retain ?? false },
});
