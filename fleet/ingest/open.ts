/** From bytes of a stranger to what a device said: size, signature, canonical JSON, schema, in this order. Nothing here asks a database. */
import {
  Batch,
  batchLimitBytes,
  Epoch,
  Report,
  type ReportBody,
  reportDomains,
  State,
} from '@rockpool/protocol/fleet/report';
import { messageLimitBytes, type UpKind } from '@rockpool/protocol/fleet/topics';
import { CanonicalError } from '@rockpool/signing/canonical';
import { openFrame } from '@rockpool/signing/frame';
import { SignatureError, type Verifier } from '@rockpool/signing/identity';
import { z } from 'zod';

/** Why a message is not taken: counted, told at most once a minute for each device, and not asked for again at the broker. */
export const poisons = [
  'topic', // none of ours
  'too-large',
  'unknown-device', // or one that was revoked
  'signature', // not a frame of this version, or not signed by the device that the topic names
  'malformed', // signed, and still not canonical JSON, or larger than it may be when inflated
  'unknown-version',
  'schema',
  'not-own', // signed by one device, about another
  'scattered', // too many gaps before it
  'epochs', // the device began its spool anew more often than anything explains
  'flood', // more than a device may say; it will be sent again
  'failed', // the database takes others, and not this one
] as const;
export type PoisonReason = (typeof poisons)[number];
export interface Poison {
  poison: PoisonReason;
  says: string;
}

export interface Numbered {
  seq: number;
  boot: string;
  /** By the device's clock. */
  at: number;
  /** Null where only its number could be understood: it counts as here, for nothing better will come of it. */
  body: ReportBody | null;
}

export interface Told {
  kind: 'reports';
  epoch: string;
  after: number;
  /** In order. */
  reports: readonly Numbered[];
  /** Sent when it was made; what comes in batches is history. */
  isLive: boolean;
}
export type Opened = { kind: 'state'; state: State } | Told;

export function open(
  verifier: Verifier,
  { device, kind, bytes }: { device: string; kind: UpKind; bytes: Uint8Array },
): Opened | Poison {
  if (bytes.length > messageLimitBytes) return { poison: 'too-large', says: `${bytes.length} bytes` };
  let value: unknown;
  try {
    value = openFrame(verifier, domains[kind], bytes, batchLimitBytes).value;
  } catch (error) {
    if (error instanceof SignatureError) return { poison: 'signature', says: error.message };
    if (error instanceof CanonicalError) return { poison: 'malformed', says: error.message };
    throw error;
  }
  const read = readers[kind](value);
  if ('poison' in read) return read;
  return read.dev === device ? read.opened : { poison: 'not-own', says: `it says that it is ${read.dev}` };
}

const both = { plain: reportDomains.plain, deflated: reportDomains.deflated };
const domains = { state: { plain: reportDomains.plain }, report: both, batch: both } as const;

type Read = { dev: string; opened: Opened } | Poison;

const readers: Record<UpKind, (value: unknown) => Read> = {
  state(value) {
    const state = State.safeParse(value);
    return state.success
      ? { dev: state.data.dev, opened: { kind: 'state', state: state.data } }
      : notUnderstood(value, state.error);
  },
  report(value) {
    const whole = Report.safeParse(value);
    const report = whole.success ? whole : LooseReport.safeParse(value);
    if (!report.success) return notUnderstood(value, report.error);
    const { dev, epoch, seq, after, boot, at } = report.data;
    const body = whole.success ? whole.data.body : null;
    return told(dev, epoch, after, [{ seq, boot, at, body }], true);
  },
  batch(value) {
    const whole = Batch.safeParse(value);
    if (whole.success) {
      const { dev, epoch, after, reports } = whole.data;
      return told(dev, epoch, after, reports, false);
    }
    const loose = LooseBatch.safeParse(value);
    if (!loose.success) return notUnderstood(value, loose.error);
    const { dev, epoch, after, reports } = loose.data;
    return told(
      ...([dev, epoch, after] as const),
      reports.map((one) => {
        const known = Batch.shape.reports.element.safeParse(one);
        return { ...one, body: known.success ? known.data.body : null };
      }),
      false,
    );
  },
};

function told(
  dev: string,
  epoch: string,
  after: number | undefined,
  reports: readonly Numbered[],
  isLive: boolean,
): Read {
  const [first] = reports;
  const inOrder = reports.every(({ seq }, at) => at === 0 || seq > (reports[at - 1]?.seq ?? seq));
  if (!first || !inOrder) return { poison: 'schema', says: 'the numbers of its reports do not rise' };
  if (after !== undefined && after >= first.seq)
    return { poison: 'schema', says: 'it says that it comes after itself' };
  return { dev, opened: { kind: 'reports', epoch, after: after ?? first.seq - 1, reports, isLive } };
}

/**
 * What a newer agent may say and this controller has no word for: it must not stop all that comes after it, so what can
 * be read is its number.
 */
const LooseItem = z.strictObject({ ...Batch.shape.reports.element.shape, body: z.unknown() });
const head = { v: z.literal(1), dev: Report.shape.dev, epoch: Epoch, after: Report.shape.after };
const LooseReport = LooseItem.extend(head);
const LooseBatch = z.strictObject({ ...head, reports: z.array(LooseItem).min(1).max(500) });

function notUnderstood(value: unknown, error: z.ZodError): Poison {
  const version = z.looseObject({ v: z.unknown() }).safeParse(value).data?.v;
  if (typeof version === 'number' && version !== 1)
    return { poison: 'unknown-version', says: `version ${version}` };
  const [issue] = error.issues;
  return { poison: 'schema', says: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.slice(0, 200) };
}
