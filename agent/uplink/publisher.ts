/**
 * Takes the spool to the controller: in order, one message at a time, and the next only when the controller has said that
 * this one is in its database. So nothing can overtake anything, whichever of several controllers gets a message, and no
 * broker's Receive Maximum is ever exceeded. A week's backlog is some forty batches.
 */
import type { Ack } from '@rockpool/protocol/fleet/report';
import { type Speaker, type UpMessage, upMessage } from './messages.ts';
import type { Spool } from './spool.ts';

/** What it sends through, while there is one. */
export interface Outlet {
  send(kind: UpMessage['kind'], bytes: Uint8Array, qos: 0 | 1): Promise<void>;
  /** Whoever is silent for so long may have lost what this connection began with. */
  giveUp(why: string): void;
}

export interface PublisherParts {
  speaker: Speaker;
  spool: Spool;
  ackTimeoutMs: number;
  ackTimeoutMostMs: number;
  random(): number;
}

export interface Publisher {
  /** There is more in the spool. */
  wake(): void;
  open(outlet: Outlet): void;
  close(): void;
  /** No controller takes anything at the moment, or one does again. */
  pause(paused: boolean): void;
  /** @returns whether it acknowledges something that is on its way: only such a one says what time it is */
  acked(ack: Ack): boolean;
  /** Whether a report that is put now is sent at once. */
  isLive(): boolean;
}

/** In a row; then the connection is made anew, which tells the controller where this spool begins. */
const silencesMost = 5;
/** When controllers come back, not all devices at once. */
const resumeSpreadMs = 5_000;

export function createPublisher(parts: PublisherParts): Publisher {
  const { speaker, spool } = parts;
  let outlet: Outlet | undefined;
  let paused = false;
  let inFlight: { first: number; last: number } | undefined;
  /** The newest number that ever left in this epoch; nobody can have more. */
  let sent = { epoch: '', upto: -1 };
  let silences = 0;
  let timer: NodeJS.Timeout | undefined;
  let resuming: NodeJS.Timeout | undefined;

  function pump(): void {
    if (!outlet || paused || inFlight || resuming) return;
    const reports = spool.head(headMost);
    if (reports.length === 0) return;
    const epoch = spool.epoch();
    const message = upMessage(speaker, epoch, spool.forgotten(), reports);
    inFlight = message;
    sent = { epoch, upto: Math.max(sent.epoch === epoch ? sent.upto : -1, message.last) };
    wait();
    // What the next one says better needs no receipt from the broker: the controller's word is what counts, and without
    // it the report is sent again. So the commonest message is one packet instead of two.
    const qos = message.kind === 'report' && message.droppable ? 0 : 1;
    const through = outlet;
    through.send(message.kind, message.bytes, qos).catch((error: unknown) => {
      // A broker that refuses a message and keeps the connection; else the connection's end is told by itself.
      if (outlet === through) through.giveUp(error instanceof Error ? error.message : String(error));
    });
  }

  function wait(): void {
    clearTimeout(timer);
    const longest = Math.min(parts.ackTimeoutMostMs, parts.ackTimeoutMs * 2 ** silences);
    // Those who were silenced together must not speak up together.
    timer = setTimeout(again, longest * (silences === 0 ? 1 : 0.75 + parts.random() / 2));
  }

  function again(): void {
    silences += 1;
    inFlight = undefined;
    if (silences >= silencesMost) {
      silences = 0;
      outlet?.giveUp('the controller acknowledges nothing');
      return;
    }
    pump();
  }

  return {
    wake: pump,
    open(through) {
      outlet = through;
      inFlight = undefined;
      pump();
    },
    close() {
      outlet = undefined;
      inFlight = undefined;
      clearTimeout(timer);
      clearTimeout(resuming);
      resuming = undefined;
    },
    pause(wanted) {
      if (paused === wanted) return;
      paused = wanted;
      clearTimeout(resuming);
      resuming = undefined;
      if (paused) {
        clearTimeout(timer);
        inFlight = undefined;
        silences = 0;
        return;
      }
      resuming = setTimeout(() => {
        resuming = undefined;
        pump();
      }, parts.random() * resumeSpreadMs);
    },
    acked({ epoch, upto }) {
      if (epoch !== spool.epoch() || epoch !== sent.epoch || upto > sent.upto) return false;
      const [oldest] = spool.head(1);
      if (!oldest || upto < oldest.seq) return false;
      spool.forget(upto);
      silences = 0;
      if (!inFlight || upto >= inFlight.last) {
        clearTimeout(timer);
        inFlight = undefined;
        pump();
      }
      return true;
    },
    isLive: () => outlet !== undefined && !paused && silences === 0,
  };
}

/** More than a batch may hold is never needed. */
const headMost = 500;
