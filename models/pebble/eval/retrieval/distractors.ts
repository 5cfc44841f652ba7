/**
 * 5,000 sentences that answer none of the questions, the same in every run: an office's and its people's, many of them
 * about what a question asks, but of another room, person or matter. Frames and what fills them are written by hand.
 */
import { readFileSync } from 'node:fs';
import type { Language } from './pairs.ts';

export interface Distractor {
  id: string;
  language: Language;
  sentence: string;
}

interface Stock {
  /** What stands for `{name}` in a frame. */
  slots: Record<string, readonly string[]>;
  /** Sentences with `{name}` and `[one|or|another]` in them. */
  frames: readonly string[];
}

export const distractorCount = 5_000;
/** A frame that has said all it can is left alone after this many fillings in a row that were known. */
const mostTries = 50;

/** One of each frame, then another of each, until there are enough. */
export function makeDistractors(count = distractorCount): Distractor[] {
  const frames = (['en', 'zh'] as const).flatMap((language) => {
    const { slots, frames } = loadStock(language);
    return frames.map((frame, i) => ({ language, frame, slots, chance: chanceFrom(i + frames.length) }));
  });
  const made = new Map<string, Distractor>();
  const exhausted = new Set<string>();
  while (made.size < count && exhausted.size < frames.length) {
    for (const { language, frame, slots, chance } of frames) {
      if (made.size >= count || exhausted.has(frame)) continue;
      const sentence = unheard(() => fill(frame, slots, chance), made);
      if (sentence === undefined) exhausted.add(frame);
      else made.set(sentence, { id: `distractor-${made.size + 1}`, language, sentence });
    }
  }
  return [...made.values()];
}

export function loadStock(language: Language): Stock {
  return JSON.parse(readFileSync(new URL(`stock.${language}.json`, import.meta.url), 'utf8'));
}

function unheard(say: () => string, known: ReadonlyMap<string, unknown>): string | undefined {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const sentence = say();
    if (!known.has(sentence)) return sentence;
  }
  return undefined;
}

/** Alternatives first: they may hold slots. */
function fill(frame: string, slots: Stock['slots'], chance: () => number): string {
  const oneOf = (those: readonly string[]): string => those[Math.floor(chance() * those.length)] ?? '';
  const sentence = frame
    .replace(/\[([^\]]+)\]/g, (_, those: string) => oneOf(those.split('|')))
    .replace(/\{(\w+)\}/g, (_, slot: string) => {
      const those = slots[slot];
      if (!those) throw new Error(`"${frame}" wants a slot that there isn't: ${slot}`);
      return oneOf(those);
    });
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** Numbers from 0 to 1 that look thrown and are the same every time (mulberry32, Tommy Ettinger). */
function chanceFrom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
