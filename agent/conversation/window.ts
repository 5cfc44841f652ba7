/** What of a session the model sees: whole pairs, as many as fit, dropped in large steps so that the cache of the rest lives long. */

/** A question with its answer; they come and go together. */
export interface Pair {
  /** The question's message. */
  id: number;
  tokens: number;
}

export interface Room {
  tokens: number;
  pairs: number;
}

/** Messages in a prompt, the newest question included. */
export const maxMessages = 50;
export const maxPairs = Math.floor((maxMessages - 1) / 2);

/**
 * When it overflows, this much of the room is kept: every drop makes the model read the rest again, so drops are
 * rare and large.
 */
const keptShare = 0.6;

/** The longest answer; a share of the window at most. */
const maxAnswerTokens = 1024;
const answerShare = 0.25;
/** Of what is left beside system text and answer: for entries; and kept free for the next question and its entries. */
const entriesShare = 0.4;
const newestShare = 0.3;
/** What a template writes around a message, with room to spare: Llama's is the longest with 5 tokens. */
export const messageTokens = 8;

/**
 * The index of the first pair that is shown; `pairs.length` when none is. It starts where it started before, at the
 * first pair that is not older than `start`, unless that doesn't fit any more.
 */
export function firstShown(pairs: readonly Pair[], start: number | null, room: Room): number {
  // On a branch that ends before `start` there is no such pair: it is shown from its beginning.
  const sticky =
    start === null
      ? 0
      : Math.max(
          0,
          pairs.findIndex(({ id }) => id >= start),
        );
  if (fits(pairs.slice(sticky), room)) return sticky;
  const kept = { tokens: room.tokens * keptShare, pairs: Math.floor(room.pairs * keptShare) };
  let first = sticky;
  while (first < pairs.length && !fits(pairs.slice(first), kept)) first += 1;
  return first;
}

const fits = (pairs: readonly Pair[], room: Room): boolean =>
  pairs.length <= room.pairs && pairs.reduce((sum, { tokens }) => sum + tokens, 0) <= room.tokens;

export interface Fit {
  /** Index of the first pair shown. */
  from: number;
  /** Indexes of the entries that fit, best first. */
  entries: number[];
  maxTokens: number;
}

export interface Parts {
  contextTokens: number;
  systemTokens: number;
  pairs: readonly Pair[];
  start: number | null;
  questionTokens: number;
  /** Of each entry, best first. */
  entryTokens: readonly number[];
}

/** What of all this goes into one prompt; null when not even the question alone fits. */
export function fit({
  contextTokens,
  systemTokens,
  pairs,
  start,
  questionTokens,
  entryTokens,
}: Parts): Fit | null {
  const room = roomBeside(contextTokens, systemTokens);
  const question = questionTokens + messageTokens;
  if (question > room) return null;
  const entries = entriesThatFit(entryTokens, Math.min(room * entriesShare, room - question));
  const newest = question + entries.reduce((sum, i) => sum + (entryTokens[i] ?? 0), 0);
  const from = firstShown(pairs, start, {
    tokens: room - Math.max(newest, room * newestShare),
    pairs: maxPairs,
  });
  const history = pairs.slice(from).reduce((sum, { tokens }) => sum + tokens, 0);
  const left = contextTokens - systemTokens - history - newest - messageTokens;
  return { from, entries, maxTokens: Math.max(1, Math.min(maxAnswerTokens, Math.floor(left))) };
}

/**
 * Where the next turn will start, as far as one can tell before its question is known. Asked after an answer, so that
 * what must be read again is read while nobody waits.
 */
export function nextStart(
  pairs: readonly Pair[],
  start: number | null,
  contextTokens: number,
  systemTokens: number,
): number {
  const room = roomBeside(contextTokens, systemTokens);
  return firstShown(pairs, start, { tokens: room * (1 - newestShare), pairs: maxPairs });
}

function roomBeside(contextTokens: number, systemTokens: number): number {
  const answer = Math.min(maxAnswerTokens, Math.floor(contextTokens * answerShare));
  return contextTokens - systemTokens - answer - 2 * messageTokens;
}

function entriesThatFit(tokens: readonly number[], room: number): number[] {
  let left = room;
  return [...tokens.keys()].filter((i) => {
    const needed = tokens[i] ?? 0;
    if (needed > left) return false;
    left -= needed;
    return true;
  });
}
