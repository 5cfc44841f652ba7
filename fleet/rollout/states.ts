/** What may become of a rollout, and of a device in it: one table each. */
import type { DeviceRolloutState, RolloutState } from '@rockpool/protocol/update/rollout';

/** `failing`: more failed than may. `missed`: a device that it was meant for is heard of again. */
export type RolloutEvent = 'start' | 'pause' | 'resume' | 'halt' | 'failing' | 'ended' | 'missed';

const table = {
  draft: { start: 'running', halt: 'halted' },
  running: { pause: 'paused', halt: 'halted', failing: 'halted', ended: 'done' },
  paused: { resume: 'running', halt: 'halted' },
  // What was installed may be taken back later too; who wants to try again makes another rollout.
  halted: { halt: 'halted' },
  done: { missed: 'running', halt: 'halted' },
} as const satisfies Record<RolloutState, Partial<Record<RolloutEvent, RolloutState>>>;

/** @returns undefined when that can't be */
export const next = (state: RolloutState, event: RolloutEvent): RolloutState | undefined =>
  (table[state] as Partial<Record<RolloutEvent, RolloutState>>)[event];

/** It may still come to something, or is coming. */
export const open = ['waiting', 'told', 'running'] as const satisfies DeviceRolloutState[];
/** It was told, and what becomes of it isn't known yet. */
export const underWay = ['told', 'running'] as const satisfies DeviceRolloutState[];
