/** What a device tells its controller. All of it is signed by the device's identity (`signing/frame.ts`), so that a broker can't invent any. */
import { z } from 'zod';
import { DeviceName } from '../enrolment.ts';
import { ReleasePath } from '../update/release.ts';
import { UpdateStatus } from '../update/status.ts';
import { CommandResult } from './command.ts';
import { Health } from './health.ts';
import { WarningCode, WarningSeverity } from './warnings.ts';

export const reportDomains = {
  /** One report, or a device's word that it is there; as JSON. */
  plain: 'rockpool/report/v1',
  /** The same, deflated: what is signed is what is sent, and nothing is inflated for a stranger. */
  deflated: 'rockpool/report-deflated/v1',
} as const;

const Count = z.int().nonnegative();
/** Of the spool that numbers its reports, at random; another means that the spool was lost and numbers begin anew. */
export const Epoch = z.string().regex(/^[0-9a-f]{16}$/);
const Version = z.string().max(64);

/** `up/state`: on every connection first, and as its will. Not numbered: a newer connection makes an older one's word worthless. */
export const State = z.strictObject({
  v: z.literal(1),
  dev: DeviceName,
  epoch: Epoch,
  /** Counts up with every connection of this spool. */
  connection: Count,
  state: z.enum(['online', 'offline']),
  /** With `online` only. */
  birth: z
    .strictObject({
      boot: z.string().max(64),
      agent: Version,
      /** The newest command that was obeyed or refused. */
      counter: Count,
      configVersion: Count,
      /** What lies in the spool (empty: `oldest` is the next number, `newest` one less), and how many were dropped for want of room since the last birth. */
      spool: z.strictObject({ oldest: Count, newest: Count, dropped: Count }),
    })
    .optional(),
});
export type State = z.infer<typeof State>;

const Body = z.discriminatedUnion('kind', [
  /** Droppable: the newest says it all. */
  z.strictObject({ kind: z.literal('health'), health: Health }),
  z.strictObject({
    kind: z.literal('warning'),
    code: WarningCode,
    severity: WarningSeverity,
    raised: z.boolean(),
    detail: z.string().max(400).optional(),
  }),
  /** Something that happened, such as `agent-started` or `model-restarted`. */
  z.strictObject({
    kind: z.literal('event'),
    what: z.string().regex(/^[a-z0-9-]{1,64}$/),
    detail: z.string().max(400).optional(),
  }),
  z.strictObject({ kind: z.literal('result'), result: CommandResult }),
  z.strictObject({ kind: z.literal('update'), status: UpdateStatus }),
  z.strictObject({
    kind: z.literal('audit-head'),
    seq: Count,
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** What is in force: sent when it changed. */
  z.strictObject({
    kind: z.literal('reported'),
    configVersion: Count,
    /** What is more than a word, as JSON. */
    config: z.record(z.string().max(64), z.union([z.string().max(2_000), z.int(), z.boolean()])),
    installed: z.strictObject({
      agent: Version,
      model: z.string().max(128).nullable(),
      system: z.string().max(128),
      /** What was committed by an update, one of each name. */
      releases: z.array(ReleasePath).max(32).optional(),
    }),
  }),
]);
export type ReportBody = z.infer<typeof Body>;
export const droppable: ReadonlySet<ReportBody['kind']> = new Set(['health']);

/**
 * The number of the one before it in the spool, where that isn't one less because some were dropped. The first of an epoch
 * is 1. A controller acknowledges no further than a gap that nobody explained: what is missing may have been lost on its
 * way, or be with another controller. Gaps within a batch need no explanation, for it is a piece of the spool; nor does
 * what lies below the `oldest` of a birth.
 */
const after = z.int().min(-1).optional();

/** `up/report`. Ordered by epoch and seq, never by time: clocks are wrong. */
export const Report = z.strictObject({
  v: z.literal(1),
  dev: DeviceName,
  epoch: Epoch,
  seq: Count,
  after,
  boot: z.string().max(64),
  /** By the device's clock, for plots only. */
  at: Count,
  /** Milliseconds since the boot. */
  mono: Count,
  body: Body,
});
export type Report = z.infer<typeof Report>;

/** `up/batch`, deflated: a piece of the spool in order. */
export const Batch = z.strictObject({
  v: z.literal(1),
  dev: DeviceName,
  epoch: Epoch,
  /** Before the first of them. */
  after,
  reports: z
    .array(Report.omit({ v: true, dev: true, epoch: true, after: true }))
    .min(1)
    .max(500),
});
export type Batch = z.infer<typeof Batch>;
/** A batch says no more than this when inflated. */
export const batchLimitBytes = 512 * 1024;

/** `down/ack`, signed by a command key: all up to `upto` is in the controller's database, and may leave the spool. */
export const Ack = z.strictObject({
  v: z.literal(1),
  dev: DeviceName,
  epoch: Epoch,
  upto: Count,
  /** The controller's clock. */
  at: Count,
});
export type Ack = z.infer<typeof Ack>;
export const ackDomain = 'rockpool/ack/v1';
