/** Lines of a page as paragraphs and headings: a PDF knows places and sizes only. */
import type { Block } from './block.ts';

export interface Line {
  text: string;
  x: number;
  y: number;
  /** Of its largest letters. */
  size: number;
}

/** Which letter size is the body's: the one that most letters have so far. */
export class SizeTally {
  readonly #letters = new Map<number, number>();

  add({ size, text }: Line): void {
    const rounded = Math.round(size * 2) / 2;
    this.#letters.set(rounded, (this.#letters.get(rounded) ?? 0) + text.length);
  }

  body(): number {
    let body = 0;
    let most = 0;
    for (const [size, letters] of this.#letters) {
      if (letters > most) [body, most] = [size, letters];
    }
    return body;
  }
}

const maxHeadingCharacters = 150;

export function pageBlocks(lines: readonly Line[], page: number, body: number): Block[] {
  return paragraphs(lines).flatMap((group): Block[] => {
    const text = joinLines(group.map((line) => line.text));
    const size = group[0]?.size ?? body;
    if (text === '') return [];
    if (size >= body * 1.15 && text.length <= maxHeadingCharacters && /\p{L}/u.test(text)) {
      return [{ kind: 'heading', text, page, level: size >= body * 1.8 ? 1 : size >= body * 1.4 ? 2 : 3 }];
    }
    return [{ kind: 'paragraph', text, page }];
  });
}

function paragraphs(lines: readonly Line[]): Line[][] {
  const groups: Line[][] = [];
  for (const line of lines) {
    const group = groups.at(-1);
    const above = group?.at(-1);
    if (group && above && continues(above, line)) group.push(line);
    else groups.push([line]);
  }
  return groups;
}

/** Same letters, just below. A jump upwards is the next column. */
function continues(above: Line, line: Line): boolean {
  const gap = above.y - line.y;
  return (
    Math.abs(above.size - line.size) <= above.size * 0.1 &&
    gap >= -0.5 &&
    gap <= Math.max(above.size, line.size) * 1.7
  );
}

/** Lines were broken by the page, not by the author: Chinese goes on without a space, a word goes on without its hyphen. */
export function joinLines(lines: readonly string[]): string {
  let text = '';
  for (const line of lines.map((part) =>
    part
      .replace(/\u00ad/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  )) {
    if (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(line)) text = text.slice(0, -1) + line;
    else if (text === '' || (isWide(text.at(-1)) && isWide(line[0]))) text += line;
    else text += ` ${line}`;
  }
  return text.trim();
}

const isWide = (character: string | undefined): boolean =>
  character !== undefined &&
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u.test(character);
