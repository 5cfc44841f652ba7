/** Where an update is, how it ended, and why: what the updater writes down, and devices tell. */
import { z } from 'zod';
import { ReleaseKind, ReleasePath } from './release.ts';

export const updatePhases = [
  'idle',
  'accepted', // told to, and written down
  'resolved', // the repository's signed word for it is on disk
  'prechecked', // it may run here, it isn't too old, and it fits
  'fetching',
  'verified', // every byte was read back from the disk
  'staged', // it lies where it would run from
  'ready', // waits for its hour
  'activating', // the switch is being thrown
  'trial', // the new one runs, and has to prove itself
  'committing', // it did
  'rolling-back',
  'failed-safe', // it could be neither kept nor taken back: nothing more is updated until somebody looks
] as const;
export const UpdatePhase = z.enum(updatePhases);
export type UpdatePhase = z.infer<typeof UpdatePhase>;

export const updateOutcomes = [
  'installed',
  'rolled-back',
  'refused',
  'failed',
  'cancelled',
  'failed-safe',
] as const;
export const UpdateOutcome = z.enum(updateOutcomes);
export type UpdateOutcome = z.infer<typeof UpdateOutcome>;

/** Why an update did not end as installed. */
export const updateReasons = [
  'metadata', // the repository's word does not hold, is too old, or is damaged
  'clock', // this device doesn't know what day it is
  'not-found', // the repository doesn't have it
  'not-for-us', // another board, processor or system
  'below-floor', // older than what this device has committed to
  'quarantined', // it was tried here, and failed
  'no-space',
  'no-memory',
  'no-slot', // nothing proves that this device could go back
  'not-now', // outside its hours until the order ended
  'expired', // the order's time is over
  'mirrors', // nobody has its bytes
  'bad-bytes', // what was fetched, or what the disk gave back, is not what was signed
  'bad-content', // signed, and still not what a device can take
  'disk', // the disk refuses
  'slot-failed', // the switch could not be thrown
  'not-that-version', // what runs is not what was installed
  'golden-prompt', // the new model doesn't answer as it must
  'unhealthy',
  'crashed', // it ended by itself, or the device did
  'timeout',
  'superseded', // another order came
  'cancelled',
] as const;
export const UpdateReason = z.enum(updateReasons);
export type UpdateReason = z.infer<typeof UpdateReason>;

/** One word of the updater; what it says last about a transaction is how that ended. */
export const UpdateStatus = z.strictObject({
  /** Of this device: one attempt at one release. */
  txn: z.uuid(),
  /** The rollout that asked for it; null where a person did, at the device. */
  rollout: z.uuid().nullable(),
  release: ReleasePath,
  kind: ReleaseKind,
  from: z.string().max(140).nullable(),
  phase: UpdatePhase,
  /** Of the bytes to fetch. */
  permille: z.int().min(0).max(1_000).optional(),
  /** With the last word only. */
  outcome: UpdateOutcome.optional(),
  reason: UpdateReason.optional(),
  /** One sentence. */
  says: z.string().max(400).optional(),
  /** Milliseconds since 1970, by the device's clock. */
  at: z.int().nonnegative(),
});
export type UpdateStatus = z.infer<typeof UpdateStatus>;
