/** Markdown by line: headings, fenced code, tables; the rest as it stands, for a person wrote it to be read so. */
import { type Block, type ParsedFile, rowBlocks } from './block.ts';

export function parseMarkdown(source: string): ParsedFile {
  return { pages: null, blocks: blocksOf(source.split(/\r\n?|\n/)) };
}

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const underline = /^ {0,3}(=+|-+)[ \t]*$/;
const delimiterRow = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

function* blocksOf(lines: readonly string[]): Generator<Block> {
  let open: string[] = [];
  const close = function* (): Generator<Block> {
    const text = open.join('\n').trim();
    open = [];
    if (text !== '') yield { kind: 'paragraph', text, page: null };
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    const next = lines[i + 1] ?? '';
    const atx = heading.exec(line);
    const fenced = fence.exec(line)?.[1];
    const underlined = open.length === 0 && line.trim() !== '' ? underline.exec(next)?.[1] : undefined;
    if (fenced !== undefined) {
      yield* close();
      const end = closingFence(lines, i, fenced);
      yield { kind: 'code', text: lines.slice(i + 1, end).join('\n'), page: null };
      i = end;
    } else if (atx) {
      yield* close();
      yield* headingBlock(atx[1]?.length ?? 1, atx[2] ?? '');
    } else if (line.includes('|') && next.includes('-') && delimiterRow.test(next)) {
      yield* close();
      const end = tableEnd(lines, i + 2);
      yield* rowBlocks([line, ...lines.slice(i + 2, end)].map(cells), null, true);
      i = end - 1;
    } else if (underlined !== undefined) {
      yield* headingBlock(underlined.startsWith('=') ? 1 : 2, line);
      i += 1;
    } else if (line.trim() === '') yield* close();
    else open.push(line);
  }
  yield* close();
}

function* headingBlock(level: number, text: string): Generator<Block> {
  if (text.trim() !== '') yield { kind: 'heading', level, text: text.trim(), page: null };
}

/** The line that closes the fence, or the end: an open fence reaches that far. */
function closingFence(lines: readonly string[], start: number, opening: string): number {
  const end = lines.findIndex((line, i) => {
    const mark = i > start ? fence.exec(line)?.[1] : undefined;
    return mark !== undefined && mark[0] === opening[0] && mark.length >= opening.length;
  });
  return end === -1 ? lines.length : end;
}

function tableEnd(lines: readonly string[], start: number): number {
  let end = start;
  while ((lines[end] ?? '').includes('|')) end += 1;
  return end;
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|'));
