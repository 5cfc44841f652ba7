/** Whether a text goes round in circles: what a small model does once it has lost the thread. */

const longestUnit = 300;
const fewestRounds = 4;
/** A long number or a line of dashes is no circle yet. */
const shortestCircle = 24;

/** Enough of a text to tell a circle with small changes from a person's way of listing things. */
const enoughWords = 40;
const fewestDistinct = 0.4;

export const repeatsItself = (text: string): boolean => endsInCircles(text.trim()) || hardlyEverNew(text);

/** The same letters again and again up to the end, the last round perhaps cut off. */
function endsInCircles(text: string): boolean {
  const letters = [...text];
  for (let unit = 1; unit <= Math.min(longestUnit, letters.length / fewestRounds); unit += 1) {
    let same = 0;
    while (same < letters.length - unit && letters.at(-1 - same) === letters.at(-1 - same - unit)) same += 1;
    const circle = same + unit;
    if (circle >= shortestCircle && circle / unit >= fewestRounds) return true;
  }
  return false;
}

/** Few of its sequences of three words are new. */
function hardlyEverNew(text: string): boolean {
  const words = text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < enoughWords) return false;
  const triples = words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`);
  return new Set(triples).size / triples.length < fewestDistinct;
}
