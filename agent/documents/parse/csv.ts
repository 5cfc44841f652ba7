/** Driver for csv-parse: rows of a table, whatever separates their cells. */
import { parse } from 'csv-parse/sync';
import { type ParsedFile, rowBlocks } from './block.ts';

const delimiters = [',', ';', '\t', '|'];

export function parseCsv(source: string): ParsedFile {
  const rows = parse(source, {
    delimiter: delimiterOf(source) ?? ',',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  return { pages: null, blocks: rowBlocks(rows, null) };
}

/** What stands equally often in each of the first lines; undefined when nothing does, so that it is no table. */
export function delimiterOf(source: string): string | undefined {
  const lines = source
    .slice(0, 20_000)
    .split(/\r\n?|\n/)
    .slice(0, 20)
    .filter((line) => line.trim() !== '');
  if (lines.length < 2) return undefined;
  const [best] = delimiters
    .map((delimiter) => ({
      delimiter,
      counts: lines.map((line) => unquoted(line).split(delimiter).length - 1),
    }))
    .filter(({ counts }) => counts.every((count) => count > 0 && count === counts[0]))
    .sort((a, b) => (b.counts[0] ?? 0) - (a.counts[0] ?? 0));
  return best?.delimiter;
}

const unquoted = (line: string): string => line.replace(/"(?:[^"]|"")*"/g, '');
