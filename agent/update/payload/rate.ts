/** How fast bytes may come, and how fast they must. Time is an argument. */

export interface Time {
  /** Milliseconds; best of a clock that nobody sets. */
  now(): number;
  /** @throws what the signal was aborted with */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** What was not used in this time may be made up for. */
const burstMs = 1_000;

/** A token bucket that all connections share. */
export interface Bucket {
  /** Returns when so many bytes may have come. @returns whether it had to wait */
  take(bytes: number, signal: AbortSignal): Promise<boolean>;
}

/** @param rate bytes a second as of now; 0: as fast as it goes */
export function createBucket(rate: () => number, { now, pause }: Time): Bucket {
  let paidUntil = Number.NEGATIVE_INFINITY;
  let before = Number.NEGATIVE_INFINITY;
  return {
    async take(bytes, signal) {
      const perSecond = rate();
      if (perSecond === 0) return false;
      const at = now();
      if (at < before) paidUntil = at; // a clock that was set back: nobody waits for a year
      before = at;
      paidUntil = Math.max(paidUntil, at - burstMs) + (bytes / perSecond) * 1_000;
      const ms = paidUntil - at;
      if (ms <= 0) return false;
      await pause(ms, signal);
      return true;
    },
  };
}

/** A mirror that gives less is left, for another or for later: one byte a second would hold an update for ever. */
export interface Pace {
  bytes: number;
  withinMs: number;
}
/** 4 KiB a second: a satellite's worst hour is better. */
export const leastPace: Pace = { bytes: 120 * 1024, withinMs: 30_000 };

/**
 * @param arrived bytes until now
 * @param held whether we ourselves made it wait since last asked
 * @returns when a window went by with too little in it
 */
export async function untilTooSlow(
  { bytes, withinMs }: Pace,
  arrived: () => number,
  held: () => boolean,
  { pause }: Pick<Time, 'pause'>,
  signal: AbortSignal,
): Promise<void> {
  for (let before = arrived(); ; before = arrived()) {
    await pause(withinMs, signal);
    if (!held() && arrived() - before < bytes) return;
  }
}
