/** Driver for unpdf (pdf.js): the text of each page in lines, paragraphs and headings, told apart by place and size. */
import { getDocumentProxy } from 'unpdf';
import type { Block, ParsedFile, ReadingLimits } from './block.ts';
import { type Line, pageBlocks, SizeTally } from './pdf-lines.ts';
import { damaged, locked, scan, tooManyPages } from './problem.ts';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;
type PageText = Awaited<ReturnType<Awaited<ReturnType<Pdf['getPage']>>['getTextContent']>>;

export async function parsePdf(bytes: Buffer, limits: ReadingLimits): Promise<ParsedFile> {
  const pdf = await open(bytes);
  if (pdf.numPages > limits.pages) throw tooManyPages(pdf.numPages, limits.pages);
  return { pages: pdf.numPages, blocks: blocksOf(pdf) };
}

/** pdf.js takes the bytes for itself, so it gets a copy. No fonts are loaded, no pictures decoded. */
async function open(bytes: Buffer): Promise<Pdf> {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), {
      disableFontFace: true,
      useSystemFonts: false,
      maxImageSize: 0,
      verbosity: 0,
    });
  } catch (cause) {
    throw cause instanceof Error && cause.name === 'PasswordException' ? locked(cause) : damaged(cause);
  }
}

async function* blocksOf(pdf: Pdf): AsyncGenerator<Block> {
  const sizes = new SizeTally();
  let isEmpty = true;
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const page = await pdf.getPage(number);
    const lines = linesOf(await page.getTextContent());
    page.cleanup();
    for (const line of lines) sizes.add(line);
    for (const block of pageBlocks(lines, number, sizes.body())) {
      isEmpty = false;
      yield block;
    }
  }
  await pdf.loadingTask.destroy();
  if (isEmpty) throw scan();
}

function linesOf({ items }: PageText): Line[] {
  const lines: Line[] = [];
  let open: Line | undefined;
  for (const item of items) {
    if (!('str' in item)) continue;
    const [, , c, d, x, y] = item.transform as number[];
    if (item.str.trim() !== '' && !open)
      open = { text: '', y: y ?? 0, x: x ?? 0, size: Math.hypot(c ?? 0, d ?? 0) };
    if (open) {
      open.text += item.str;
      if (item.str.trim() !== '') open.size = Math.max(open.size, Math.hypot(c ?? 0, d ?? 0));
    }
    if (item.hasEOL && open) {
      lines.push(open);
      open = undefined;
    }
  }
  if (open) lines.push(open);
  return lines;
}
