/** What may become of a command: one table, and what ends by itself. */
import type { CommandState as OfApi } from '@rockpool/protocol/fleet/api';
import type { z } from 'zod';

export type CommandState = z.infer<typeof OfApi>;
/** `silent`: it was accepted, and nothing more was heard. */
export type CommandEvent =
  | 'sent'
  | 'accepted'
  | 'succeeded'
  | 'failed'
  | 'refused'
  | 'expired'
  | 'cancelled'
  | 'silent';

/** A device may be quicker than our own note that we sent it something; so what it says counts in every open state. */
const said = {
  accepted: 'accepted',
  succeeded: 'succeeded',
  failed: 'failed',
  refused: 'refused',
} as const;

const table = {
  queued: { ...said, sent: 'sent', expired: 'expired', cancelled: 'cancelled' },
  sent: { ...said, sent: 'sent', expired: 'expired', cancelled: 'cancelled' },
  accepted: { succeeded: 'succeeded', failed: 'failed', refused: 'refused', silent: 'failed' },
  // Concluded by us, not by the device: its word, when it comes after all, is what happened.
  expired: said,
  cancelled: said,
  failed: { succeeded: 'succeeded', failed: 'failed', refused: 'refused' },
  succeeded: {},
  refused: {},
} as const satisfies Record<CommandState, Partial<Record<CommandEvent, CommandState>>>;

/**
 * @param isFinal the device said how it ended: then nothing changes it any more
 * @returns undefined when that can't be
 */
export function next(state: CommandState, event: CommandEvent, isFinal: boolean): CommandState | undefined {
  if (isFinal) return undefined;
  return (table[state] as Partial<Record<CommandEvent, CommandState>>)[event];
}

/** Still on its way: the sweep looks at these. */
export const open = ['queued', 'sent', 'accepted'] as const satisfies CommandState[];
