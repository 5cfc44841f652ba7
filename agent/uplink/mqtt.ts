/** Driver for mqtt: one connection to the broker at a time, over a socket that is open already. MQTT 5, or 3.1.1 where that is all there is. */

import type { TLSSocket } from 'node:tls';
import { packetLimit } from '@rockpool/protocol/fleet/packet-limit';
import { type IClientOptions, MqttClient } from 'mqtt';

export type Protocol = 5 | 4;

export interface LinkOptions {
  clientId: string;
  protocol: Protocol;
  will: { topic: string; payload: Uint8Array };
  keepaliveS: number;
  connectTimeoutMs: number;
  /** For the broker's answers; a line that only swallows is given up after it. */
  brokerTimeoutMs: number;
  /** No packet is longer. */
  limitBytes: number;
  heard(topic: string, payload: Uint8Array): void;
}

export interface Link {
  readonly protocol: Protocol;
  /** Resolves when the broker has it; with QoS 0 when it was given to the network. One at a time. @throws when it doesn't take it */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void>;
  /** @throws when any is refused */
  subscribe(topics: readonly string[]): Promise<void>;
  /** Resolves, once, with why it ended. */
  readonly ended: Promise<string>;
  /** In order: the broker forgets the will. */
  close(): Promise<void>;
  /** At once: the broker tells the will. */
  drop(why: string): void;
}

/** The broker said no. `protocol`: to this version of MQTT. */
export class BrokerRefused extends Error {
  override readonly name = 'BrokerRefused';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** 3.1.1's "unacceptable protocol version", and 5's "unsupported". */
  get isForProtocol(): boolean {
    return this.code === 1 || this.code === 0x84;
  }
}

/** It never answered CONNECT. Brokers of 3.1.1 only may hang up on a 5 that they can't read. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** For a line that is back within minutes: commands of that time wait at the broker. Longer, the controller says them again. */
const sessionExpiryS = 300;
/** A little longer than the first attempt to come back may take: a blink is told to nobody. */
const willDelayS = 35;

/** @throws BrokerRefused, NoAnswer, or what the socket ended with; it is closed then */
export async function openLink(socket: TLSSocket, options: LinkOptions): Promise<Link> {
  const { clientId, protocol, will, keepaliveS, connectTimeoutMs, brokerTimeoutMs, limitBytes } = options;
  const fits = packetLimit(limitBytes);
  let isConnected = false;
  let whyEnded: string | undefined;
  const ended = Promise.withResolvers<string>();

  // Before the library's own listener: of what is refused here it never sees a whole packet.
  socket.on('data', (piece: Buffer) => {
    if (!fits(piece)) drop(`the broker sent a packet of more than ${limitBytes} bytes`);
  });
  const client = new MqttClient(() => socket as never, {
    ...{ clientId, keepalive: keepaliveS, connectTimeout: connectTimeoutMs },
    ...{ protocolId: 'MQTT', protocolVersion: protocol },
    ...{ reconnectPeriod: 0, resubscribe: false, queueQoSZero: false },
    // A session of 3.1.1 never ends; whoever is gone for good would leave one at the broker.
    clean: protocol === 4,
    will: {
      ...{ topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: false },
      ...(protocol === 5 ? { properties: { willDelayInterval: willDelayS } } : {}),
    },
    ...(protocol === 5
      ? {
          properties: {
            sessionExpiryInterval: sessionExpiryS,
            maximumPacketSize: limitBytes,
            receiveMaximum: 20,
          },
        }
      : {}),
  } satisfies IClientOptions);

  function drop(why: string): void {
    whyEnded ??= why;
    client.end(true);
    socket.destroy();
  }

  client.on('message', (topic, payload) => options.heard(topic, payload));
  client.on('disconnect', ({ reasonCode }) => {
    whyEnded ??= `the broker said goodbye with reason 0x${(reasonCode ?? 0).toString(16)}`;
  });
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connect', () => {
      isConnected = true;
      resolve();
    });
    client.on('error', (error) => {
      whyEnded ??= error.message;
      const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
      reject(code === undefined ? error : new BrokerRefused(code, error.message, { cause: error }));
      // The library keeps what it didn't expect open.
      if (isConnected) drop(error.message);
    });
    client.once('close', () => {
      const why = whyEnded ?? 'the connection was lost';
      reject(new NoAnswer(isConnected ? why : `the broker hung up: ${why}`));
      ended.resolve(why);
    });
  });
  try {
    await connected;
  } catch (error) {
    drop('it was not accepted');
    throw error;
  }

  const inTime = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      drop(`${what} was not answered in ${Math.round(brokerTimeoutMs / 1_000)} s`);
      late.reject(new Error(`${what} was not answered`));
    }, brokerTimeoutMs);
    try {
      return await Promise.race([work, late.promise, gone(what)]);
    } finally {
      clearTimeout(timer);
    }
  };
  // The library leaves the callbacks of what was under way uncalled when its connection ends.
  const gone = (what: string): Promise<never> =>
    ended.promise.then((why) => {
      throw new Error(`${what} was cut off: ${why}`);
    });
  // The broker's Receive Maximum is never below one, so one at a time is always allowed.
  let before: Promise<unknown> = Promise.resolve();

  return {
    protocol,
    publish(topic, payload, qos) {
      const mine = before.then(async () => {
        await inTime('a message', client.publishAsync(topic, Buffer.from(payload), { qos, retain: false }));
      });
      before = mine.catch(() => undefined);
      return mine;
    },
    async subscribe(topics) {
      const granted = await inTime('a subscription', client.subscribeAsync([...topics], { qos: 1 }));
      const refused = granted.filter(({ qos }) => qos >= 128).map(({ topic }) => topic);
      if (refused.length > 0)
        throw new Error(`the broker doesn't let this device listen to ${refused.join(', ')}`);
    },
    ended: ended.promise,
    async close() {
      whyEnded ??= 'closed';
      await Promise.race([client.endAsync(false), ended.promise]);
      socket.destroy();
    },
    drop,
  };
}
