/** Numbers that look like chance and are the same at every asking: a seed and a moment say all. Pure. */

/** In [0, 1), another for every seed and step. */
export function chance(seed: number, step: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 0x7f4a7c15, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

/** Moves without jumps in [0, 1], from one value of chance to the next in each period. */
export function drift(seed: number, atMs: number, periodMs: number): number {
  const step = Math.floor(atMs / periodMs);
  const way = atMs / periodMs - step;
  const smooth = way * way * (3 - 2 * way);
  const from = chance(seed, step);
  return from + (chance(seed, step + 1) - from) * smooth;
}

/** The same text, the same seed. */
export function seedOf(text: string): number {
  let seed = 0x811c9dc5;
  for (const symbol of text) seed = Math.imul(seed ^ (symbol.codePointAt(0) ?? 0), 0x01000193);
  return seed >>> 0;
}
