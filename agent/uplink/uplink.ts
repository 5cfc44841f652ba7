/** The device's side of its fleet: one connection that is always looked for, reports that outlive it, commands that are obeyed once. */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import type { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { ReportBody, State } from '@rockpool/protocol/fleet/report';
import {
  controllerStatus,
  downTopic,
  messageLimitBytes,
  ownDown,
  upTopic,
} from '@rockpool/protocol/fleet/topics';
import type { Identity } from '@rockpool/signing/identity';
import type { Clock } from '../host/clock.ts';
import { after, atStart, delayMs } from './backoff.ts';
import { brokerAddress, openBrokerSocket } from './broker-socket.ts';
import { type Installed, openCommands, reportedBody } from './commands/commands.ts';
import type { Deeds } from './commands/deeds.ts';
import type { Floor } from './commands/journal.ts';
import { createControllerTime } from './controller-time.ts';
import { type Ears, openAck, openEars, stateFrame } from './messages.ts';
import { BrokerRefused, type Link, type LinkOptions, NoAnswer, openLink, type Protocol } from './mqtt.ts';
import { createPublisher } from './publisher.ts';
import { memo, openSpool, type Stamp, setMemo } from './spool.ts';
import { isFull, type UplinkFile } from './sqlite.ts';

/** PEM; read anew for every connection, for certificates are renewed while it holds. */
export interface BrokerCredentials {
  broker: string;
  key: string;
  chain: string;
  /** The fleet's root, and no other. */
  root: string;
  /** Ed25519 public keys that may sign for the controller, base64. */
  commandKeys: readonly string[];
}

export interface UplinkLog {
  info(about: object, says: string): void;
  warn(about: object, says: string): void;
  error(about: object, says: string): void;
}

export interface UplinkParts {
  device: DeviceName;
  identity: Identity;
  /** @throws when there are none that can be used now: told, and tried again later */
  credentials(): BrokerCredentials;
  file: UplinkFile;
  /** The newest command's number, kept apart from the file. */
  floor: Floor;
  boot: { id: string; uptimeMs(): number };
  /** Version of the agent. */
  agent: string;
  clock: Clock;
  /** Null: nobody here knows. */
  clockSynchronised(): Promise<boolean | null>;
  deeds: Deeds;
  installed(): Installed;
  log: UplinkLog;
  /** Told whenever it came to another state. */
  changed?(state: UplinkState): void;
  random?(): number;
  timings?: Partial<Timings>;
}

export interface Timings {
  keepaliveS: number;
  connectTimeoutMs: number;
  /** For PUBACK and SUBACK: a line that only swallows is given up after it. */
  brokerTimeoutMs: number;
  /** For the controller's word that it has a message. Doubles up to `ackTimeoutMostMs` while it doesn't come. */
  ackTimeoutMs: number;
  ackTimeoutMostMs: number;
  /** At most one health report is kept in this time while none can be sent. */
  thinningMs: number;
  /** How long a command waits to learn what time it is. */
  timeKnownMs: number;
  deedMs: number;
  /** Replaces the waits between attempts, for tests. */
  delayMs?(failures: number): number;
}

export interface UplinkState {
  state: 'waiting' | 'connecting' | 'online';
  broker: string | null;
  protocol: 5 | 4 | null;
  /** Since when, by this device's clock. */
  since: number;
  /** Why the last connection ended or didn't come about. */
  why: string | null;
  /** Whether a controller takes reports at the moment. */
  controller: 'there' | 'away' | 'unknown';
  spooled: number;
  /** Reports that were dropped for want of room since the agent started. */
  dropped: number;
}

export interface Uplink {
  /** Numbers it, spools it, sends it when it can. Never throws and never waits: what can't be kept is counted and told. */
  report(body: ReportBody): void;
  state(): UplinkState;
  config(): { version: number; config: DeclaredConfig };
  /** Tells what is installed and in force, when that is not what was told last. */
  tellInstalled(): void;
  /** Certificates or the controller's keys are others now. */
  reload(): void;
  /** Says goodbye, so that nobody takes it for lost. */
  close(): Promise<void>;
}

const usual: Timings = {
  keepaliveS: 45,
  connectTimeoutMs: 30_000,
  brokerTimeoutMs: 30_000,
  ackTimeoutMs: 20_000,
  ackTimeoutMostMs: 300_000,
  thinningMs: 60_000,
  timeKnownMs: 60_000,
  deedMs: 600_000,
};

/** Connections between two attempts of MQTT 5 at a broker that had only 3.1.1. */
const protocolAgainEvery = 20;

/** MQTT's own head and the topic, above the largest message. */
const packetLimitBytes = messageLimitBytes + 1_024;

export function openUplink(parts: UplinkParts): Uplink {
  const { device, identity, file, boot, clock, log } = parts;
  const timings = { ...usual, ...parts.timings };
  const random = parts.random ?? Math.random;
  const speaker = { device, identity };
  const spool = openSpool(file);
  const publisher = createPublisher({ speaker, spool, random, ...timings });
  const time = createControllerTime({
    clock,
    uptimeMs: boot.uptimeMs,
    clockSynchronised: parts.clockSynchronised,
  });
  const stopping = new AbortController();
  let link: Link | undefined;
  let hurry: (() => void) | undefined;
  let isHurried = false;
  let controller: UplinkState['controller'] = 'unknown';
  let shown: Pick<UplinkState, 'state' | 'broker' | 'since' | 'why'> = {
    ...{ state: 'waiting', broker: null, why: null },
    since: clock.now(),
  };
  let healthAt = -Infinity;
  let isFullTold = false;

  const stamp = (): Stamp => ({
    boot: boot.id,
    // For plots only, and a clock before 1970 would keep the report from being one.
    at: Math.max(0, Math.floor(clock.now())),
    mono: Math.floor(boot.uptimeMs()),
  });

  file.onReplaced((why) => {
    log.error({ why }, 'the spool was damaged');
    // What this connection said of the old one is worth nothing.
    link?.drop('the spool began anew');
  });
  spool.onFull(() => {
    if (!isFullTold)
      log.error({}, 'the disk is full: reports wait in memory, and the oldest readings are lost');
    isFullTold = true;
  });

  const commands = openCommands({
    ...{ device, file, time, deeds: parts.deeds, floor: parts.floor, tellInstalled },
    spool: (body) => void spool.putWithin(body, stamp()),
    wake: publisher.wake,
    ...{ timeKnownMs: timings.timeKnownMs, deedMs: timings.deedMs, uptimeMs: boot.uptimeMs },
    told: (err, says) => log.error({ err }, says),
  });

  function report(body: ReportBody): void {
    if (body.kind === 'health' && !isDue()) return;
    try {
      if (spool.put(body, stamp()) !== null) isFullTold = false;
      publisher.wake();
    } catch (err) {
      log.error({ err }, 'a report could not be kept');
    }
  }

  /** While nothing can be sent one reading a minute tells enough of that time. */
  function isDue(): boolean {
    const now = boot.uptimeMs();
    if (!publisher.isLive() && now - healthAt < timings.thinningMs) return false;
    healthAt = now;
    return true;
  }

  function tellInstalled(): void {
    const body = reportedBody(commands.config(), parts.installed());
    const told = JSON.stringify(body);
    try {
      if (memo(file, 'reported') === told) return;
      file.run('durable', () => {
        setMemo(file, 'reported', told);
        spool.putWithin(body, stamp());
      });
      publisher.wake();
    } catch (err) {
      log.error({ err }, 'what is installed could not be kept');
    }
  }

  function show(state: UplinkState['state'], broker: string | null, why: string | null): void {
    shown = { state, broker, why, since: clock.now() };
    tell();
  }

  /** Whoever listens and fails, as on a full disk, takes no connection down. */
  function tell(): void {
    try {
      parts.changed?.(view());
    } catch (err) {
      log.warn({ err }, 'the state of the uplink could not be told');
    }
  }

  const view = (): UplinkState => ({
    ...shown,
    ...{ protocol: link?.protocol ?? null, controller, spooled: spool.count(), dropped: spool.droppedEver() },
  });

  /** One connection, from its beginning to its end. @returns for how long it was there, and why it is no more */
  async function connection(): Promise<{ connectedMs: number; why: string }> {
    const credentials = parts.credentials();
    const { broker } = credentials;
    show('connecting', broker, shown.why);
    const ears = openEars(credentials.commandKeys);
    const number = spool.nextConnection();
    const epoch = spool.epoch();
    const said = (state: State['state'], birth?: State['birth']): Uint8Array =>
      stateFrame(speaker, { epoch, connection: number, state, ...(birth ? { birth } : {}) });
    const state = upTopic(device, 'state');
    const opened = await open(
      credentials,
      number,
      { topic: state, payload: said('offline') },
      (topic, payload) => heard(ears, topic, payload),
    );
    link = opened;
    const since = boot.uptimeMs();
    try {
      // First the ears: what the controller answers to the birth must not be missed.
      await opened.subscribe([ownDown(device), controllerStatus]);
      const range = spool.range();
      const [counter, configVersion] = [commands.newest(), commands.config().version];
      const birth = { boot: boot.id, agent: parts.agent, counter, configVersion, spool: range };
      await opened.publish(state, said('online', birth), 1);
      spool.toldDropped(range.dropped);
      show('online', broker, null);
      log.info({ broker, protocol: opened.protocol, connection: number }, 'connected to the fleet');
      publisher.open({
        send: (kind, bytes, qos) => opened.publish(upTopic(device, kind), bytes, qos),
        giveUp: opened.drop,
      });
      await Promise.race([opened.ended, aborted(stopping.signal)]);
      if (stopping.signal.aborted) await goodbye(opened, said('offline'), state);
    } catch (error) {
      opened.drop(error instanceof Error ? error.message : String(error));
    } finally {
      publisher.close();
      link = undefined;
      controller = 'unknown';
    }
    return { connectedMs: boot.uptimeMs() - since, why: await opened.ended };
  }

  /**
   * A broker of 3.1.1 says so, or hangs up on what it can't read: then the other version is tried, and remembered. Now and
   * then 5 is tried again, for brokers get better.
   */
  async function open(
    credentials: BrokerCredentials,
    number: number,
    will: LinkOptions['will'],
    heardThere: LinkOptions['heard'],
  ): Promise<Link> {
    const { broker } = credentials;
    const once = async (protocol: Protocol): Promise<Link> => {
      const late = AbortSignal.timeout(timings.connectTimeoutMs);
      const signal = AbortSignal.any([late, stopping.signal]);
      const clockIsRight = (await parts.clockSynchronised()) === true;
      const socket = await openBrokerSocket(brokerAddress(broker), { ...credentials, clockIsRight }, signal);
      return await openLink(socket, {
        ...{ clientId: device, protocol, will, heard: heardThere, limitBytes: packetLimitBytes },
        ...timings,
      });
    };
    const older = `4 ${broker}`;
    const first: Protocol = memo(file, 'protocol') === older && number % protocolAgainEvery > 0 ? 4 : 5;
    const other: Protocol = first === 5 ? 4 : 5;
    const remember = (protocol: Protocol): void => {
      try {
        setMemo(file, 'protocol', `${protocol} ${broker}`);
      } catch (error) {
        // It is found out anew the next time; a full disk must not keep a device from being seen.
        if (!isFull(error)) throw error;
      }
    };
    try {
      return await once(first);
    } catch (error) {
      if (error instanceof BrokerRefused && error.isForProtocol) {
        const link = await once(other);
        remember(other);
        return link;
      }
      if (error instanceof NoAnswer) remember(other);
      throw error;
    }
  }

  function heard(ears: Ears, topic: string, payload: Uint8Array): void {
    if (topic === downTopic(device, 'command')) commands.take(ears, payload);
    else if (topic === downTopic(device, 'ack')) {
      const ack = openAck(ears, device, payload);
      if (ack && publisher.acked(ack)) time.heard(ack.at);
    } else if (topic === controllerStatus) {
      const isAway = Buffer.from(payload).toString('latin1') === 'offline';
      controller = isAway ? 'away' : 'there';
      publisher.pause(isAway);
      tell();
    }
  }

  async function run(): Promise<void> {
    let backoff = atStart;
    while (!stopping.signal.aborted) {
      const { failures } = backoff;
      if (!isHurried) await wait(timings.delayMs?.(failures) ?? delayMs(backoff, random()));
      isHurried = false;
      if (stopping.signal.aborted) return;
      let ended: { connectedMs: number; why: string };
      try {
        ended = await connection();
      } catch (error) {
        ended = { connectedMs: 0, why: error instanceof Error ? error.message : String(error) };
      }
      backoff = after(backoff, ended.connectedMs);
      if (stopping.signal.aborted) return;
      // The same sentence is not told at each of a thousand attempts.
      if (ended.why !== shown.why || ended.connectedMs > 0)
        log.warn({ why: ended.why }, 'not connected to the fleet; it is tried again and again');
      show('waiting', shown.broker, ended.why);
    }
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      hurry = done;
      stopping.signal.addEventListener('abort', done, { once: true });
      function done(): void {
        clearTimeout(timer);
        stopping.signal.removeEventListener('abort', done);
        hurry = undefined;
        resolve();
      }
    });
  }

  const running = run();

  return {
    report,
    state: view,
    config: commands.config,
    tellInstalled,
    reload() {
      isHurried = true;
      // In order, so that no will is told: it is back in a moment.
      link?.close().catch((err: unknown) => log.warn({ err }, 'the old connection did not end in order'));
      hurry?.();
    },
    async close() {
      await commands.close();
      stopping.abort(new Error('the agent is ending'));
      await running;
    },
  };
}

/** So that nobody takes it for lost; nobody waits long for that. */
const goodbyeMs = 2_000;

async function goodbye(link: Link, offline: Uint8Array, topic: string): Promise<void> {
  const late = AbortSignal.timeout(goodbyeMs);
  await Promise.race([
    link.publish(topic, offline, 1).then(() => link.close()),
    link.ended,
    aborted(late),
  ]).catch(() => undefined); // the will says it then
  link.drop('closed');
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
