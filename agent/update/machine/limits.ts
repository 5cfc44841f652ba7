/** How long a phase may take, and how often it may be tried. */
import type { PhaseLimits } from '@rockpool/protocol/update/order';

/** Records of one transaction: more of them mean that it turns in circles. An update that goes well needs twelve. */
export const storesMost = 32;
/** New code is started so often, cut off or not, before it is gone back from. */
export const attemptsMost = 3;
/** A commit that its applier refused, or that was cut off. */
export const commitsMost = 5;
export const rollBacksMost = 6;

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;

export const limitMs = {
  /** One refresh of the signed metadata. */
  resolve: 10 * minute,
  probe: 2 * minute,
  /** Reading gigabytes again from a slow disk. */
  verify: 60 * minute,
  stage: 60 * minute,
  /** A model is loaded, and answers, within it. */
  activate: 20 * minute,
  look: minute,
  /** Of an agent that is just starting. */
  answer: 3 * minute,
  commit: 5 * minute,
  rollBack: 20 * minute,
  discard: 10 * minute,
} as const;

const otherwise = { fetchS: (7 * day) / second, readyS: (7 * day) / second, trialS: 900 } as const;
export const orderLimitMs = (limits: PhaseLimits, phase: keyof typeof otherwise): number =>
  (limits[phase] ?? otherwise[phase]) * second;

/** What ignores that it was told to end gets so long, before the whole process ends. */
export const graceMs = 30 * second;
/** Between two looks at the folder of orders while something is under way. */
export const pollMs = 2 * second;
export const trialPollMs = second;
/** Nobody can be asked just now: again after so long, twice as long each time. */
export const retryMs = { first: 30 * second, most: 30 * minute } as const;
/** Between two words about how much was fetched, and how much more it has to be. */
export const progressMs = 15 * second;
export const progressPermille = 10;
