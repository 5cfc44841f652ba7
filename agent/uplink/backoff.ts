/** When to try the next connection: spread so that a fleet doesn't come back all at once, and never given up. Pure. */

/**
 * After a broker's restart the whole fleet looks for it. Over twenty seconds 10,000 devices would come at 500 a second on
 * average, and so at more half of the time; over these thirty, and with what is tried again, at fewer than 500 in each.
 */
const firstMs = 30_000;
/**
 * Who came before the broker was back comes a second time when most of the others have come, and late enough to find it:
 * of a broker that is away for eight seconds all are back within a minute.
 */
const second = { fromMs: 20_000, overMs: 30_000 };
/** Doubled with each failure, and drawn from as a whole. */
const baseMs = 15_000;
const longestMs = 300_000;
/** Full jitter may draw nothing at all, and a refusal must not be asked for in a loop. */
const shortestMs = 500;
/** At a start: somebody may be waiting to see the device appear. */
const startMs = 2_000;
/** A connection that ended sooner is no success: a broker that lets in and throws out would be asked again at once. */
const heldMs = 60_000;

export interface Backoff {
  /** Attempts since the last connection that held. */
  readonly failures: number;
}
export const atStart: Backoff = { failures: -1 };

/** @param random in [0, 1) */
export function delayMs({ failures }: Backoff, random: number): number {
  if (failures < 0) return Math.round(random * startMs);
  if (failures === 0) return Math.round(random * firstMs);
  if (failures === 1) return Math.round(second.fromMs + random * second.overMs);
  return Math.round(Math.max(shortestMs, random * Math.min(longestMs, baseMs * 2 ** failures)));
}

/** What an attempt that ended means for the next one. @param connectedMs how long it was connected; 0 when it never was */
export const after = ({ failures }: Backoff, connectedMs: number): Backoff => ({
  failures: connectedMs >= heldMs ? 0 : Math.min(failures + 1, 30),
});
