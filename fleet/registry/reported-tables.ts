/** What devices say of themselves, as rows. Times are milliseconds since 1970 by this controller's clock, unless they say otherwise. */
import type { Generated } from 'kysely';
import type { Numbered } from '../store/numbered.ts';

export interface ReportedTables {
  device_states: DeviceStateRow;
  device_epochs: DeviceEpochRow;
  samples: SampleRow;
  timeline: Numbered<TimelineRow>;
  audit_heads: AuditHeadRow;
  feed: Omit<FeedRow, 'seq'> & { seq: Generated<number> };
}

/** The last that is known of a device; no row before its first word. */
export interface DeviceStateRow {
  device_id: number;
  /** As last judged, at a word of the device's or by the sweep: what lists filter by. */
  presence: 'online' | 'degraded' | 'flapping' | 'offline';
  presence_at: number;
  /** When anything of it last came in. */
  seen_at: number;
  /** Whether its newest connection stands as far as it and its will have said; 1 or 0. */
  connected: number;
  connected_at: number;
  /** Of its newest birth, and how many of the device's epochs came before it. */
  epoch: string;
  epoch_ord: number;
  connection: number;
  /** JSON array, newest last: its last births as `[receipt, boot]`. */
  births: string;
  boot: string;
  /** The newest command that it obeyed or refused. */
  command_counter: number;
  spool_oldest: number;
  spool_newest: number;
  spool_dropped: number;
  agent: string | null;
  model: string | null;
  system: string | null;
  /** JSON array: the paths of releases that updates have committed on it. */
  releases: string;
  config_version: number;
  /** JSON object: the settings in force on it. */
  config: string;
  heartbeat_s: number;
  /** Which report says what is installed and in force: epochs are counted in the order in which they came. */
  reported_ord: number;
  reported_seq: number;
  /** JSON of `Health`, and when it came. */
  health: string | null;
  health_at: number | null;
  health_ord: number;
  health_seq: number;
  cpu_permille: number | null;
  memory_available_mib: number | null;
  hottest_milli_c: number | null;
  /** 1 or 0. */
  posture_holds: number | null;
  /** JSON array of `Health['warnings']`: what is raised on it now. */
  warnings: string;
  /** The device's clock less ours, at the last live report. */
  skew_ms: number | null;
  /** The newest head of its audit log, and which report said so. */
  head_ord: number;
  head_seq: number;
  audit_seq: number | null;
  audit_hash: string | null;
  /** Its audit log went back or has a second version; JSON `{ seq, was, is }`, and it stays until an operator looks. */
  audit_fork: string | null;
  audit_fork_at: number | null;
  /** Two are using its identity or its certificate. */
  cloned_at: number | null;
}

/** One life of a device's spool: which of its reports are here. */
export interface DeviceEpochRow {
  device_id: number;
  epoch: string;
  /** 1 for the first of this device, and so on. */
  ord: number;
  /** All up to this one is here, or will never come. */
  upto: number;
  /** JSON array of `[after, last]`: what is here beyond a gap. */
  ahead: string;
}

/** At most one in five minutes. */
export interface SampleRow {
  device_id: number;
  /** Seconds since 1970, a multiple of 300. */
  at: number;
  cpu_permille: number | null;
  memory_available_mib: number | null;
  disk_free_mib: number | null;
  hottest_milli_c: number | null;
  gpu_load_permille: number | null;
  power_milli_w: number | null;
  milli_tokens_per_s: number | null;
  queued: number | null;
  first_token_p95_ms: number | null;
}

export interface TimelineRow {
  id: number;
  device_id: number;
  at: number;
  /** By the device's clock; null for what the controller saw. */
  device_at: number | null;
  kind: 'event' | 'warning' | 'presence' | 'audit-head';
  what: string;
  detail: string | null;
}

export interface AuditHeadRow {
  device_id: number;
  seq: number;
  hash: string;
  at: number;
}

/** What changed, for whoever shows it: written in the transaction of the change. */
export interface FeedRow {
  seq: number;
  /** Null where it is none's. */
  device_id: number | null;
  kind: 'device' | 'alert' | 'command' | 'rollout';
  at: number;
}
