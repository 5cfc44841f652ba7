/**
 * Driver for mqtt: a broker of somebody else's, with MQTT 5 or 3.1.1. Several controllers share what devices say, where the
 * broker can (`$share`); else one at a time listens. Nothing is kept for a controller that is away, for what a dead member
 * of a share would get is lost to the others; and PUBACK at such a broker promises nothing, so it isn't waited for.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { controllerStatus, everyUp } from '@rockpool/protocol/fleet/topics';
import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import type { Clock } from '../host/clock.ts';
import type { Broker, BrokerEvent, Take } from './broker.ts';
import { createTells } from './tells.ts';

export interface ClientTls {
  key: string;
  cert: string;
  /** Roots that may have signed the broker's certificate, PEM. */
  ca: readonly string[];
}

export interface MqttOptions {
  /** `mqtts://[USER:PASSWORD@]HOST[:PORT]`: where controllers reach it, and no device. */
  url: string;
  tls: ClientTls;
  /**
   * Name of the share; the same for all controllers of a fleet, and told to nobody else: some brokers let any device join a
   * share whose name it knows, and give it every second message, which is lost then.
   */
  group: string;
  clock: Clock;
  tell(event: BrokerEvent): void;
  /** Where nothing can be shared: whether this controller is the one that listens. Asked every few seconds. */
  isChosen(): Promise<boolean>;
  /** Names that no device in force has any more. */
  listRevoked(): Promise<readonly string[]>;
  /** For tests: as if the broker could not share. */
  neverShare?: boolean;
}

export interface MqttBroker extends Broker {
  /** For the next connection. */
  setTls(tls: ClientTls): void;
}

const keepaliveS = 30;
const reconnectMs = 2_000;
/** A broker that isn't there yet must not keep the rest of a controller from starting. */
const firstConnectMs = 10_000;
const choiceMs = 5_000;
/** Taken and not settled; beyond it nothing is read from the broker. */
const unsettledMost = 5_000;
/** Published and not acknowledged by the broker. */
const inFlightMost = 500;
const publishMs = 15_000;

export async function createMqttBroker(options: MqttOptions): Promise<MqttBroker> {
  const tells = createTells(options.clock, options.tell);
  const flow = createBackpressure(unsettledMost);
  const window = createWindow();
  let take: Take = () => Promise.reject(new Error('nobody takes messages here'));
  let { tls } = options;
  let client: MqttClient | undefined;
  let version: 5 | 4 = 5;
  /** What this controller says of itself; another's word, or its will, doesn't make it untrue. */
  let status: 'online' | 'offline' = 'offline';
  let isClosing = false;
  let isShared = false;
  const known = new Set(await options.listRevoked());

  function begin(): MqttClient {
    const begun = connect(options.url, {
      ...settings(options.url, tls),
      clientId: `ctl-${randomBytes(8).toString('hex')}`,
      ...{ protocolVersion: version, reconnectPeriod: reconnectMs, resubscribe: false },
      ...{ reconnectOnConnackError: true, queueQoSZero: false },
      will: { topic: controllerStatus, payload: Buffer.from('offline'), qos: 1, retain: true },
    });
    begun.handleMessage = (packet, done) => {
      receive(packet.topic, packet.payload, packet.retain);
      flow.go(() => done());
    };
    begun.on('connect', (connack) => {
      arrive(begun, connack).catch((error: unknown) => {
        lost(error);
        // It may be well the next time; without a subscription this connection is worth nothing.
        begun.stream.destroy();
      });
    });
    begun.on('error', (error) => {
      if (isUnknownVersion(error) && version === 5) {
        version = 4;
        begun.end(true);
        client = begin();
        return;
      }
      lost(error);
    });
    begun.on('close', () => {
      if (!isClosing) window.reset();
    });
    return begun;
  }

  async function arrive(begun: MqttClient, connack: IConnackPacket): Promise<void> {
    window.open(Math.min(inFlightMost, connack.properties?.receiveMaximum ?? inFlightMost));
    // In 3.1.1 nothing says whether the name of a share is understood, or taken for a topic.
    const canShare = version === 5 && connack.properties?.sharedSubscriptionAvailable !== false;
    isShared = canShare && options.neverShare !== true;
    await demandGranted(begun, controllerStatus);
    if (isShared) await demandGranted(begun, `$share/${options.group}/${everyUp}`);
    if (status === 'online') await say(begun);
    options.tell({ kind: 'reached', shared: isShared });
    if (!isShared) void listenWhileChosen(begun);
  }

  /** One controller at a time, for as long as this connection stands. */
  async function listenWhileChosen(begun: MqttClient): Promise<void> {
    let listens = false;
    const stands = (): boolean => begun === client && begun.connected && !isClosing && !isShared;
    while (stands()) {
      try {
        const isChosen = await options.isChosen();
        if (isChosen && !listens) await demandGranted(begun, everyUp);
        if (!isChosen && listens) await begun.unsubscribeAsync(everyUp);
        listens = isChosen;
      } catch (error) {
        lost(error);
      }
      await sleep(choiceMs, undefined, { ref: false });
    }
  }

  function receive(topic: string, payload: string | Buffer, isRetained: boolean): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    if (topic === controllerStatus) {
      const isUntrue = status === 'online' && !isClosing && bytes.toString() === 'offline';
      if (isUntrue && client) say(client).catch(lost);
      return;
    }
    if (isRetained) {
      // A ghost: devices leave nothing behind, and what stays would be told to every controller that begins.
      tells.refused(topic.split('/')[2] ?? null, 'retained');
      client?.publish(topic, '', { qos: 1, retain: true });
      return;
    }
    // Somebody cleared a ghost away.
    if (bytes.length === 0) return;
    flow.took();
    take({ topic, bytes })
      .catch(lost)
      .finally(() => flow.settled());
  }

  const say = async (begun: MqttClient): Promise<void> => {
    await begun.publishAsync(controllerStatus, status, { qos: 1, retain: true });
  };

  const lost = (error: unknown): void => {
    tells.lost(error instanceof Error ? error.message : String(error));
  };

  return {
    holdsEachAlone: false,
    onMessage(taker) {
      take = taker;
    },
    async open() {
      client = begin();
      const limit = options.clock.now() + firstConnectMs;
      while (!client.connected && options.clock.now() < limit) await sleep(50);
    },
    setTls(next) {
      tls = next;
      if (client) Object.assign(client.options, { key: tls.key, cert: tls.cert, ca: [...tls.ca] });
    },
    async publish(topic, bytes, qos) {
      const begun = client;
      if (!begun?.connected) throw new Error('the broker is out of reach');
      const send = () => begun.publishAsync(topic, Buffer.from(bytes), { qos });
      await (qos === 0 ? send() : window.through(() => withLimit(send())));
    },
    async announce(said) {
      status = said;
      if (client?.connected) await say(client);
    },
    async recheck() {
      for (const name of await options.listRevoked()) {
        if (known.has(name)) continue;
        known.add(name);
        await takeOver(options.url, tls, name);
      }
    },
    figures: () => ({ connections: null, refused: tells.counts(), unsettled: flow.count() }),
    async close() {
      isClosing = true;
      status = 'offline';
      const begun = client;
      if (!begun) return;
      // An orderly end publishes no will.
      if (begun.connected) await withLimit(say(begun)).catch(lost);
      await begun.endAsync(!begun.connected);
    },
  };
}

function settings(url: string, tls: ClientTls): IClientOptions {
  const { username, password } = new URL(url);
  return {
    ...{ key: tls.key, cert: tls.cert, ca: [...tls.ca], minVersion: 'TLSv1.3', rejectUnauthorized: true },
    ...(username ? { username: decodeURIComponent(username), password: decodeURIComponent(password) } : {}),
    ...{ clean: true, keepalive: keepaliveS, connectTimeout: 10_000 },
    properties: { sessionExpiryInterval: 0, receiveMaximum: unsettledMost },
  };
}

/** 3.1.1's word for it, and MQTT 5's. */
const unknownVersion = new Set([1, 0x84]);
const isUnknownVersion = (error: Error & { code?: unknown }): boolean =>
  typeof error.code === 'number' && unknownVersion.has(error.code);

async function demandGranted(client: MqttClient, filter: string): Promise<void> {
  const granted = await client.subscribeAsync(filter, { qos: 1 });
  if (granted.length === 0 || granted.some(({ qos }) => qos >= 0x80))
    throw new Error(`the broker doesn't let this controller listen to ${filter}`);
}

/**
 * Ends a device's connection on a broker that has no command for it: a session has one connection, and this takes it. Whoever
 * is revoked is kept out by the broker's revocation list.
 */
async function takeOver(url: string, tls: ClientTls, device: string): Promise<void> {
  const thief = connect(url, {
    ...settings(url, tls),
    clientId: device,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      thief.once('connect', () => resolve());
      thief.once('error', reject);
      thief.once('close', () => reject(new Error('the broker closed the connection')));
    });
  } finally {
    thief.on('error', () => undefined);
    await thief.endAsync(true);
  }
}

async function withLimit<T>(work: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const late = sleep(publishMs, undefined, { ref: false, signal: limit.signal }).then(() => {
    throw new Error('the broker did not answer in time');
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}

/** Stops reading while too much waits: what isn't read stays with the broker. */
function createBackpressure(most: number) {
  let unsettled = 0;
  let next: (() => void) | undefined;
  return {
    took(): void {
      unsettled += 1;
    },
    settled(): void {
      unsettled -= 1;
      if (unsettled >= most || !next) return;
      const go = next;
      next = undefined;
      go();
    },
    /** One message at a time asks; so only one waits. */
    go(on: () => void): void {
      if (unsettled < most) on();
      else next = on;
    },
    count: () => unsettled,
  };
}

/** No more is under way than the broker said that it takes. */
function createWindow() {
  let free = 0;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    open(size: number): void {
      free = size;
      for (const next of waiting.splice(0, free)) {
        free -= 1;
        next();
      }
    },
    /** The connection is gone, and all that was under way with it. */
    reset(): void {
      free = 0;
    },
    async through<T>(work: () => Promise<T>): Promise<T> {
      if (free > 0) free -= 1;
      else
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
