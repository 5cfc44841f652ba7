/** Cuts a document's blocks into passages: short enough to be cited, whole where possible, each with its headings and page. */
import type { Passage } from '@rockpool/protocol/documents';
import type { Block, Page } from './parse/block.ts';

export type PassageText = Pick<Passage, 'page' | 'heading' | 'text'>;

/**
 * How long a passage is, in letters; a Chinese character counts as several, for it says as much.
 * About 80 words: small models find the sentence that answers in a short passage, and lose it in a long one.
 */
export const passageLetters = 400;
const lettersOfWide = 2.5;

const maxHeadingLetters = 160;
const headingGlue = ' › ';

/** The text of `blocks`, in order and whole but for white space. */
export async function* passages(
  blocks: Iterable<Block> | AsyncIterable<Block>,
  letters = passageLetters,
): AsyncGenerator<PassageText> {
  const writer = new PassageWriter(letters);
  for await (const block of blocks) yield* writer.add(clean(block));
  yield* writer.end();
}

class PassageWriter {
  readonly #letters: number;
  readonly #headings: { level: number; text: string }[] = [];
  /** A heading under which nothing stands yet. Nothing may be lost, so it may become a passage of its own. */
  #bare: { text: string; heading: string; page: Page } | undefined;
  #open: string[] = [];
  #openLetters = 0;
  #page: Page = null;

  constructor(letters: number) {
    this.#letters = letters;
  }

  *add(block: Block): Generator<PassageText> {
    if (block.text.trim() === '') return;
    if (block.kind === 'heading' && lettersOf(block.text) <= maxHeadingLetters) {
      yield* this.#flush();
      yield* this.#turnTo(block);
      return;
    }
    this.#bare = undefined;
    if (block.page !== this.#page) yield* this.#flush();
    this.#page = block.page;
    for (const piece of pieces(block.text, this.#letters, block.kind === 'code')) yield* this.#write(piece);
  }

  *end(): Generator<PassageText> {
    yield* this.#flush();
    yield* this.#flushBare();
  }

  *#write(piece: string): Generator<PassageText> {
    if (this.#openLetters + lettersOf(piece) > this.#letters) yield* this.#flush();
    this.#open.push(piece);
    this.#openLetters += lettersOf(piece);
  }

  *#turnTo({ level, text, page }: Extract<Block, { kind: 'heading' }>): Generator<PassageText> {
    const isBelow = (this.#headings.at(-1)?.level ?? 0) < level;
    // A heading with one below it is in that one's path.
    if (!isBelow) yield* this.#flushBare();
    while ((this.#headings.at(-1)?.level ?? 0) >= level) this.#headings.pop();
    this.#bare = { text, heading: this.#path(), page };
    this.#headings.push({ level, text });
  }

  *#flushBare(): Generator<PassageText> {
    if (this.#bare) yield this.#bare;
    this.#bare = undefined;
  }

  *#flush(): Generator<PassageText> {
    if (this.#open.length > 0) yield { page: this.#page, heading: this.#path(), text: this.#open.join('\n') };
    this.#open = [];
    this.#openLetters = 0;
  }

  #path(): string {
    return this.#headings.map(({ text }) => text).join(headingGlue);
  }
}

/** What can't be shown, or stored as text. */
function clean(block: Block): Block {
  const text = block.text.toWellFormed().replace(/[\0-\x08\x0b-\x1f\x7f]/g, '');
  return { ...block, text: block.kind === 'heading' ? text.replace(/\s+/g, ' ').trim() : text };
}

export function lettersOf(text: string): number {
  const wide =
    text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  return text.length + wide * (lettersOfWide - 1);
}

/** `text` in pieces of at most `letters`: by sentences, where one is too long by words, and at last by characters. */
function* pieces(text: string, letters: number, isCode: boolean): Generator<string> {
  const cuts = isCode ? [lines, characters] : [lines, sentences, words, characters];
  for (const piece of packed(text, letters, cuts)) {
    const trimmed = isCode ? piece.replace(/^\n+|\s+$/g, '') : piece.trim();
    if (trimmed !== '') yield trimmed;
  }
}

type Cut = (text: string) => Iterable<string>;

function* packed(text: string, letters: number, [cut, ...finer]: readonly Cut[]): Generator<string> {
  if (!cut || lettersOf(text.trim()) <= letters) {
    yield text;
    return;
  }
  let open = '';
  let openLetters = 0;
  for (const part of cut(text)) {
    const partLetters = lettersOf(part);
    if (openLetters + partLetters <= letters) {
      open += part;
      openLetters += partLetters;
      continue;
    }
    yield open;
    [open, openLetters] = ['', 0];
    if (partLetters <= letters) [open, openLetters] = [part, partLetters];
    else yield* packed(part, letters, finer);
  }
  yield open;
}

const lines: Cut = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const characters: Cut = (text) => text;

const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' });
function* sentences(text: string): Generator<string> {
  for (const { segment } of sentenceSegmenter.segment(text)) yield segment;
}
function* words(text: string): Generator<string> {
  for (const { segment } of wordSegmenter.segment(text)) yield segment;
}
