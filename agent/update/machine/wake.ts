/** Where an update wakes when the power was lost in a phase, or its process ended. Beside the table of `transitions.ts`. */
import type { UpdatePhase } from '@rockpool/protocol/update/status';

export const wakes: Record<UpdatePhase, UpdatePhase> = {
  idle: 'idle',
  accepted: 'accepted',
  resolved: 'accepted', // the repository may say something newer by now
  prechecked: 'accepted', // so may the disk
  fetching: 'fetching', // what is there needn't be fetched again
  verified: 'verified', // read from the disk once more: the machine was off in between
  staged: 'verified', // put there once more: it was looked at before, and not since
  ready: 'ready',
  activating: 'activating', // the world says whether the switch was thrown
  trial: 'trial', // one attempt less
  committing: 'committing', // idempotent: commit again
  'rolling-back': 'rolling-back', // idempotent as well
  'failed-safe': 'failed-safe',
};

/** Waking here is written down, and counts: who wakes in it again and again would do so forever. The others have a deadline or attempts. */
export const countsWaking: ReadonlySet<UpdatePhase> = new Set(['accepted', 'verified']);
