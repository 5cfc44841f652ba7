/** Raises and clears warnings: a pure step from what was known, and one look, to what is known and what is to be told. */
import { WarningCode, type WarningSeverity, warnings } from '@rockpool/protocol/fleet/warnings';
import { z } from 'zod';
import { judges, type Verdict } from './judges.ts';
import { Memory, nothingRemembered, remember, rememberStart } from './memory.ts';
import type { Seen } from './seen.ts';

const Condition = z.strictObject({
  /** For how long it was seen to hold, and since when it was seen to be gone. Gaps in what is seen count for neither. */
  heldMs: z.number().nonnegative(),
  goneMs: z.number().nonnegative().nullable(),
  /** When it was raised, by the device's clock; null while it waits to be. */
  since: z.int().nonnegative().nullable(),
  detail: z.string().nullable(),
});
type Condition = z.infer<typeof Condition>;

export const WatchState = z.strictObject({
  version: z.literal(1),
  memory: Memory,
  conditions: z.partialRecord(WarningCode, Condition),
});
export type WatchState = z.infer<typeof WatchState>;

export const firstState: WatchState = { version: 1, memory: nothingRemembered, conditions: {} };

/** What is to be told, once. */
export interface Change {
  code: WarningCode;
  severity: WarningSeverity;
  raised: boolean;
  detail?: string;
}

export interface Raised {
  code: WarningCode;
  severity: WarningSeverity;
  since: number;
  detail?: string;
}

export const codes = Object.keys(warnings) as WarningCode[];

/** All that is a reason for it, and their reasons. */
export const causesOf: Record<WarningCode, readonly WarningCode[]> = closure();

/** Reasons first, so that one that is raised now hides what follows from it now. */
const inOrder = [...codes].sort((a, b) => causesOf[a].length - causesOf[b].length);

export interface Passed {
  /** Of the agent: its own counters begin anew with each. */
  life: string;
  /** Since the last look of this life, by a clock that only goes forward. Null at its first. */
  ms: number | null;
}

export function watch(
  state: WatchState,
  seen: Seen,
  passed: Passed,
): { state: WatchState; changes: Change[] } {
  const passedMs = passed.ms ?? 0;
  const looked = remember(state.memory, seen, passed.life, passedMs);
  const memory = passed.ms === null ? rememberStart(looked, seen.readings) : looked;
  const conditions: WatchState['conditions'] = {};
  const holding = new Set<WarningCode>();
  const changes: Change[] = [];
  for (const code of inOrder) {
    const before = state.conditions[code];
    const verdict = judges[code](seen, memory);
    if (verdict.is === 'yes') holding.add(code);
    const after = isHidden(code, conditions)
      ? undefined
      : raise(code, step(code, before, verdict, passedMs), holding, seen.nowMs);
    if (after) conditions[code] = after;
    const change = changeOf(code, before, after);
    if (change) changes.push(change);
  }
  return { state: { version: 1, memory, conditions }, changes };
}

const isRaised = (condition: Condition | undefined): condition is Condition & { since: number } =>
  condition !== undefined && condition.since !== null;

/** Forgotten as long as its reason is raised: once that is gone, its consequences get their time to fade. */
const isHidden = (code: WarningCode, conditions: WatchState['conditions']): boolean =>
  causesOf[code].some((cause) => isRaised(conditions[cause]));

function step(
  code: WarningCode,
  before: Condition | undefined,
  verdict: Verdict,
  passedMs: number,
): Condition | undefined {
  const raised = isRaised(before);
  switch (verdict.is) {
    case 'yes': {
      const heldMs = before ? before.heldMs + passedMs : 0;
      return { heldMs, goneMs: null, since: before?.since ?? null, detail: verdict.detail ?? null };
    }
    case 'no': {
      if (!raised) return undefined;
      const goneMs = before.goneMs === null ? 0 : before.goneMs + passedMs;
      return goneMs >= warnings[code].clearAfterS * 1_000 ? undefined : { ...before, goneMs };
    }
    case 'between':
      return before && { ...before, goneMs: null };
    case 'unknown':
      return before;
  }
}

/** Not while a reason is about to be: it would be told a moment before what explains it. */
function raise(
  code: WarningCode,
  condition: Condition | undefined,
  holding: ReadonlySet<WarningCode>,
  nowMs: number,
): Condition | undefined {
  if (!condition || isRaised(condition) || !holding.has(code)) return condition;
  const hasWaited = condition.heldMs >= warnings[code].visibleAfterS * 1_000;
  const waitsForCause = causesOf[code].some((cause) => holding.has(cause));
  return hasWaited && !waitsForCause ? { ...condition, since: Math.max(0, Math.round(nowMs)) } : condition;
}

function changeOf(
  code: WarningCode,
  before: Condition | undefined,
  after: Condition | undefined,
): Change | undefined {
  if (isRaised(before) === isRaised(after)) return undefined;
  const detail = after?.detail ?? null;
  return {
    code,
    severity: warnings[code].severity,
    raised: isRaised(after),
    ...(detail === null ? {} : { detail: detail.slice(0, 400) }),
  };
}

const gravity: Record<WarningSeverity, number> = { critical: 0, warning: 1, notice: 2 };

/** The gravest first. */
export function raisedIn({ conditions }: WatchState): Raised[] {
  return codes
    .flatMap((code): Raised[] => {
      const condition = conditions[code];
      if (!isRaised(condition)) return [];
      const { since, detail } = condition;
      const { severity } = warnings[code];
      return [{ code, severity, since, ...(detail === null ? {} : { detail: detail.slice(0, 120) }) }];
    })
    .sort((a, b) => gravity[a.severity] - gravity[b.severity]);
}

function closure(): Record<WarningCode, readonly WarningCode[]> {
  const all = (code: WarningCode, seen: Set<WarningCode>): Set<WarningCode> => {
    for (const cause of warnings[code].follows as readonly WarningCode[]) {
      if (seen.has(cause)) continue;
      seen.add(cause);
      all(cause, seen);
    }
    return seen;
  };
  const closed = {} as Record<WarningCode, readonly WarningCode[]>;
  for (const code of codes) closed[code] = [...all(code, new Set())];
  return closed;
}
