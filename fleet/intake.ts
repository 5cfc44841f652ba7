/** Joins the broker, ingest, the thread that commits and the watches beside them: all that listens to devices. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceName } from '@rockpool/protocol/enrolment';
import type { Ack } from '@rockpool/protocol/fleet/report';
import { downTopic } from '@rockpool/protocol/fleet/topics';
import type { EmbeddedOptions } from './broker/aedes.ts';
import type { Broker, BrokerEvent } from './broker/broker.ts';
import type { MqttOptions } from './broker/mqtt.ts';
import type { Clock } from './host/clock.ts';
import { createSeldom } from './host/seldom.ts';
import { openEngineThread } from './ingest/engine-thread.ts';
import { type Born, createIngest, type IngestFigures, type IngestLog } from './ingest/ingest.ts';
import { admit, findRevoked, listRevokedNames, revocationMark } from './registry/admission.ts';
import { takeLease } from './store/lease.ts';
import type { Database } from './store/tables.ts';

/** Each kind of broker takes those that it needs. */
export type BrokerHooks = Pick<EmbeddedOptions, 'admit' | 'findRevoked' | 'hasRoom' | 'tell'> &
  Pick<MqttOptions, 'isChosen' | 'listRevoked'>;

export interface IntakeOptions<B extends Broker> {
  db: Database;
  /** The same database, for the thread: the controller's folder, or `postgres://…`. */
  where: string;
  /** This controller's name among others, another at every start. */
  holder: string;
  clock: Clock;
  log: IngestLog;
  /** Made, and not open yet. */
  createBroker(hooks: BrokerHooks): Promise<B>;
  signAck(ack: Ack): Uint8Array;
  /** A device connected anew. */
  onBirth(born: Born): Promise<void>;
}

export interface Intake<B extends Broker> {
  broker: B;
  /** A frame, to a device that is connected; to one that isn't, nothing happens. */
  sendCommand(device: DeviceName, frame: Uint8Array): Promise<void>;
  figures(): IngestFigures & { refused: Readonly<Record<string, number>> };
  close(): Promise<void>;
}

const watchMs = 1_000;
const sweepMs = 5_000;
const pruneMs = 3_600_000;
/** Of the lease to listen, where a broker lets only one; asked for again three times in between. */
const chosenMs = 15_000;
/** Of the thread's own, beside those of the controller. */
const connections = 3;

/** Devices are let in when it returns. */
export async function openIntake<B extends Broker>(options: IntakeOptions<B>): Promise<Intake<B>> {
  const { db, clock, log } = options;
  const engine = await openEngineThread({
    ...{ where: options.where, holder: options.holder, listeningSince: clock.now(), connections },
  });
  let hasRoom = (): boolean => true;
  const broker = await options
    .createBroker({
      admit: (device, serial) => admit(db, { device, serial }),
      findRevoked: (serials) => findRevoked(db, serials),
      listRevoked: () => listRevokedNames(db),
      isChosen: async () =>
        (await takeLease(db, { name: 'listening', holder: options.holder, forMs: chosenMs })) !== undefined,
      hasRoom: () => hasRoom(),
      tell: (event) => tell(log, event),
    })
    .catch(async (error: unknown) => {
      await engine.close();
      throw error;
    });
  const ingest = createIngest({
    ...{ broker, engine, clock, log, signAck: options.signAck, onBirth: options.onBirth },
    // An end that comes early is what the signal is for.
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
  });
  hasRoom = ingest.hasRoom;

  let mark = await revocationMark(db);
  const watches = [
    every(watchMs, async () => {
      const found = await revocationMark(db);
      if (found === mark) return;
      await broker.recheck();
      mark = found;
    }),
    every(sweepMs, () => engine.sweep(clock.now())),
    every(pruneMs, () => engine.prune(clock.now())),
  ];
  const mayTell = createSeldom(clock);
  function every(ms: number, look: () => Promise<unknown>): () => Promise<void> {
    let looking: Promise<void> | undefined;
    const timer = setInterval(() => {
      looking ??= look()
        .then(() => undefined)
        .catch((error: unknown) => {
          if (mayTell(`watch ${ms}`)) log.error({ err: error }, 'a watch over the fleet failed');
        })
        .finally(() => {
          looking = undefined;
        });
    }, ms);
    return async () => {
      clearInterval(timer);
      await looking;
    };
  }
  const close = async (): Promise<void> => {
    for (const end of watches) await end();
    // First nothing more comes in, then what is in is committed.
    await broker.close();
    await ingest.close();
    await engine.close();
  };
  try {
    await broker.open();
    await broker.announce('online');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    broker,
    sendCommand: (device, frame) => broker.publish(downTopic(device, 'command'), frame, 1),
    figures: () => ({ ...ingest.figures(), refused: broker.figures().refused }),
    close,
  };
}

const says = {
  refused: ['warn', 'a device was refused at the broker'],
  // Every device's first word to a broker of 3.1.1, once in a while again: nothing is wrong.
  olderProtocol: ['info', 'a device was told that this broker speaks MQTT 3.1.1'],
  cloned: ['warn', 'two are using the certificate of one device'],
  lost: ['error', 'the broker can do nothing for now'],
  reached: ['info', 'the broker is reached'],
} as const satisfies Record<BrokerEvent['kind'] | 'olderProtocol', readonly [keyof IngestLog, string]>;

function tell(log: IngestLog, { kind, ...about }: BrokerEvent): void {
  const isVersion = 'reason' in about && about.reason === 'version';
  const [level, text] = says[isVersion ? 'olderProtocol' : kind];
  log[level](about, text);
}
