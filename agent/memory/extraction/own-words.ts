/** What of a message may be drawn from: what its writer says themselves, and says is so. */
import { assertsChinese } from '../chinese.ts';
import { assertsEnglish } from '../english.ts';
import { sentencesOf } from '../sentences.ts';

/** More was pasted rather than said, and is somebody else's. */
const saidChars = 1_500;
const fewestWords = 3;

/** Quoted words are another's, whoever repeats them. */
const quotation = /“[^”]*”|"[^"]*"|「[^」]*」|『[^』]*』|《[^》]*》/gu;

/** Sentences that state something; none when the message is a question, a task, a document or a supposition. */
export function ownWords(message: string): string[] {
  if (message.length > saidChars) return [];
  const { sentences } = sentencesOf(message);
  const own = sentences.filter((sentence) => {
    const said = sentence.replace(quotation, ' ').trim();
    return said !== '' && said === sentence.trim() && asserts(said) && isLong(said);
  });
  // "Translate this:" may stand before or behind; then nothing in the message is the writer's own.
  return sentences.some(isTask) ? [] : own;
}

const isChinese = (text: string): boolean => /\p{Script=Han}/u.test(text);
const asserts = (sentence: string): boolean =>
  (isChinese(sentence) ? assertsChinese(sentence) : assertsEnglish(sentence)) === true;
const isTask = (sentence: string): boolean =>
  (isChinese(sentence) ? assertsChinese(sentence) : assertsEnglish(sentence)) === 'task';
const isLong = (sentence: string): boolean =>
  isChinese(sentence) ? sentence.length >= 5 : sentence.split(/\s+/u).length >= fewestWords;

const empty = new Set(
  "a an the is are was were am be been of to for at in on by with from and or but that this it its his her their he she they my our your i i'm we we're you me us has have had do does did will would can the's also now very just so as there who which 的 了 是 在 我 们 有 和 也 都 就 这 那 他 她 它".split(
    ' ',
  ),
);
const negation =
  /\b(?:not|no|never|without|none|nobody|nothing|cannot|no longer)\b|n['’]t\b|不|没|無|无|别|未/iu;

/**
 * Whether a sentence that a model wrote holds nothing but what one of these says: its words, all of its numbers and names,
 * and no "not" more or less. What the model knows or guesses besides is no memory of this person.
 */
export function isSaidIn(candidate: string, sentences: readonly string[]): boolean {
  return sentences.some((sentence) => {
    if (negation.test(candidate) !== negation.test(sentence)) return false;
    const said = tokensOf(sentence);
    const words = tokensOf(candidate).filter((word) => !empty.has(word));
    return words.length > 0 && words.every((word) => said.some((other) => isSameWord(word, other)));
  });
}

const tokensOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .match(/\p{Script=Han}|[\p{L}\p{N}][\p{L}\p{N}'@.:#/+_-]*[\p{L}\p{N}#]|[\p{L}\p{N}#]/gu)
    ?.map((token) => token.replace(/'s$/u, '')) ?? [];

/** Works, worked: the same for a word; a number is the same only as it is. */
function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  if (/\d/u.test(a + b) || Math.min(a.length, b.length) < 4) return false;
  const stem = (word: string): string => word.replace(/(?:ing|ed|es|s|er|ly)$/u, '').slice(0, 12);
  return stem(a).length >= 3 && stem(a) === stem(b);
}
