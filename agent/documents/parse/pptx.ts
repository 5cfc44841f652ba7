/** PowerPoint: a page for each slide, in the order they are shown; titles are headings, notes come last. */
import { posix } from 'node:path';
import type { Archive } from './archive.ts';
import { type Block, type ParsedFile, type ReadingLimits, rowBlocks } from './block.ts';
import { damaged, tooManyPages } from './problem.ts';
import { type Element, find, parseXml } from './xml.ts';

export async function parsePptx(archive: Archive, limits: ReadingLimits): Promise<ParsedFile> {
  const slides = await slidesOf(archive);
  if (slides.length > limits.pages) throw tooManyPages(slides.length, limits.pages);
  return { pages: slides.length, blocks: slideBlocks(archive, slides) };
}

async function slidesOf(archive: Archive): Promise<string[]> {
  const main = 'ppt/presentation.xml';
  const links = await linksOf(archive, main);
  const presentation = await readXml(archive, main);
  return [...find(presentation, 'p:sldId')].flatMap(({ attributes }) => {
    const target = links.get(attributes['r:id'] ?? '')?.target;
    return target === undefined ? [] : [target];
  });
}

async function* slideBlocks(archive: Archive, slides: readonly string[]): AsyncGenerator<Block> {
  for (const [i, slide] of slides.entries()) {
    const page = i + 1;
    yield* shapes(await readXml(archive, slide), page);
    for (const { type, target } of (await linksOf(archive, slide)).values()) {
      if (type.endsWith('/notesSlide')) yield* notes(await readXml(archive, target), page);
    }
  }
}

function* shapes(slide: Element, page: number): Generator<Block> {
  for (const shape of find(slide, 'p:sp', 'a:tbl', 'mc:Fallback')) {
    // A fallback says again what stood before it, for older programs.
    if (shape.name === 'mc:Fallback') continue;
    if (shape.name === 'a:tbl') yield* rowBlocks(cells(shape), page);
    else if (isOf(shape, 'title', 'ctrTitle')) yield* title(shape, page);
    // What stands on every slide says nothing about this one.
    else if (!isOf(shape, 'sldNum', 'ftr', 'dt')) yield* body(shape, page);
  }
}

function* title(shape: Element, page: number): Generator<Block> {
  const text = paragraphs(shape).join(' ').replace(/\s+/g, ' ').trim();
  if (text !== '') yield { kind: 'heading', level: 1, page, text };
}

function* body(shape: Element, page: number): Generator<Block> {
  for (const text of paragraphs(shape)) yield { kind: 'paragraph', page, text };
}

const cells = (table: Element): string[][] =>
  [...find(table, 'a:tr')].map((row) => [...find(row, 'a:tc')].map((cell) => paragraphs(cell).join(' ')));

function* notes(sheet: Element, page: number): Generator<Block> {
  for (const shape of find(sheet, 'p:sp')) {
    if (isOf(shape, 'body')) yield* body(shape, page);
  }
}

function isOf(shape: Element, ...types: string[]): boolean {
  const [placeholder] = find(shape, 'p:ph');
  return placeholder !== undefined && types.includes(placeholder.attributes['type'] ?? '');
}

function paragraphs(shape: Element): string[] {
  return [...find(shape, 'a:p')]
    .map((paragraph) =>
      [...find(paragraph, 'a:t', 'a:br', 'a:tab')]
        .map((run) => (run.name === 'a:t' ? run.text : run.name === 'a:br' ? '\n' : ' '))
        .join(''),
    )
    .filter((text) => text.trim() !== '');
}

/** What a part refers to, by the id it uses for it. */
async function linksOf(
  archive: Archive,
  part: string,
): Promise<Map<string, { type: string; target: string }>> {
  const folder = posix.dirname(part);
  const bytes = await archive.read(posix.join(folder, '_rels', `${posix.basename(part)}.rels`));
  if (!bytes) return new Map();
  return new Map(
    [...find(parseXml(bytes), 'Relationship')]
      .filter(({ attributes }) => attributes['TargetMode'] !== 'External')
      .map(({ attributes: { Id = '', Type = '', Target = '' } }) => [
        Id,
        { type: Type, target: inside(folder, Target) },
      ]),
  );
}

const inside = (folder: string, target: string): string =>
  target.startsWith('/') ? target.slice(1) : posix.join(folder, target);

async function readXml(archive: Archive, part: string): Promise<Element> {
  const bytes = await archive.read(part);
  if (!bytes) throw damaged();
  return parseXml(bytes);
}
