/** All that warnings are judged by: one look at the device and at what runs on it. */
import type { PostureCode } from '@rockpool/protocol/posture';
import type { Readings } from '../machine/machine.ts';

export interface ModelSeen {
  name: string | null;
  loaded: boolean;
  /** Turns under way, and turns that wait. */
  active: number;
  queued: number;
  /** How often its process had to be started again since the agent started. */
  restarts: number;
}

export interface PostureSeen {
  holds: boolean;
  missing: readonly PostureCode[];
}

/** Of a device that belongs to a fleet. */
export interface LinkSeen {
  /** Whether a controller takes reports; null while that is not known. */
  controllerThere: boolean | null;
  /** Reports that wait. */
  spooled: number;
  /** Reports that were dropped for want of room, since the agent started; null when nobody counts. */
  dropped: number | null;
  /** When the certificate ends, in milliseconds since 1970. */
  certificateEndsMs: number | null;
}

export interface SelfTestSeen {
  /** Names of probes that found something bad. */
  failed: readonly string[];
}

export interface Seen {
  /** By the wall clock, which may be wrong. */
  nowMs: number;
  readings: Readings;
  /** Null while there is none to ask. */
  model: ModelSeen | null;
  /** Null on a desk, and before the first look. */
  posture: PostureSeen | null;
  /** Null on a device without a controller. */
  link: LinkSeen | null;
  /** Null before the first. */
  selfTest: SelfTestSeen | null;
  /** The power mode that was declared for this device; null: none was. */
  powerMode: string | null;
}
