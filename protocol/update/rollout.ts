/** A release for the fleet, in waves: what operators ask of a controller, and what it answers. `/api/rollouts`, JSON. */
import { z } from 'zod';
import { DeviceName } from '../enrolment.ts';
import { PhaseLimits } from './order.ts';
import { ReleaseKind, ReleasePath, ReleaseVersion } from './release.ts';
import { UpdateOutcome, UpdatePhase, UpdateReason } from './status.ts';

const Time = z.int().nonnegative();
const Labels = z.record(z.string(), z.string());
const Permille = z.int().min(0).max(1_000);

/** The devices that are told together. The last wave takes all that are left, whatever it says. */
export const Wave = z
  .strictObject({
    /** Of all that are targets, counted with the waves before; one of both. */
    devices: z.int().positive().optional(),
    permille: z.int().min(1).max(1_000).optional(),
    /** Somebody has to say that it may begin. */
    approval: z.boolean().default(false),
    /** At least so long after the wave before was well. */
    pauseS: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(0),
  })
  .refine(({ devices, permille }) => (devices === undefined) !== (permille === undefined), {
    error: 'a wave is a number of devices, or a share of them',
  });
export type Wave = z.infer<typeof Wave>;

export const RolloutPlan = z.strictObject({
  release: ReleasePath,
  /** Devices with all of these; none: every device. */
  labels: Labels.default({}),
  waves: z.array(Wave).min(1).max(20),
  /** Devices that are told in a minute; 0: all of a wave at once. */
  perMinute: z.int().min(0).max(10_000).default(0),
  /** Of a wave's devices that said how it ended: the next begins above it, and not before so many said so. */
  success: z
    .strictObject({ permille: Permille, sample: z.int().min(1) })
    .default({ permille: 950, sample: 1 }),
  /** More failures than this, of so many that said how it ended, halt the rollout by itself. */
  abort: z
    .strictObject({ permille: Permille, sample: z.int().min(1), rollBack: z.boolean().default(false) })
    .default({ permille: 100, sample: 2, rollBack: false }),
  limits: PhaseLimits.default({}),
  /** A device that said nothing for so long after it was told has failed. */
  silentS: z
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(7 * 86_400),
  now: z.boolean().default(false),
  note: z.string().max(400).default(''),
});
export type RolloutPlan = z.infer<typeof RolloutPlan>;

export const rolloutStates = ['draft', 'running', 'paused', 'halted', 'done'] as const;
export const RolloutState = z.enum(rolloutStates);
export type RolloutState = z.infer<typeof RolloutState>;

export const deviceRolloutStates = [
  'waiting',
  'told',
  'running',
  'installed',
  'failed',
  'rolled-back',
  'left-out',
] as const;
export const DeviceRolloutState = z.enum(deviceRolloutStates);
export type DeviceRolloutState = z.infer<typeof DeviceRolloutState>;

/** `GET /api/rollouts` */
export const RolloutRow = z.strictObject({
  id: z.uuid(),
  release: ReleasePath,
  kind: ReleaseKind,
  state: RolloutState,
  /** Why it is paused or halted; null when it goes on. */
  because: z.string().nullable(),
  /** Of the wave that runs, from 0; and whether somebody has to say that it may begin. */
  wave: z.int(),
  waves: z.int(),
  waitsForApproval: z.boolean(),
  counts: z.record(DeviceRolloutState, z.int()),
  total: z.int(),
  by: z.string(),
  createdAt: Time,
  changedAt: Time,
});
export type RolloutRow = z.infer<typeof RolloutRow>;
export const RolloutList = z.strictObject({ rollouts: z.array(RolloutRow), total: z.int() });

/** `GET /api/rollouts/ID` */
export const RolloutDetail = RolloutRow.extend({
  plan: RolloutPlan,
  perWave: z.array(
    z.strictObject({
      devices: z.int(),
      counts: z.record(DeviceRolloutState, z.int()),
      beganAt: Time.nullable(),
      wellAt: Time.nullable(),
    }),
  ),
  /** Those with something to tell first: failed, running, told, then the rest. */
  devices: z
    .array(
      z.strictObject({
        device: DeviceName,
        wave: z.int(),
        state: DeviceRolloutState,
        phase: UpdatePhase.nullable(),
        permille: z.int().nullable(),
        outcome: UpdateOutcome.nullable(),
        reason: UpdateReason.nullable(),
        says: z.string().nullable(),
        at: Time.nullable(),
      }),
    )
    .max(500),
  failures: z.array(z.strictObject({ reason: UpdateReason, devices: z.int() })),
});
export type RolloutDetail = z.infer<typeof RolloutDetail>;

/** `POST /api/rollouts` with a plan; `?dry=true` makes none, and answers what would happen. */
export const RolloutForecast = z.strictObject({
  devices: z.int(),
  /** By wave, in the order in which they would be told; the first 20 names of each. */
  waves: z.array(z.strictObject({ devices: z.int(), first: z.array(DeviceName).max(20) })),
  /** To be fetched by all of them together, at most. */
  bytes: z.int(),
  leftOut: z.array(
    z.strictObject({ why: z.enum(['has-it', 'not-for-it', 'other-rollout', 'revoked']), devices: z.int() }),
  ),
});
export type RolloutForecast = z.infer<typeof RolloutForecast>;

/** `POST /api/rollouts/ID/start|pause|resume|halt|approve`; halt may take back what was installed. */
export const RolloutHalt = z.strictObject({
  rollBack: z.boolean().default(false),
  because: z.string().max(400).default(''),
});

/** `GET /api/releases`: what this controller's repository holds. */
export const ReleaseRow = z.strictObject({
  path: ReleasePath,
  kind: ReleaseKind,
  name: z.string(),
  version: ReleaseVersion,
  counter: z.int(),
  bytes: z.int(),
  madeAt: Time,
  notes: z.string(),
  /** Withdrawn ones are no longer in the signed metadata. */
  withdrawn: z.boolean(),
});
export const ReleaseList = z.strictObject({
  releases: z.array(ReleaseRow),
  /** By role: when its signature ends, and how many of how many it needs. */
  roles: z.array(
    z.strictObject({
      role: z.string(),
      version: z.int(),
      expiresAt: Time,
      signatures: z.int(),
      threshold: z.int(),
    }),
  ),
});
export type ReleaseList = z.infer<typeof ReleaseList>;
