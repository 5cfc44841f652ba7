/** How a memory pales: by its kind, since it was last of use. Nothing is deleted for it alone. */
import type { FactKind } from '@rockpool/protocol/memory';

export interface Aging {
  kind: FactKind;
  pinned: boolean;
  importance: number;
  uses: number;
  saidAt: number;
  lastUsedAt: number | null;
}

const dayMs = 24 * 3_600_000;
/** Where the van is parked is soon of no use; how one wants to be answered hardly ever changes. */
const halfLifeDays: Record<FactKind, number> = { episode: 45, fact: 365, preference: 730, procedure: 1_095 };

/** 1 for what was said or of use just now, or is pinned; half of it after each half-life. */
export function freshness(
  { kind, pinned, saidAt, lastUsedAt }: Omit<Aging, 'importance' | 'uses'>,
  at: number,
): number {
  if (pinned) return 1;
  const ageMs = Math.max(0, at - Math.max(saidAt, lastUsedAt ?? 0));
  return 0.5 ** (ageMs / dayMs / halfLifeDays[kind]);
}

/**
 * For the order of answers. A preference, a rule, a fact about somebody or something is as true on its last day as on its
 * first: only what happened, or will happen once, gets out of the way of what is so.
 */
export const paling = (
  { kind, pinned, ...aging }: Omit<Aging, 'importance' | 'uses' | 'pinned'> & { pinned: 0 | 1 },
  at: number,
): number => (kind === 'episode' ? 1 - freshness({ kind, pinned: pinned === 1, ...aging }, at) : 0);

/** What a full memory can spare first is least worth: never what is pinned. */
export function worth(aging: Aging, at: number): number {
  if (aging.pinned) return Number.POSITIVE_INFINITY;
  return aging.importance * freshness(aging, at) * (1 + Math.log2(1 + aging.uses));
}
