/** Says a thing at most once a minute: a flood of refusals must not become a flood of lines. */
import type { Clock } from './clock.ts';

/** @returns whether this may be said now */
export type Seldom = (key: string) => boolean;

const quietMs = 60_000;
/** What is remembered as said; beyond it all is forgotten, and may be said again. */
const saidMost = 10_000;

export function createSeldom(clock: Clock): Seldom {
  const said = new Map<string, number>();
  return (key) => {
    const now = clock.now();
    const last = said.get(key);
    // A clock that was set back silences nothing.
    if (last !== undefined && now - last < quietMs && now >= last) return false;
    if (said.size >= saidMost) said.clear();
    said.set(key, now);
    return true;
  };
}
