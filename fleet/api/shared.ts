/** One answer for all who ask for the same at about the same time. */
import type { Clock } from '../host/clock.ts';

interface Kept<T> {
  at: number;
  /** What took long is kept for longer, so that asking never takes more than a twentieth of the time. */
  forMs: number;
  answer: Promise<T>;
}

const worth = 20;

/** @param most answers that are kept; the oldest goes first */
export function shared<T>(
  ask: (key: string) => Promise<T>,
  forMs: number,
  clock: Clock,
  most = 64,
): (key: string) => Promise<T> {
  const kept = new Map<string, Kept<T>>();
  return (key) => {
    const found = kept.get(key);
    const now = clock.now();
    // A clock that was set back keeps nothing alive.
    if (found && now >= found.at && now - found.at < found.forMs) return found.answer;
    const begun = performance.now();
    const fresh: Kept<T> = { at: now, forMs, answer: ask(key) };
    kept.delete(key);
    kept.set(key, fresh);
    // A failure is told to those who wait for it, and asked about anew by the next.
    fresh.answer.then(
      () => {
        fresh.forMs = Math.max(forMs, (performance.now() - begun) * worth);
      },
      () => {
        if (kept.get(key) === fresh) kept.delete(key);
      },
    );
    for (const oldest of kept.keys()) {
      if (kept.size <= most) break;
      kept.delete(oldest);
    }
    return fresh.answer;
  };
}
