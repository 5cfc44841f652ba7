/** What fits: which context for how many people beside which weights, in how much memory. Pure. */

export interface Shape {
  weightsBytes: number;
  /** What one token of context occupies in the cache. */
  cacheBytesPerToken: number;
  trainedTokens: number;
}

export interface Wish {
  contextTokens?: number;
  sequences?: number;
}

export interface Fit {
  contextTokens: number;
  sequences: number;
}

/** Room for llama.cpp's working buffers and both processes. */
const workBytes = 300e6;
const usualContextTokens = 8_192;
const usualSequences = 8;
/** Below this a chat with a recalled context has no room left. */
const leastContextTokens = 1_024;

/** The widest of what is wished that fits, giving up people at once before length; undefined: not even the smallest does. */
export function fit(shape: Shape, freeBytes: number, wish: Wish): Fit | undefined {
  let contextTokens = Math.min(shape.trainedTokens, wish.contextTokens ?? usualContextTokens);
  let sequences = wish.sequences ?? usualSequences;
  const left = freeBytes - shape.weightsBytes - workBytes;
  const needed = (): number => contextTokens * sequences * shape.cacheBytesPerToken;
  while (needed() > left && sequences > 1) sequences = Math.floor(sequences / 2);
  while (needed() > left && contextTokens > leastContextTokens) contextTokens = Math.floor(contextTokens / 2);
  return needed() > left ? undefined : { contextTokens, sequences };
}

/** Sizes that people publish, quantised to about 4.5 bits a weight. */
const published = [
  { name: 'a 70B model at 4 bits', bytes: 42.5e9 },
  { name: 'a 32B model at 4 bits', bytes: 19.9e9 },
  { name: 'a 14B model at 4 bits', bytes: 9.0e9 },
  { name: 'a 7B model at 4 bits', bytes: 4.7e9 },
  { name: 'a 3B model at 4 bits', bytes: 2.0e9 },
  { name: 'a 1.5B model at 4 bits', bytes: 1.1e9 },
  { name: 'a 0.5B model at 4 bits', bytes: 0.4e9 },
] as const;

/** "a 3B model at 4 bits (about 2.0 GB)" */
export function wouldFit(freeBytes: number): string {
  const model = published.find(({ bytes }) => bytes * 1.1 + workBytes <= freeBytes);
  return model ? `${model.name} (about ${gigabytes(model.bytes)})` : 'the built-in model (20 MB)';
}

export function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
