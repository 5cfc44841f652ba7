/** What a device is told to install, by its controller's signed command or by a person at the device. */
import { z } from 'zod';
import { ReleasePath } from './release.ts';

/** When a device may do what costs its office something. Cron expressions in the device's own time; each opens for its minutes. */
export const Windows = z
  .array(z.strictObject({ cron: z.string().min(1).max(64), minutes: z.int().min(1).max(1_440) }))
  .max(8);
export type Windows = z.infer<typeof Windows>;

/** Seconds that a phase may take before it has failed. */
export const PhaseLimits = z
  .strictObject({
    fetchS: z
      .int()
      .min(60)
      .max(30 * 86_400),
    readyS: z
      .int()
      .min(60)
      .max(30 * 86_400),
    trialS: z.int().min(10).max(86_400),
  })
  .partial();
export type PhaseLimits = z.infer<typeof PhaseLimits>;

export const InstallOrder = z.strictObject({
  /** Null: a person at the device. */
  rollout: z.uuid().nullable(),
  release: ReleasePath,
  /** Don't wait for a window. */
  now: z.boolean(),
  /** Start it again although it failed here before. */
  again: z.boolean(),
  limits: PhaseLimits,
});
export type InstallOrder = z.infer<typeof InstallOrder>;

/** A fleet's settings for updates: part of what a controller may declare. */
export const UpdateSettings = z
  .strictObject({
    /** When releases may be activated; none: at any time. */
    activate: Windows,
    /** When bytes may be fetched; none: at any time. */
    fetch: Windows,
    /** KiB per second at most; 0: as fast as it goes. In `slow` windows the second. */
    rateKiBps: z.int().nonnegative(),
    slow: Windows,
    slowKiBps: z.int().nonnegative(),
    /** Where bytes may come from besides the controller: others' servers, and devices of the same office. `https://…` */
    mirrors: z.array(z.url({ protocol: /^https$/ }).max(200)).max(8),
    /** Serve what this device has to others of its office. */
    serve: z.boolean(),
    /** Free space that no update may touch. */
    reserveMiB: z.int().min(64).max(1_000_000),
  })
  .partial();
export type UpdateSettings = z.infer<typeof UpdateSettings>;
