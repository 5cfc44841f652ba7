/** A message as sentences: what was said, without what was pasted, quoted or written as code. */

/** Longer than this, or of more lines, it was pasted rather than said. */
const saidChars = 4_000;
const saidLines = 24;

export interface Said {
  sentences: string[];
  /** Nothing but what the person says themselves: no code, no quotation, not long. */
  plain: boolean;
}

const fence = /^[ \t]*(```|~~~)[\s\S]*?(?:^[ \t]*\1[ \t]*$|(?![\s\S]))/gmu;
const quotedLine = /^[ \t]*>.*$/gmu;

export function sentencesOf(message: string): Said {
  if (message.length > saidChars) return { sentences: [], plain: false };
  const own = message.replace(fence, '\n').replace(quotedLine, '');
  const lines = own.split(/\r?\n/u).filter((line) => line.trim() !== '');
  if (lines.length > saidLines) return { sentences: [], plain: false };
  return {
    sentences: lines.flatMap(splitLine),
    plain: own === message && lines.length <= 6 && message.length <= 600,
  };
}

/** Words after which a full stop ends nothing. */
const abbreviations = new Set(
  'mr mrs ms dr prof st sr jr no nr vs etc approx tel ext dept inc ltd co corp e.g i.e a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun fig min max ca cf bldg rm ave blvd'.split(
    ' ',
  ),
);

function splitLine(line: string): string[] {
  const sentences: string[] = [];
  let from = 0;
  for (const end of line.matchAll(/[.!?…]+["”’)]*(?=\s|$)|[。！？]+[”」』）]*|[!?]+(?=\p{Script=Han})/gu)) {
    const to = end.index + end[0].length;
    if (isInsideQuotes(line.slice(from, end.index)) || isAbbreviation(line, from, end)) continue;
    sentences.push(line.slice(from, to));
    from = to;
  }
  return [...sentences, line.slice(from)]
    .map((sentence) => oneSpaced(sentence))
    .filter((sentence) => sentence !== '');
}

/**
 * With single spaces: people mean no more by two than by one, and the patterns that read a sentence try every way of
 * sharing a run of spaces out among themselves, which takes minutes for a thousand of them.
 */
export const oneSpaced = (text: string): string => text.replace(/\s+/gu, ' ').trim();

function isInsideQuotes(before: string): boolean {
  const count = (mark: string): number => before.split(mark).length - 1;
  return (
    count('"') % 2 === 1 || count('“') > count('”') || count('「') > count('」') || count('『') > count('』')
  );
}

function isAbbreviation(line: string, from: number, end: RegExpExecArray): boolean {
  if (end[0] !== '.') return false;
  const word = line.slice(from, end.index).match(/[\p{L}.]+$/u)?.[0] ?? '';
  const next = line.slice(end.index + 1).trimStart();
  if (next === '') return false;
  // J. Smith
  if (/^\p{Lu}$/u.test(word) && word !== 'I' && /^\p{Lu}/u.test(next)) return true;
  if (/^(?:a\.m|p\.m|etc|e\.g|i\.e)$/iu.test(word)) return /^[\p{Ll}\d]/u.test(next);
  if (/^no$/iu.test(word)) return /^\d/u.test(next);
  return (
    abbreviations.has(word.toLowerCase()) &&
    (/^(?:mr|mrs|ms|dr|prof|st)$/iu.test(word) || /^[\p{Ll}\d]/u.test(next))
  );
}

const han = /\p{Script=Han}/u;

/**
 * A clause as a sentence that stands alone: letter for letter as it was said, with a capital and a full stop.
 * A word like `iPhone` or `ls` in a path keeps its first letter: capitals there mean something.
 */
export function standalone(clause: string): string {
  const text = clause
    .trim()
    .replace(/^[,:;，：；、\s]+/u, '')
    .replace(/[,:;，：；、\s]+$/u, '');
  const first = text.match(/^\S+/u)?.[0] ?? '';
  const capital = /^\p{Ll}[\p{Ll}'’-]*[,:;]?$/u.test(first) ? text[0]?.toUpperCase() + text.slice(1) : text;
  if (/[.!?。！？…]["”’)」』）]*$/u.test(capital)) return capital;
  return capital + (han.test(capital) ? '。' : '.');
}
