/** What a device's word makes of its place in a rollout. Pure. */
import type { DeviceRolloutState } from '@rockpool/protocol/update/rollout';
import type { UpdateOutcome, UpdateStatus } from '@rockpool/protocol/update/status';
import type { RolloutDeviceRow } from './tables.ts';

/** Which report said it: epochs in the order in which they came, numbers within them. */
export interface StatusSaid {
  ord: number;
  seq: number;
  status: UpdateStatus;
}

/** Which of its commands a transaction belongs to. */
export type Belongs = 'current' | 'earlier' | 'back';

export const isNewer = (said: { ord: number; seq: number }, than: { ord: number; seq: number }): boolean =>
  said.ord > than.ord || (said.ord === than.ord && said.seq > than.seq);

/** @returns the row as it is; the same one where the word changes nothing */
export function take(
  row: RolloutDeviceRow,
  { ord, seq, status }: StatusSaid,
  belongs: Belongs,
  at: number,
): RolloutDeviceRow {
  if (!isNewer({ ord, seq }, row)) return row;
  const { outcome, phase } = status;
  // What it said last about a transaction is how that ended; it doesn't begin again by itself.
  if (status.txn === row.txn && row.outcome !== null && outcome === undefined) return row;
  // It was told once more meanwhile: how the earlier attempt failed says nothing of this one.
  if (belongs === 'earlier' && outcome !== 'installed') return row;
  if (outcome === undefined && phase === 'idle') return row;
  return {
    ...row,
    state: belongs === 'back' ? afterGoingBack(row.state, outcome) : stateOf(status),
    ...{ ord, seq, txn: status.txn, phase, permille: status.permille ?? null, at },
    ...{ outcome: outcome ?? null, reason: status.reason ?? null, says: status.says ?? null },
  };
}

function stateOf({ outcome, phase }: UpdateStatus): DeviceRolloutState {
  if (outcome !== undefined) return byOutcome[outcome];
  return phase === 'failed-safe' ? 'failed' : 'running';
}

const byOutcome = {
  installed: 'installed',
  'rolled-back': 'rolled-back',
  refused: 'failed',
  failed: 'failed',
  'failed-safe': 'failed',
  // Somebody called it back: nothing is known of the release.
  cancelled: 'left-out',
} as const satisfies Record<UpdateOutcome, DeviceRolloutState>;

/**
 * Going back is installing what was there before: `installed` says that it is there again. A way back that failed, or was
 * itself taken back, leaves the device with what it has.
 */
const afterGoingBack = (state: DeviceRolloutState, outcome: UpdateOutcome | undefined): DeviceRolloutState =>
  outcome === 'installed' ? 'rolled-back' : state;
