/** What the device says and hears, as signed frames. What it hears is opened with the controller's keys, before anything is parsed. */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import {
  Ack,
  ackDomain,
  type Batch,
  batchLimitBytes,
  type Report,
  reportDomains,
  type State,
} from '@rockpool/protocol/fleet/report';
import { messageLimitBytes } from '@rockpool/protocol/fleet/topics';
import { CanonicalError, canonicalBytes, type Domain } from '@rockpool/signing/canonical';
import { frame, frameDeflated, openFrame } from '@rockpool/signing/frame';
import { type Identity, openVerifier, SignatureError, type Verified } from '@rockpool/signing/identity';
import type { Spooled } from './spool.ts';

/** Whose words these are. */
export interface Speaker {
  device: DeviceName;
  identity: Identity;
}

export const stateFrame = (
  { device, identity }: Speaker,
  said: Pick<State, 'epoch' | 'connection' | 'state' | 'birth'>,
): Uint8Array => frame(identity, reportDomains.plain, { v: 1, dev: device, ...said } satisfies State);

export interface UpMessage {
  kind: 'report' | 'batch';
  bytes: Uint8Array;
  /** Numbers of the first and last report in it. */
  first: number;
  last: number;
  /** Only what the next one will say better. */
  droppable: boolean;
}

/** Below that deflating saves no packet on the line. */
const deflatedFromBytes = 512;
const reportsMost = 500;
/** A broker counts the topic and its own head too. */
const messageMostBytes = messageLimitBytes - 512;
const batchMostBytes = batchLimitBytes - 1_024;

/**
 * As many of the oldest as fit: one as a report, more as a batch.
 * @param reports in order, not empty
 * @param after the newest number before them that the controller has
 */
export function upMessage(
  speaker: Speaker,
  epoch: string,
  after: number,
  reports: readonly Spooled[],
): UpMessage {
  let fitting = reports.slice(0, fittingCount(reports));
  for (;;) {
    const message = composed(speaker, epoch, after, fitting);
    if (message.bytes.length <= messageMostBytes || fitting.length === 1) return message;
    fitting = fitting.slice(
      0,
      Math.floor((fitting.length * messageMostBytes * 0.9) / message.bytes.length) || 1,
    );
  }
}

/** Of what it says when inflated. */
function fittingCount(reports: readonly Spooled[]): number {
  let bytes = 0;
  const over = reports.slice(0, reportsMost).findIndex((report) => {
    bytes += canonicalBytes(report).length + 1;
    return bytes > batchMostBytes;
  });
  return over < 0 ? reportsMost : Math.max(1, over);
}

function composed(
  { device, identity }: Speaker,
  epoch: string,
  after: number,
  reports: readonly Spooled[],
): UpMessage {
  const [only] = reports;
  if (!only) throw new RangeError('there is nothing to be said');
  const last = reports.at(-1)?.seq ?? only.seq;
  const head = { v: 1 as const, dev: device, epoch, ...(after === only.seq - 1 ? {} : { after }) };
  const about = { first: only.seq, last, droppable: reports.every(({ body }) => body.kind === 'health') };
  if (reports.length > 1) {
    const batch: Batch = { ...head, reports: [...reports] };
    return { ...about, kind: 'batch', bytes: frameDeflated(identity, reportDomains.deflated, batch) };
  }
  const report: Report = { ...head, ...only };
  const isLong = canonicalBytes(report).length >= deflatedFromBytes;
  const bytes = isLong
    ? frameDeflated(identity, reportDomains.deflated, report)
    : frame(identity, reportDomains.plain, report);
  return { ...about, kind: 'report', bytes };
}

/** The controller's keys, looked at once. */
export interface Ears {
  /** @returns what is signed by one of them; null for a stranger's */
  open(domain: Domain, bytes: Uint8Array): Verified<{ value: unknown }> | null;
}

/** @param commandKeys Ed25519, base64 */
export function openEars(commandKeys: readonly string[]): Ears {
  const verifiers = commandKeys.map(openVerifier);
  return {
    open(domain, bytes) {
      if (bytes.length > messageLimitBytes) return null;
      for (const verifier of verifiers) {
        try {
          return openFrame(verifier, { plain: domain }, bytes, messageLimitBytes);
        } catch (error) {
          if (error instanceof CanonicalError) return { value: undefined } as Verified<{ value: unknown }>;
          if (!(error instanceof SignatureError)) throw error;
        }
      }
      return null;
    },
  };
}

/** @returns null for what is no acknowledgement of ours for this device: nothing leaves the spool on it */
export function openAck(ears: Ears, device: DeviceName, bytes: Uint8Array): Ack | null {
  const opened = ears.open(ackDomain, bytes);
  const ack = Ack.safeParse(opened?.value);
  return ack.success && ack.data.dev === device ? ack.data : null;
}
