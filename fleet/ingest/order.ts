/**
 * Which reports of one spool are here. They are numbered, and may come twice, late, or at another controller; some were
 * dropped and never come. A device forgets what we say is here, so that word never passes a gap that nobody explained.
 */

/** Beyond a gap: all after the first number, up to and with the second. */
export type Span = readonly [after: number, last: number];

export interface Arrival {
  /** All up to this one is here or will never come. -1: nothing. */
  upto: number;
  /** In order, none touching another. */
  ahead: readonly Span[];
}

export const nothingYet: Arrival = { upto: -1, ahead: [] };
/** Several controllers may each have every other report of what is in flight; more holes than this are no accident. */
export const spansMost = 250;

export const isHere = ({ upto, ahead }: Arrival, seq: number): boolean =>
  seq <= upto || ahead.some(([after, last]) => after < seq && seq <= last);

/** @returns null when there would be too many gaps: it is not taken, and will be sent again */
export function place(arrival: Arrival, after: number, last: number): Arrival | null {
  // Numbers begin at 1; there was never anything before it.
  const isNext = after <= arrival.upto || (after === 0 && arrival.upto === -1);
  const placed = isNext
    ? close({ upto: Math.max(arrival.upto, last), ahead: arrival.ahead })
    : { upto: arrival.upto, ahead: merged([...arrival.ahead, [after, last]]) };
  return placed.ahead.length > spansMost ? null : placed;
}

/** What the spool no longer has was acknowledged before, or dropped. */
export const forgetBelow = (arrival: Arrival, oldest: number): Arrival =>
  close({ upto: Math.max(arrival.upto, oldest - 1), ahead: arrival.ahead });

function close({ upto, ahead }: Arrival): Arrival {
  const rest = [...ahead];
  let reached = upto;
  for (let next = rest[0]; next && next[0] <= reached; next = rest[0]) {
    reached = Math.max(reached, next[1]);
    rest.shift();
  }
  return { upto: reached, ahead: rest };
}

function merged(spans: Span[]): Span[] {
  const whole: Span[] = [];
  for (const span of spans.sort(([a], [b]) => a - b)) {
    const before = whole.at(-1);
    if (before && span[0] <= before[1]) whole[whole.length - 1] = [before[0], Math.max(before[1], span[1])];
    else whole.push(span);
  }
  return whole;
}
