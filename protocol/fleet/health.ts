/** How a device is: what it measured of itself. Whole numbers in the unit that the name ends in; what can't be read is null, never 0. */
import { z } from 'zod';
import { PostureCode } from '../posture.ts';
import { WarningCode, WarningSeverity } from './warnings.ts';

const Count = z.int().nonnegative();
const Measured = z.int().nullable();
const Name = z.string().max(64);

export const Temperature = z.strictObject({
  /** The zone's own type, such as `gpu-thermal`; numbers of zones change with every boot. */
  zone: Name,
  milliC: Measured,
  /** Where the board begins to throttle or to switch off. */
  limitMilliC: Measured,
});

export const Jetson = z.strictObject({
  /** As the device tree says, such as `NVIDIA Jetson Orin Nano Developer Kit`. */
  board: Name,
  /** Release of Jetson Linux, such as `39.2.0`. */
  l4t: Name.nullable(),
  gpuLoadPermille: Measured,
  gpuMemoryMiB: Measured,
  rails: z.array(z.strictObject({ rail: Name, milliW: Measured })).max(16),
  /** Times that the board drew more than it may, since the boot. On a fast power mode some are usual. */
  overCurrents: Measured,
  /** Times that its supply fell too low, since the boot. None is usual. */
  underVoltages: Measured,
  fanPermille: Measured,
  fanRpm: Measured,
  nvpmodel: Name.nullable(),
  throttled: z.boolean().nullable(),
});
export type Jetson = z.infer<typeof Jetson>;

export const Health = z.strictObject({
  uptimeS: Count,
  cpu: z.strictObject({ cores: Count, loadPermille: Measured }),
  memory: z.strictObject({ totalMiB: Count, availableMiB: Measured, swapUsedMiB: Measured }),
  /** Of the data folder's disk; wear in percent of what the drive was made for. */
  disk: z.strictObject({
    totalMiB: Measured,
    freeMiB: Measured,
    wearPercent: Measured,
    readOnly: z.boolean().nullable(),
  }),
  temperatures: z.array(Temperature).max(16),
  network: z.strictObject({ receivedKiBps: Measured, sentKiBps: Measured }),
  /** Null on a machine that is none. */
  jetson: Jetson.nullable(),
  model: z.strictObject({
    name: z.string().max(128).nullable(),
    loaded: z.boolean(),
    /** Turns under way, and turns that wait. */
    active: Count,
    queued: Count,
    milliTokensPerS: Measured,
    firstTokenP50Ms: Measured,
    firstTokenP95Ms: Measured,
  }),
  posture: z.strictObject({
    holds: z.boolean(),
    missing: z.array(PostureCode).max(16),
    /** Until the device's certificate for the fleet ends. */
    certificateDays: Measured,
    clockSynchronised: z.boolean().nullable(),
  }),
  update: z.strictObject({ phase: Name }),
  auditHead: z.strictObject({ seq: Count, hash: z.string().regex(/^[0-9a-f]{64}$/) }).nullable(),
  warnings: z
    .array(
      z.strictObject({
        code: WarningCode,
        severity: WarningSeverity,
        /** Milliseconds since 1970 by the device's clock, when it was raised. */
        since: Count,
        detail: z.string().max(120).optional(),
      }),
    )
    .max(32),
});
export type Health = z.infer<typeof Health>;
