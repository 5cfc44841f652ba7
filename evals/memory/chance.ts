/** Chance that is the same in every run: a seed decides all of it. */

export interface Chance {
  /** 0 to below 1. */
  next(): number;
  /** Below `n`. */
  below(n: number): number;
  oneOf<T>(those: readonly T[]): T;
  /** So many different ones, in any order. */
  some<T>(those: readonly T[], count: number): T[];
}

export function chanceFrom(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    oneOf<T>(those: readonly T[]): T {
      if (those.length === 0) throw new Error('one of none');
      return those[below(those.length)] as T;
    },
    some<T>(those: readonly T[], count: number): T[] {
      const left = [...those];
      return Array.from(
        { length: Math.min(count, left.length) },
        () => left.splice(below(left.length), 1)[0] as T,
      );
    },
  };
}
