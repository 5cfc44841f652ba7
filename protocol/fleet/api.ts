/** What the controller's dashboard, its command line and other programs ask of it, and what they get: `/api/*`, JSON. */
import { z } from 'zod';
import { DeviceName } from '../enrolment.ts';
import { ReleasePath } from '../update/release.ts';
import { UpdateOutcome, UpdatePhase, UpdateReason } from '../update/status.ts';
import { CommandOrder, CommandResult, DeclaredConfig } from './command.ts';
import { Health } from './health.ts';

/** Milliseconds since 1970 by the controller's clock. */
const Time = z.int().nonnegative();
const Labels = z.record(z.string(), z.string());

export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

/** By when the controller last heard of it, never by what the device's clock says. */
export const Presence = z.enum([
  'online',
  'degraded', // connected, and no heartbeat for 2.5 of its intervals
  'flapping', // came and went more than four times in ten minutes
  'offline',
  'never', // enrolled, and not heard of since
  'revoked',
]);
export type Presence = z.infer<typeof Presence>;

export const AlertSeverity = z.enum(['notice', 'warning', 'critical']);

/** A row of the list. */
export const DeviceSummary = z.strictObject({
  name: DeviceName,
  labels: Labels,
  presence: Presence,
  /** When it was last heard of; null for never. */
  seenAt: Time.nullable(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  postureHolds: z.boolean().nullable(),
  /** The worst that is raised, and how many. */
  worst: AlertSeverity.nullable(),
  alerts: z.int(),
  cpuPermille: z.int().nullable(),
  memoryAvailableMiB: z.int().nullable(),
  hottestMilliC: z.int().nullable(),
});
export type DeviceSummary = z.infer<typeof DeviceSummary>;

/** `GET /api/devices?search=&presence=&label=key%3Dvalue&sort=name|presence|seenAt&after=CURSOR&limit=` */
export const DeviceList = z.strictObject({
  devices: z.array(DeviceSummary),
  /** All that match. */
  total: z.int(),
  /** For the next page; null at the end. */
  after: z.string().nullable(),
});
export type DeviceList = z.infer<typeof DeviceList>;

export const CommandState = z.enum([
  'queued',
  'sent',
  'accepted',
  'succeeded',
  'failed',
  'refused',
  'expired',
  'cancelled',
]);
export const CommandRow = z.strictObject({
  id: z.uuid(),
  device: DeviceName,
  order: CommandOrder,
  state: CommandState,
  result: CommandResult.nullable(),
  by: z.string(),
  createdAt: Time,
  changedAt: Time,
  notAfter: Time,
});
export type CommandRow = z.infer<typeof CommandRow>;

export const Alert = z.strictObject({
  id: z.int(),
  /** A code of `warnings.ts`, or of those that only a controller sees: `offline`, `site-offline`, `flapping`, `cloned`, `clock-skew`. */
  code: z.string(),
  severity: AlertSeverity,
  /** A device's name, or a group's such as `branch=leeds`. */
  subject: z.string(),
  /** Devices that it stands for, where it groups some. */
  devices: z.array(DeviceName).max(1_000),
  detail: z.string().nullable(),
  raisedAt: Time,
  clearedAt: Time.nullable(),
  acknowledged: z.strictObject({ by: z.string(), at: Time }).nullable(),
});
export type Alert = z.infer<typeof Alert>;
/** `GET /api/alerts?open=true&device=&limit=` */
export const AlertList = z.strictObject({ alerts: z.array(Alert), total: z.int() });

export const TimelineEntry = z.strictObject({
  at: Time,
  kind: z.enum(['event', 'warning', 'command', 'presence', 'audit-head', 'operator']),
  what: z.string(),
  detail: z.string().nullable(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** `GET /api/devices/NAME` */
export const DeviceDetail = DeviceSummary.extend({
  enrolledAt: Time,
  identity: z.string(),
  certificate: z.strictObject({ serial: z.string(), expiresAt: Time }).nullable(),
  revoked: z.strictObject({ at: Time, because: z.string().nullable() }).nullable(),
  health: Health.nullable(),
  healthAt: Time.nullable(),
  config: z.strictObject({
    desired: DeclaredConfig,
    desiredVersion: z.int(),
    reported: z.record(z.string(), z.union([z.string(), z.int(), z.boolean()])),
    reportedVersion: z.int(),
  }),
  installed: z
    .strictObject({
      ...{ agent: z.string(), model: z.string().nullable(), system: z.string() },
      /** What was committed by an update, one of each name. */
      releases: z.array(ReleasePath).optional(),
    })
    .nullable(),
  /** What it said last about an update of a rollout; null or left out when it never did. */
  update: z
    .strictObject({
      rollout: z.uuid(),
      release: ReleasePath,
      phase: UpdatePhase.nullable(),
      permille: z.int().nullable(),
      outcome: UpdateOutcome.nullable(),
      reason: UpdateReason.nullable(),
      at: Time.nullable(),
    })
    .nullable()
    .optional(),
  open: z.array(Alert),
  commands: z.array(CommandRow).max(50),
  timeline: z.array(TimelineEntry).max(200),
});
export type DeviceDetail = z.infer<typeof DeviceDetail>;

/** `GET /api/devices/NAME/samples?from=&to=`: columns for a chart, thinned to at most 1,000 points. */
export const Samples = z.strictObject({
  /** Receipt, in seconds since 1970, as uPlot wants them. */
  at: z.array(z.int()),
  cpuPermille: z.array(z.int().nullable()),
  memoryAvailableMiB: z.array(z.int().nullable()),
  diskFreeMiB: z.array(z.int().nullable()),
  hottestMilliC: z.array(z.int().nullable()),
  gpuLoadPermille: z.array(z.int().nullable()),
  powerMilliW: z.array(z.int().nullable()),
  milliTokensPerS: z.array(z.int().nullable()),
  queued: z.array(z.int().nullable()),
  firstTokenP95Ms: z.array(z.int().nullable()),
});
export type Samples = z.infer<typeof Samples>;

/** `GET /api/overview?by=LABEL` (`branch` when left out) */
export const Overview = z.strictObject({
  counts: z.record(Presence, z.int()),
  total: z.int(),
  openAlerts: z.record(AlertSeverity, z.int()),
  agents: z.array(z.strictObject({ version: z.string(), devices: z.int() })),
  /** Keys that any device has, to group by. */
  labelKeys: z.array(z.string()),
  groups: z.array(
    z.strictObject({
      value: z.string(),
      total: z.int(),
      online: z.int(),
      worst: AlertSeverity.nullable(),
    }),
  ),
});
export type Overview = z.infer<typeof Overview>;

/** `POST /api/devices/NAME/commands`; `POST /api/commands` with `labels` or `names` for several at once. */
export const CommandAsk = z.strictObject({
  order: CommandOrder,
  ttlS: z.int().min(10).max(604_800).default(900),
});
export const CommandsAsk = CommandAsk.extend({
  names: z.array(DeviceName).max(10_000).optional(),
  labels: Labels.optional(),
});

/** `POST /api/claims`; `GET /api/claims`; `DELETE /api/claims/ID` */
export const ClaimAsk = z.strictObject({
  name: DeviceName.optional(),
  labels: Labels.default({}),
  ttlS: z.int().min(60).max(31_536_000).default(86_400),
});
export const ClaimMade = z.strictObject({
  id: z.int(),
  /** Said this once. */
  claim: z.string(),
  /** What a stick or a QR code carries. */
  line: z.string(),
  file: z.string(),
  expiresAt: Time,
});
export const ClaimRow = z.strictObject({
  id: z.int(),
  name: z.string().nullable(),
  labels: Labels,
  createdBy: z.string(),
  createdAt: Time,
  expiresAt: Time,
  state: z.enum(['open', 'used', 'expired', 'revoked']),
  device: DeviceName.nullable(),
});

/** `POST /api/setup` with the one-time code that `serve` prints; `POST /api/login`, `POST /api/logout`, `GET /api/me` */
export const Setup = z.strictObject({
  code: z.string().max(64),
  name: z.string().min(1).max(64),
  password: z.string().min(10).max(200),
});
export const Login = z.strictObject({ name: z.string().max(64), password: z.string().max(200) });
export const Me = z.strictObject({
  /** Null: nobody is signed in. */
  operator: z.strictObject({ name: z.string(), role: Role }).nullable(),
  /** Nobody has set this controller up yet. */
  needsSetup: z.boolean(),
  controller: z.strictObject({ name: z.string(), url: z.string(), version: z.string() }),
});
export type Me = z.infer<typeof Me>;

/** `GET|POST /api/operators`, `PATCH|DELETE /api/operators/NAME` (admins) */
export const OperatorRow = z.strictObject({
  name: z.string(),
  role: Role,
  createdAt: Time,
  lastSeenAt: Time.nullable(),
});
export const OperatorAsk = z.strictObject({
  name: z.string().min(1).max(64),
  role: Role,
  password: z.string().min(10).max(200),
});

/** `GET /api/audit?limit=&before=SEQ` */
export const AuditRow = z.strictObject({
  seq: z.int(),
  at: Time,
  who: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
});

/** `GET /api/live`, server-sent events; `event: change`, at most one a second. The page asks anew for what it shows. */
export const Change = z.strictObject({
  /** Devices of which something is new; null for "many". */
  devices: z.array(DeviceName).nullable(),
  alerts: z.boolean(),
  /** Also of rollouts, whose commands they are. */
  commands: z.boolean(),
});
export type Change = z.infer<typeof Change>;

/** Every refusal: `{ error: { code, message } }`. */
export const Refused = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) });
