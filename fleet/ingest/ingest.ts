/**
 * What devices say, from the broker into the database: taken in groups, committed together, then acknowledged, first to the
 * broker and then to each device with a signed word. Only that word lets a report leave its spool, so whatever is refused,
 * lost or given up here comes again.
 */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import type { Ack } from '@rockpool/protocol/fleet/report';
import { downTopic, messageLimitBytes, parseUpTopic } from '@rockpool/protocol/fleet/topics';
import type { Arrived, Broker } from '../broker/broker.ts';
import type { Clock } from '../host/clock.ts';
import { createSeldom } from '../host/seldom.ts';
import type { Engine, Message, Outcome } from './engine.ts';
import { createFlow } from './flow.ts';
import type { PoisonReason } from './open.ts';

export type Born = Outcome['births'][number];

export interface IngestLog {
  info(about: object, says: string): void;
  warn(about: object, says: string): void;
  error(about: object, says: string): void;
}

export interface IngestParts {
  broker: Broker;
  engine: Engine;
  /** A frame. */
  signAck(ack: Ack): Uint8Array;
  /** A device connected anew: what waits for it is sent. */
  onBirth(born: Born): Promise<void>;
  clock: Clock;
  log: IngestLog;
  /** Resolves after so long, or at once when `signal` says that all ends. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface IngestFigures {
  /** Messages by what became of them: `taken`, or why they were refused. */
  messages: Readonly<Record<string, number>>;
  reports: number;
  /** Reports that were here already. */
  duplicates: number;
  /** Messages that wait to be committed, and the age of the oldest. */
  waiting: number;
  lagMs: number;
  commits: number;
  /** Devices that are connected here; null where the broker is another program. */
  connections: number | null;
}

export interface Ingest {
  /** False while so much waits that nobody more should be let in. */
  hasRoom(): boolean;
  figures(): IngestFigures;
  /** After what was taken is committed; the broker is closed before. */
  close(): Promise<void>;
}

const groupMost = 1_000;
const groupMostBytes = 1_024 * 1_024;
/** Each commit costs as much as several messages: a quarter of a second more before an answer is noticed by nobody. */
const groupMs = 250;
const waitingMost = 100_000;
const waitingMostBytes = 64 * 1_024 * 1_024;
/** After so many tries a group that the database doesn't take is taken apart. */
const triesTogether = 3;
const retryMs = 1_000;
const retryMostMs = 15_000;
/** How much of what waits is committed at the end; the rest comes again. */
const closeMs = 10_000;

interface Waiting {
  message: Message;
  since: number;
  settle(): void;
}

export function createIngest(parts: IngestParts): Ingest {
  const { broker, engine, clock, log } = parts;
  const ending = new AbortController();
  const flow = createFlow();
  const mayTell = createSeldom(clock);
  const counts: Record<string, number> = { taken: 0 };
  const totals = { reports: 0, duplicates: 0, commits: 0 };
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  /** Taken from the queue and not committed yet. */
  let group: readonly Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let isAnnounced = true;

  const refuse = (device: string, reason: PoisonReason, says: string): void => {
    counts[reason] = (counts[reason] ?? 0) + 1;
    if (mayTell(`${reason} ${device}`)) log.warn({ device, reason, says }, 'a message was not taken');
  };

  async function take({ topic, bytes }: Arrived): Promise<void> {
    const from = parseUpTopic(topic);
    if (!from) return refuse('', 'topic', topic.slice(0, 100));
    if (bytes.length > messageLimitBytes) return refuse(from.device, 'too-large', `${bytes.length} bytes`);
    const now = clock.now();
    if (broker.holdsEachAlone) {
      const waitMs = flow.pass(from.device, bytes.length, now);
      if (waitMs > 0) await parts.sleep(waitMs, ending.signal);
    } else if (!flow.admits(from.device, bytes.length, now)) {
      return refuse(from.device, 'flood', 'it says more than it may; it will be sent again');
    }
    await new Promise<void>((settle) => {
      queue.push({ message: { ...from, bytes }, since: clock.now(), settle });
      queuedBytes += bytes.length;
      arrange();
    });
  }

  /** A group is full, or the first of it has waited for long enough, or the last one is done. */
  function arrange(): void {
    if (working || queue.length === 0) return;
    if (queue.length >= groupMost || queuedBytes >= groupMostBytes) begin();
    else timer ??= setTimeout(begin, groupMs);
  }

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    if (working || queue.length === 0) return;
    working = work().finally(() => {
      working = undefined;
      // What came meanwhile waits for more, unless there is enough.
      arrange();
    });
  }

  async function work(): Promise<void> {
    group = nextGroup();
    await commitAll(group);
    for (const { settle } of group) settle();
    group = [];
  }

  function nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < groupMost && bytes < groupMostBytes) {
      bytes += queue[count]?.message.bytes.length ?? 0;
      count += 1;
    }
    const taken = queue.slice(0, count);
    queue = queue.slice(count);
    queuedBytes -= bytes;
    return taken;
  }

  /** Doesn't reject: what the database doesn't take waits, and what it takes from all but one is that one's fault. */
  async function commitAll(waiting: readonly Waiting[]): Promise<void> {
    const messages = waiting.map(({ message }) => message);
    let waitMs = retryMs;
    for (let tries = 1; !ending.signal.aborted; tries += 1) {
      try {
        await commit(messages);
        break;
      } catch (error) {
        if (mayTell('commit')) log.error({ err: error, messages: messages.length }, 'a commit failed');
        if (tries >= triesTogether && (await isWell())) {
          await commitApart(messages);
          break;
        }
        await announce('offline');
        await parts.sleep(waitMs, ending.signal);
        waitMs = Math.min(waitMs * 2, retryMostMs);
      }
    }
    await announce('online');
  }

  const isWell = (): Promise<boolean> =>
    engine.probe(clock.now()).then(
      () => true,
      () => false,
    );

  async function commitApart(messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      try {
        await commit([message]);
      } catch (error) {
        refuse(message.device, 'failed', String(error));
      }
    }
  }

  async function commit(messages: readonly Message[]): Promise<void> {
    const outcome = await engine.commit(messages, clock.now());
    totals.commits += 1;
    totals.reports += outcome.reports;
    totals.duplicates += outcome.duplicates;
    counts['taken'] = (counts['taken'] ?? 0) + messages.length - outcome.poison.length;
    for (const { device, reason, says } of outcome.poison) refuse(device, reason, says);
    answer(outcome);
  }

  /** Nothing waits for these: an acknowledgement that is lost is asked for by the next repetition. */
  function answer({ acks, births }: Outcome): void {
    const at = clock.now();
    const fail = (device: DeviceName) => (error: unknown) => {
      if (mayTell(`answer ${device}`)) log.warn({ err: error, device }, 'an answer was not sent');
    };
    const acknowledge = async ({ device, epoch, upto }: Outcome['acks'][number]): Promise<void> =>
      broker.publish(downTopic(device, 'ack'), parts.signAck({ v: 1, dev: device, epoch, upto, at }), 0);
    for (const ack of acks) acknowledge(ack).catch(fail(ack.device));
    for (const born of births) parts.onBirth(born).catch(fail(born.device));
  }

  async function announce(status: 'online' | 'offline'): Promise<void> {
    if (isAnnounced === (status === 'online') || ending.signal.aborted) return;
    isAnnounced = status === 'online';
    log.warn({ status }, 'devices are told whether reports are taken');
    await broker.announce(status).catch((error: unknown) => {
      log.warn({ err: error }, 'devices could not be told');
    });
  }

  broker.onMessage(take);
  return {
    hasRoom: () => queue.length < waitingMost && queuedBytes < waitingMostBytes,
    figures() {
      const oldest = group[0] ?? queue[0];
      return {
        ...{ messages: { ...counts }, ...totals, waiting: group.length + queue.length },
        lagMs: oldest ? Math.max(0, clock.now() - oldest.since) : 0,
        connections: broker.figures().connections,
      };
    },
    async close() {
      const giveUp = setTimeout(() => ending.abort(), closeMs);
      while (queue.length > 0 || working !== undefined) {
        begin();
        await working;
        if (ending.signal.aborted) break;
      }
      clearTimeout(giveUp);
      ending.abort();
      clearTimeout(timer);
      for (const { settle } of queue.splice(0)) settle();
    },
  };
}
