/** From the bytes of a file to its blocks, whatever kind it is. */
import type { Document } from '@rockpool/protocol/documents';
import { type Sniffed, sniff } from '../sniff.ts';
import type { Block, ParsedFile, ReadingLimits } from './block.ts';
import { asProblem, tooMuchText, withoutText } from './problem.ts';

export interface ReadFile extends ParsedFile {
  kind: NonNullable<Document['kind']>;
}

/** @throws Refusal with one sentence that says what to do, here or while the blocks are read */
export async function parseFile(bytes: Buffer, name: string, limits: ReadingLimits): Promise<ReadFile> {
  try {
    const sniffed = await sniff(bytes, name);
    if ('source' in sniffed && sniffed.source.length > limits.characters)
      throw tooMuchText(limits.characters);
    const { pages, blocks } = await parsers[sniffed.kind](sniffed as never, bytes, limits);
    return { kind: sniffed.kind, pages, blocks: bounded(blocks, limits.characters) };
  } catch (cause) {
    throw asProblem(cause);
  }
}

/** Loaded when needed: a text file should not wait for the PDF reader. */
const parsers: {
  [K in Sniffed['kind']]: (
    sniffed: Extract<Sniffed, { kind: K }>,
    bytes: Buffer,
    limits: ReadingLimits,
  ) => ParsedFile | Promise<ParsedFile>;
} = {
  pdf: async (_, bytes, limits) => (await import('./pdf.ts')).parsePdf(bytes, limits),
  docx: async (_, bytes) => (await import('./docx.ts')).parseDocx(bytes),
  xlsx: async (_, bytes) => (await import('./xlsx.ts')).parseXlsx(bytes),
  pptx: async ({ archive }, _, limits) => (await import('./pptx.ts')).parsePptx(archive, limits),
  html: async ({ source }) => (await import('./html.ts')).parseHtml(source),
  markdown: async ({ source }) => (await import('./markdown.ts')).parseMarkdown(source),
  csv: async ({ source }) => (await import('./csv.ts')).parseCsv(source),
  text: async ({ source }) => (await import('./text.ts')).parseText(source),
};

async function* bounded(blocks: ParsedFile['blocks'], characters: number): AsyncGenerator<Block> {
  let left = characters;
  let isEmpty = true;
  try {
    for await (const block of blocks) {
      left -= block.text.length;
      if (left < 0) throw tooMuchText(characters);
      isEmpty &&= block.text.trim() === '';
      yield block;
    }
  } catch (cause) {
    throw asProblem(cause);
  }
  if (isEmpty) throw withoutText();
}
