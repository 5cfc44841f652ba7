/** A fleet's root, and devices that connect with certificates of it, over real TLS. */
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import {
  type Authority,
  createAuthority,
  createKeyPairP256,
  createSerial,
  issue,
  type KeyPair,
  keyToPem,
} from '@rockpool/signing/x509';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

export interface Card {
  cn: string;
  key: string;
  cert: string;
  serial: string;
}

export interface TestRoot {
  ca: string;
  authority: Authority;
  /** For a listener on 127.0.0.1. */
  listener(): Promise<Card>;
  device(cn: string, wish?: { at?: Date; days?: number }): Promise<Card>;
}

export async function createRoot(name = 'test'): Promise<TestRoot> {
  const authority = await createAuthority({ name, years: 5, at: new Date() });
  const card = async (cn: string, wish: Partial<Parameters<typeof issue>[2]>): Promise<Card> => {
    const keys: KeyPair = createKeyPairP256();
    const serial = createSerial();
    const cert = await issue(authority, keys.publicKey, {
      ...{ cn, days: 30, at: new Date(), usages: ['client'], serial, ...wish },
    });
    return { cn, key: keyToPem(keys.privateKey), cert, serial };
  };
  return {
    ca: authority.certificate,
    authority,
    listener: () => card('127.0.0.1', { ips: ['127.0.0.1'], usages: ['server'] }),
    device: (cn, wish = {}) => card(cn, wish),
  };
}

export interface Connected {
  client: MqttClient;
  /** Resolves when the connection ends. */
  ended: Promise<void>;
  publish(
    topic: string,
    bytes: Uint8Array | string,
    options?: { qos?: 0 | 1 | 2; retain?: boolean },
  ): Promise<void>;
  /** Granted, or 128. */
  subscribe(filter: string): Promise<number>;
  /** What was heard so far, as `topic text`. */
  heard: { topic: string; bytes: Buffer; retain: boolean }[];
  /** As if the cable was pulled. */
  pull(): void;
}

/** @throws Error of the handshake, or with the code of a refused CONNACK */
export function join(
  port: number,
  root: Pick<TestRoot, 'ca'>,
  card: Pick<Card, 'cn' | 'key' | 'cert'>,
  options: IClientOptions = {},
): Promise<Connected> {
  const client = mqtt.connect({
    ...{ protocol: 'mqtts', host: '127.0.0.1', port, ca: root.ca, key: card.key, cert: card.cert },
    ...{ clientId: card.cn, protocolVersion: 4, clean: true, reconnectPeriod: 0, keepalive: 30, ...options },
  });
  const heard: Connected['heard'] = [];
  client.on('message', (topic, bytes, packet) => heard.push({ topic, bytes, retain: packet.retain }));
  const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.once('connect', () => {
      client.on('error', () => undefined);
      resolve({
        ...{ client, ended, heard },
        publish: async (topic, bytes, { qos = 1, retain = false } = {}) => {
          await client.publishAsync(topic, Buffer.from(bytes), { qos, retain });
        },
        subscribe: (filter) =>
          new Promise((granted, failed) => {
            client.subscribe(filter, { qos: 1 }, (error, _grants, packet) => {
              const code = packet?.granted[0];
              if (typeof code === 'number') granted(code);
              else failed(error ?? new Error('no answer'));
            });
          }),
        pull: () => client.stream.destroy(),
      });
    });
  });
}

/** A connection that speaks no MQTT but what it is told. */
export function dial(
  port: number,
  root: Pick<TestRoot, 'ca'>,
  card?: Card,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host: '127.0.0.1', port, ca: root.ca },
      ...(card ? { key: card.key, cert: card.cert } : {}),
      ...options,
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** Polls, with a limit that no machine reaches. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const limit = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`it never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
