/** How fast answers have come lately: of the last turns only, so that yesterday's don't flatter today. */

export interface Pace {
  /** While it spoke: tokens of the last turns by the time they took from their first to their end. */
  milliTokensPerS: number | null;
  firstTokenP50Ms: number | null;
  firstTokenP95Ms: number | null;
}

export interface PaceMeter {
  firstToken(ms: number): void;
  generated(tokens: number, ms: number): void;
  /** Null for what nobody has asked for lately. */
  now(): Pace;
}

const turnsAtMost = 100;
const latelyMs = 15 * 60_000;

/** @param nowMs a clock that only goes forward */
export function createPace(nowMs: () => number = () => performance.now()): PaceMeter {
  const waits: { at: number; ms: number }[] = [];
  const answers: { at: number; tokens: number; ms: number }[] = [];
  const keep = <T>(list: T[], one: T): void => {
    list.push(one);
    if (list.length > turnsAtMost) list.shift();
  };
  const lately = <T extends { at: number }>(list: readonly T[]): T[] =>
    list.filter(({ at }) => nowMs() - at <= latelyMs);
  return {
    firstToken(ms) {
      // Below 0 the wall clock was set back meanwhile, and nobody knows.
      if (ms >= 0) keep(waits, { at: nowMs(), ms });
    },
    generated(tokens, ms) {
      // One token takes no time between the first and the last.
      if (tokens > 1 && ms > 0) keep(answers, { at: nowMs(), tokens: tokens - 1, ms });
    },
    now() {
      const sorted = lately(waits)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b);
      const spoken = lately(answers);
      const tokens = spoken.reduce((sum, one) => sum + one.tokens, 0);
      const ms = spoken.reduce((sum, one) => sum + one.ms, 0);
      return {
        milliTokensPerS: ms === 0 ? null : Math.round((tokens * 1_000_000) / ms),
        firstTokenP50Ms: quantile(sorted, 0.5),
        firstTokenP95Ms: quantile(sorted, 0.95),
      };
    },
  };
}

/** The nearest rank: always one that was measured. */
export function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return value === undefined ? null : Math.round(value);
}
