/** Whatever was thrown, as one of the reasons that are told; and whether that is a "no" or a failure. */
import type { UpdateOutcome, UpdatePhase, UpdateReason } from '@rockpool/protocol/update/status';
import { UpdateError } from '../parts.ts';

export function asUpdateError(error: unknown): UpdateError {
  if (error instanceof UpdateError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const says = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new UpdateError('no-space', says, { cause: error });
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code))
    return new UpdateError('disk', says, { cause: error });
  return new UpdateError('crashed', says, { cause: error });
}

/** It may be well in a while: the network, the clock. */
export const mayPass: ReadonlySet<UpdateReason> = new Set(['mirrors', 'clock']);

const refusing: ReadonlySet<UpdateReason> = new Set([
  'not-found',
  'not-for-us',
  'below-floor',
  'quarantined',
  'no-space',
  'no-memory',
  'no-slot',
  'not-now',
  'expired',
]);
const deciding: ReadonlySet<UpdatePhase> = new Set(['accepted', 'resolved', 'ready']);

/** How an update ended that never was activated: this device said no, or something failed. */
export const outcomeBefore = (phase: UpdatePhase, reason: UpdateReason): UpdateOutcome =>
  deciding.has(phase) && refusing.has(reason) ? 'refused' : 'failed';

/** As long as a status may say. */
export const oneSentence = (says: string): string => (says.length > 400 ? `${says.slice(0, 399)}…` : says);
