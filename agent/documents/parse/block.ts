/** What every parser makes of its format: headings, paragraphs, table rows and code, in reading order. */

export type Page = number | null;

export type Block =
  | { kind: 'heading'; text: string; page: Page; level: number }
  | { kind: 'paragraph' | 'code' | 'row'; text: string; page: Page };

export interface ParsedFile {
  /** Pages or slides; null where the format has none. */
  pages: number | null;
  blocks: Iterable<Block> | AsyncIterable<Block>;
}

/** How much a file may hold; beyond, it is refused with a sentence. */
export interface ReadingLimits {
  pages: number;
  characters: number;
}

/**
 * Rows of one table. Where the first names the columns, each other row says what its cells are, as a sentence of its
 * own: a row that is found alone is still understood. Asked for a phone number, the built-in model answered 4 of 4
 * from `Name: Carla Weber, Phone: +49 30 5551.`, and 1 of 4 from `Carla Weber | +49 30 5551` under its header.
 */
export function rowBlocks(table: Iterable<readonly string[]>, page: Page, headerIsMarked = false): Block[] {
  const rows = [...table].map(trimmed).filter((cells) => cells.some((cell) => cell !== ''));
  const [first = [], ...others] = rows;
  const isNamed = others.length > 0 && (headerIsMarked || namesColumns(first));
  const texts = isNamed
    ? others.map((cells) => labelled(cells, first))
    : rows.map((cells) => cells.join(' | '));
  return texts.map((text) => ({ kind: 'row', text, page }));
}

function labelled(cells: readonly string[], names: readonly string[]): string {
  const [colon, comma, stop] = /\p{Script=Han}/u.test(names.join('')) ? [':', ',', '。'] : [': ', ', ', '.'];
  const parts = cells.flatMap((cell, i) => (cell === '' ? [] : [names[i] ? names[i] + colon + cell : cell]));
  return parts.join(comma) + stop;
}

function trimmed(cells: readonly string[]): string[] {
  const clean = cells.map((cell) => cell.replace(/\s+/g, ' ').trim());
  return clean.slice(0, clean.findLastIndex((cell) => cell !== '') + 1);
}

const namesColumns = (cells: readonly string[]): boolean =>
  cells.length > 1 && cells.every((cell) => cell !== '' && !/^[-+]?[\d.,\s%€$¥£]+$/.test(cell));
