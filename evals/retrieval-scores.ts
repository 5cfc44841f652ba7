/** From where each question's sentence was ranked to recall and reciprocal rank, over all and over each kind of pair. Pure. */
import type { Pair } from '../models/pebble/eval/retrieval/pairs.ts';

/** Where the sentence that answers stands, best first from 0; undefined when it was not found at all. */
export type Place = number | undefined;

export interface Score {
  pairs: number;
  recallAt1: number;
  recallAt5: number;
  /** Mean of 1 / place from 1; what was not found counts 0. */
  meanReciprocalRank: number;
}

export interface Scores {
  all: Score;
  /** By language, by how many words are shared, and by both. */
  kinds: Record<string, Score>;
}

export function scoreOf(places: readonly Place[]): Score {
  const mean = (worth: (place: number) => number): number =>
    places.reduce<number>((sum, place) => sum + (place === undefined ? 0 : worth(place)), 0) / places.length;
  return {
    pairs: places.length,
    recallAt1: mean((place) => (place < 1 ? 1 : 0)),
    recallAt5: mean((place) => (place < 5 ? 1 : 0)),
    meanReciprocalRank: mean((place) => 1 / (place + 1)),
  };
}

const names = { en: 'English', zh: 'Chinese', some: 'words shared', few: 'few shared', none: 'none shared' };

/** `places[i]` is that of `pairs[i]`. */
export function scoresOf(pairs: readonly Pair[], places: readonly Place[]): Scores {
  const kinds: Record<string, Score> = {};
  const add = (name: string, fits: (pair: Pair) => boolean): void => {
    const those = pairs.flatMap((pair, i) => (fits(pair) ? [places[i]] : []));
    if (those.length > 0) kinds[name] = scoreOf(those);
  };
  for (const language of ['en', 'zh'] as const) add(names[language], (pair) => pair.language === language);
  for (const shared of ['some', 'few', 'none'] as const) {
    add(names[shared], (pair) => pair.shared === shared);
    for (const language of ['en', 'zh'] as const) {
      const both = `  ${names[shared]}, ${names[language]}`;
      add(both, (pair) => pair.shared === shared && pair.language === language);
    }
  }
  return { all: scoreOf(places), kinds };
}
