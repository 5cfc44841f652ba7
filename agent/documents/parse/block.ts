/** What every parser makes of its format: headings, paragraphs, table rows and code, in reading order. */

export type Page = number | null;

export type Block =
  | { kind: 'heading'; text: string; page: Page; level: number }
  | { kind: 'paragraph' | 'code'; text: string; page: Page }
  | { kind: 'row'; text: string; page: Page; header: string | null };

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

const cellGlue = ' | ';

/** Rows of one table; the first is repeated above later ones when it names the columns. */
export function rowBlocks(table: Iterable<readonly string[]>, page: Page, headerIsMarked = false): Block[] {
  const rows = [...table].map(trimmed).filter((cells) => cells.some((cell) => cell !== ''));
  const [first] = rows;
  const header = first && (headerIsMarked || namesColumns(first, rows.length)) ? first.join(cellGlue) : null;
  return rows.map((cells, i) => ({
    kind: 'row',
    text: cells.join(cellGlue),
    page,
    header: i === 0 ? null : header,
  }));
}

function trimmed(cells: readonly string[]): string[] {
  const clean = cells.map((cell) => cell.replace(/\s+/g, ' ').trim());
  return clean.slice(0, clean.findLastIndex((cell) => cell !== '') + 1);
}

const namesColumns = (cells: readonly string[], rows: number): boolean =>
  rows > 1 && cells.length > 1 && cells.every((cell) => cell !== '' && !/^[-+]?[\d.,\s%€$¥£]+$/.test(cell));
