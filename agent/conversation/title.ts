/** The title of a session that nobody named: the first words of what was asked. */
import { isCjk } from './language.ts';

const latinWidth = 48;
/** A Chinese character says about as much as two letters do. */
const cjkWidth = 24;

const politeness =
  /^(?:(?:please|kindly|can you|could you|would you)\s+)?(?:remember|note|keep in mind|don['’]t forget)(?:\s+that\b|\s+this\b|\s*[:,])\s*[:,]?\s*|^(?:请|請|帮我|幫我)?(?:记住|記住|记一下|記一下|记下|記下|别忘了|別忘了)\s*[:：,，]?\s*/iu;

/** Empty only when there is nothing to read in `text`. */
export function titleOf(text: string): string {
  const line = plain(text);
  const said = line.replace(politeness, '') || line;
  const head = cut(said);
  const title = head.replace(/[\s.,;:!。,、;:!-]+$/u, '') || head;
  return capital(head.length < said.length ? `${title}…` : title);
}

/** One line, without what Markdown adds. */
function plain(text: string): string {
  return text
    .replace(/```[^\n]*\n?|[`*_#>]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

function cut(text: string): string {
  const characters = [...text];
  let width = 0;
  let end = 0;
  for (const character of characters) {
    width += isCjk(character) ? latinWidth / cjkWidth : 1;
    if (width > latinWidth) return atWord(characters.slice(0, end).join(''), character);
    end += 1;
  }
  return text;
}

/** Back to the last whole word, unless the cut fell between words or between Chinese characters. */
function atWord(head: string, next: string): string {
  if (/[\s\p{P}]/u.test(next) || isCjk(next)) return head.trimEnd();
  const whole = head.replace(/[\p{L}\p{N}\p{M}'’_-]+$/u, '').trimEnd();
  return whole.length > head.length / 2 ? whole : head;
}

const capital = (title: string): string => title.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
