/** What moves an update from one phase to another. All that isn't here can't happen; where it wakes after a power cut is in `wake.ts`. */
import type { UpdatePhase } from '@rockpool/protocol/update/status';

export const events = [
  'ordered',
  'resolved',
  'had', // it is installed already
  'prechecked',
  'began',
  'fetched',
  'staged',
  'readied',
  'opened', // its hour came
  'activated',
  'proven',
  'committed',
  'failed',
  'cancelled',
  'rolled-back',
  'looked-at', // a person says that it may be tried again
] as const;
export type Event = (typeof events)[number];

const table = {
  idle: { ordered: 'accepted' },
  accepted: { resolved: 'resolved', failed: 'idle', cancelled: 'idle' },
  resolved: { prechecked: 'prechecked', had: 'idle', failed: 'idle', cancelled: 'idle' },
  prechecked: { began: 'fetching', failed: 'idle', cancelled: 'idle' },
  fetching: { fetched: 'verified', failed: 'idle', cancelled: 'idle' },
  verified: { staged: 'staged', failed: 'idle', cancelled: 'idle' },
  staged: { readied: 'ready', failed: 'idle', cancelled: 'idle' },
  ready: { opened: 'activating', failed: 'idle', cancelled: 'idle' },
  // From here on the device may run something else than it has committed to: nobody cancels, and failing means going back.
  activating: { activated: 'trial', failed: 'rolling-back' },
  trial: { proven: 'committing', failed: 'rolling-back' },
  committing: { committed: 'idle', failed: 'rolling-back' },
  'rolling-back': { 'rolled-back': 'idle', failed: 'failed-safe' },
  'failed-safe': { 'looked-at': 'rolling-back' },
} as const satisfies Record<UpdatePhase, Partial<Record<Event, UpdatePhase>>>;

/** Undefined: it can't happen in this phase. */
export const follow = (phase: UpdatePhase, event: Event): UpdatePhase | undefined =>
  (table[phase] as Partial<Record<Event, UpdatePhase>>)[event];

/** Nothing but the store and the staging place was touched, so that a new order may end it. */
export const mayBeCancelled = (phase: UpdatePhase): boolean => follow(phase, 'cancelled') !== undefined;
