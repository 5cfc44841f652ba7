/** Which of the entries that were offered to it an answer points at. */
import type { Citation } from '@rockpool/protocol/chat';

/** `[2]`, `[1, 3]`, and the brackets that Chinese text uses, with the space before. */
const mark = /[^\S\n]?[[【［][\s\u200c\u200d]*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)[\s\u200c\u200d]*[\]】］]/gu;
/** Formats and directions of writing; not the joiners that emoji and some scripts are spelled with. */
const unseen = /[\p{Cf}--[\u200c\u200d]]/gv;
const templateMark = /<\|[^|<>\n]{1,40}\|>|<\/?(?:s|tool_calls?|tool_response)>|\[\/?INST\]/gu;
const code = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;

/**
 * In the order of their numbers. A number that no entry has is no citation; brackets in code are code. An answer
 * without any mark that says word for word what an entry says was taken from there.
 */
export function citedIn(answer: string, offered: readonly Citation[]): Citation[] {
  const marks = [...answer.replace(code, '').matchAll(mark)];
  const numbers = new Set(marks.flatMap((found) => numbersIn(found[1] ?? '')));
  if (marks.length > 0) return offered.filter(({ n }) => numbers.has(n));
  const said = wordsOnly(answer);
  return said === '' ? [] : offered.filter(({ text }) => wordsOnly(text) === said).slice(0, 1);
}

const wordsOnly = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');

/**
 * The answer as later prompts show it: without the marks that were citations, because the entries are gone from there
 * and their numbers would point at those of a later question.
 */
export function withoutMarks(answer: string, cited: readonly Pick<Citation, 'n'>[]): string {
  if (cited.length === 0) return answer;
  const known = new Set(cited.map(({ n }) => n));
  const bare = (text: string): string =>
    text.replace(mark, (whole, numbers: string) =>
      numbersIn(numbers).every((n) => known.has(n)) ? '' : whole,
    );
  let plain = '';
  let end = 0;
  for (const block of answer.matchAll(code)) {
    plain += bare(answer.slice(end, block.index)) + block[0];
    end = block.index + block[0].length;
  }
  return plain + bare(answer.slice(end));
}

/**
 * An entry's own text, without what a document could pass for more than text with: `[2]` becomes `(2)`, what nobody
 * sees goes (it could stand inside such a mark, or hide a sentence), and so do the marks that chat templates set
 * around messages. They order nothing, being read as letters, but a small model that copies one can't stop.
 */
export const defused = (text: string): string =>
  text.replace(unseen, '').replace(templateMark, ' ').replace(mark, ' ($1)');

const numbersIn = (list: string): number[] => list.split(/[,，、]/u).map((number) => Number(number.trim()));
