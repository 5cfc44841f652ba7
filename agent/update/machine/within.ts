/** A deed with a deadline, that can be told to end, and that nobody waits for when it doesn't listen. */
import { UpdateError } from '../parts.ts';
import { graceMs } from './limits.ts';

export interface MachineClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, and says nothing, when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The process was told to end: the phase stays, and the next process wakes in it. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * A deed that neither ended nor let itself be ended. It may still write, so that nothing may go on beside it: this process
 * has to end, and the next one wakes up in what the journal says.
 */
export class Stuck extends Error {
  override readonly name = 'Stuck';
}

export interface Bounds {
  /** For a sentence: "reading it again". */
  what: string;
  limitMs: number;
  clock: MachineClock;
  signal: AbortSignal;
  /** Resolves with what it was interrupted by; never, when nothing comes. */
  watch?: (signal: AbortSignal) => Promise<Error>;
}

export async function within<T>(bounds: Bounds, deed: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { what, limitMs, clock, signal, watch } = bounds;
  if (signal.aborted) throw new Stopped('told to end');
  const late = new UpdateError('timeout', `${what} took longer than it may`);
  if (limitMs <= 0) throw late; // before it begins: who is cut off in it each time would never come to its end
  const deedEnds = new AbortController();
  const watchersEnd = new AbortController();
  const over = clock.sleep(limitMs, watchersEnd.signal).then(() => late);
  const cuts = [over, stopOf(signal, watchersEnd.signal)];
  if (watch) cuts.push(watch(watchersEnd.signal).catch((error: unknown) => asError(error)));
  const working = (async () => deed(deedEnds.signal))();
  try {
    const first = await Promise.race([
      working.then((value) => ({ value })),
      Promise.race(cuts).then((why) => ({ why })),
    ]);
    if ('value' in first) return first.value;
    deedEnds.abort(first.why);
    const settled = working.then(
      () => true,
      () => true,
    );
    const listened = await Promise.race([
      settled,
      clock.sleep(graceMs, watchersEnd.signal).then(() => false),
    ]);
    if (!listened) throw new Stuck(`${what} does not end`, { cause: first.why });
    throw first.why;
  } finally {
    watchersEnd.abort();
  }
}

const stopOf = (signal: AbortSignal, end: AbortSignal): Promise<Error> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(new Stopped('told to end')), { once: true, signal: end });
  });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Sleeps at most so long in one go: timers hold no more than 24 days. */
const longestSleepMs = 24 * 60 * 60 * 1000;

export const machineClock: MachineClock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0 && !signal?.aborted; left -= longestSleepMs)
      await pause(Math.min(left, longestSleepMs), signal);
  },
};

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
