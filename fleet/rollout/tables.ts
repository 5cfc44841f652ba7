/** Rollouts and their devices, as rows. Times are milliseconds since 1970, by the controller's clock. */
import type { ReleaseKind } from '@rockpool/protocol/update/release';
import type { DeviceRolloutState, RolloutState } from '@rockpool/protocol/update/rollout';
import type { UpdateOutcome, UpdatePhase, UpdateReason } from '@rockpool/protocol/update/status';

export interface RolloutTables {
  rollouts: RolloutRow;
  rollout_waves: RolloutWaveRow;
  rollout_devices: RolloutDeviceRow;
}

export interface RolloutRow {
  /** UUID: devices are told it. */
  id: string;
  /** `models/qwen3-8b/2` */
  release: string;
  kind: ReleaseKind;
  name: string;
  /** JSON of the release's manifest as it was when the rollout was made. */
  manifest: string;
  /** To be fetched by each device, at most. */
  bytes: number;
  /** JSON of `RolloutPlan`. */
  plan: string;
  /** Devices are ordered by it; none of them ever learns it. */
  seed: string;
  state: RolloutState;
  because: string | null;
  /** Of the newest that has begun, from 0. */
  wave: number;
  /** Somebody has to say that the next wave may begin; 1 or 0. */
  waits: 0 | 1;
  /** What was installed is taken back; 1 or 0. */
  rolls_back: 0 | 1;
  /** It halted by itself, and nobody has looked yet; 1 or 0. */
  unseen: 0 | 1;
  created_by: string;
  created_at: number;
  changed_at: number;
}

export interface RolloutWaveRow {
  rollout_id: string;
  wave: number;
  /** The highest rank that was planned into it: who joins late has a place by its own. */
  last_rank: string;
  began_at: number | null;
  /** Since when so many of it are well that the next may begin. */
  well_at: number | null;
  approved_by: string | null;
  approved_at: number | null;
}

export interface RolloutDeviceRow {
  rollout_id: string;
  device_id: number;
  /** From 0; -1 for one that was left out before it had any. */
  wave: number;
  rank: string;
  state: DeviceRolloutState;
  /** Why it is left out. */
  why: LeftOutWhy | null;
  /** The newest `install` that it was told; its transaction has the same name. */
  command_id: string | null;
  /** The `roll-back` that it was told when it had it already; empty for one that has a newer release by then, and keeps it. */
  back_id: string | null;
  told_at: number | null;
  /** How often it was told. */
  tells: number;
  /** When its state last changed here, or it last said something. */
  at: number;
  /** Which report said what stands here: epochs are counted in the order in which they came. */
  ord: number;
  seq: number;
  txn: string | null;
  phase: UpdatePhase | null;
  permille: number | null;
  outcome: UpdateOutcome | null;
  reason: UpdateReason | null;
  says: string | null;
}

export type LeftOutWhy = 'has-it' | 'not-for-it' | 'other-rollout' | 'revoked';
