/** Driver for read-excel-file: each sheet is a heading and its rows. */
import readSheets from 'read-excel-file/node';
import { type Block, type ParsedFile, rowBlocks } from './block.ts';

export async function parseXlsx(bytes: Buffer): Promise<ParsedFile> {
  const sheets = await readSheets(bytes);
  const blocks = sheets.flatMap(({ sheet, data }): Block[] => {
    const rows = rowBlocks(
      data.map((row) => row.map(cellText)),
      null,
    );
    return rows.length === 0 ? [] : [{ kind: 'heading', level: 1, page: null, text: sheet }, ...rows];
  });
  return { pages: null, blocks };
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return dateText(value);
  // Excel shows 15 digits; the rest is what binary fractions leave behind.
  if (typeof value === 'number') return String(Number(value.toPrecision(15)));
  return String(value);
}

/** Sheets know no time zones: the library puts what the cell says into UTC. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  const [day = '', time = ''] = date.toISOString().split('T');
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 5)}`;
}
