/** Chance that repeats: the same seed gives the same numbers, so that a test which failed can be run again. */
export interface Chance {
  /** From 0, less than `below`. */
  below(below: number): number;
  coin(): boolean;
}

/** Mulberry32. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (below) => Math.floor(next() * below), coin: () => next() < 0.5 };
}
