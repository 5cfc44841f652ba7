/** Driver for parse5: the text of a page as its reader would see it, by structure; scripts and styles are no text. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { type Block, type ParsedFile, rowBlocks } from './block.ts';

type Node = DefaultTreeAdapterTypes.Node;
type ParentNode = DefaultTreeAdapterTypes.ParentNode;

const unread = new Set(
  'script style template noscript svg math iframe object embed canvas audio video select button textarea head'.split(
    ' ',
  ),
);
const inline = new Set(
  (
    'a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark meter nobr output ' +
    'progress q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'
  ).split(' '),
);

export function parseHtml(source: string): ParsedFile {
  const root = parse(source, { scriptingEnabled: false });
  return { pages: null, blocks: blocksOf(root) };
}

/** What is still to be visited: nodes, and the ends of blocks. A stack of our own, since pages nest as deep as they like. */
type Visit = Node | { end: 'paragraph' };

function* blocksOf(root: ParentNode): Generator<Block> {
  let open = '';
  const close = function* (): Generator<Block> {
    const text = tidy(open);
    open = '';
    if (text !== '') yield { kind: 'paragraph', text, page: null };
  };
  const visits: Visit[] = [root];
  const visitChildren = (node: ParentNode): void => {
    for (let i = node.childNodes.length - 1; i >= 0; i -= 1) visits.push(node.childNodes[i] as Node);
  };
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    if ('end' in visit) yield* close();
    else if (isText(visit)) open += visit.value.replace(/[^\S\u00a0]+/g, ' ');
    else if (!isParent(visit)) continue;
    else if (nameOf(visit) === 'br') open += '\n';
    else if (nameOf(visit) === 'head') yield* titleOf(visit);
    else if (isUnread(visit)) continue;
    else if (inline.has(nameOf(visit))) visitChildren(visit);
    else {
      yield* close();
      const whole = wholeBlocks(visit);
      if (whole) yield* whole;
      else {
        visits.push({ end: 'paragraph' });
        visitChildren(visit);
      }
    }
  }
  yield* close();
}

/** Elements that are taken as one; undefined for those whose children are visited. */
function wholeBlocks(node: ParentNode): Block[] | undefined {
  const name = nameOf(node);
  if (/^h[1-6]$/.test(name))
    return some({ kind: 'heading', level: Number(name[1]), page: null, text: flat(textOf(node)) });
  if (name === 'pre') return some({ kind: 'code', page: null, text: textOf(node).replace(/^\n+|\s+$/g, '') });
  if (name === 'table') return tableBlocks(node);
  return undefined;
}

const some = (block: Block): Block[] => (block.text === '' ? [] : [block]);

function* titleOf(head: ParentNode): Generator<Block> {
  const title = head.childNodes.find((node) => nameOf(node) === 'title');
  const text = title && isParent(title) ? flat(textOf(title)) : '';
  if (text !== '') yield { kind: 'heading', level: 1, page: null, text };
}

function tableBlocks(table: ParentNode): Block[] {
  const rows = [...elements(table, 'tr')].map((row) => [...elements(row, 'td', 'th')]);
  const marked =
    rows[0] !== undefined && rows[0].length > 0 && rows[0].every((cell) => nameOf(cell) === 'th');
  return rowBlocks(
    rows.map((cells) => cells.map(textOf)),
    null,
    marked,
  );
}

/** Elements of these names below `node`, in order, not those inside one another: a table in a cell is its text. */
function* elements(node: ParentNode, ...names: string[]): Generator<ParentNode> {
  const visits: Node[] = [...node.childNodes].reverse();
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    if (!isParent(visit) || isUnread(visit)) continue;
    if (names.includes(nameOf(visit))) yield visit;
    else for (let i = visit.childNodes.length - 1; i >= 0; i -= 1) visits.push(visit.childNodes[i] as Node);
  }
}

function textOf(node: ParentNode): string {
  let text = '';
  const visits: Node[] = [...node.childNodes].reverse();
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    if (isText(visit)) text += visit.value;
    else if (nameOf(visit) === 'br') text += '\n';
    else if (isParent(visit) && !isUnread(visit)) {
      if (!inline.has(nameOf(visit)) && text !== '') text += ' ';
      for (let i = visit.childNodes.length - 1; i >= 0; i -= 1) visits.push(visit.childNodes[i] as Node);
    }
  }
  return text;
}

const isText = (node: Node): node is DefaultTreeAdapterTypes.TextNode => node.nodeName === '#text';
const isParent = (node: Node): node is ParentNode => 'childNodes' in node;
const nameOf = (node: Node): string => node.nodeName.toLowerCase();
const isUnread = (node: Node): boolean =>
  unread.has(nameOf(node)) || ('attrs' in node && node.attrs.some(({ name }) => name === 'hidden'));

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
/** Spaces of the source mean nothing; line breaks were asked for. */
const tidy = (text: string): string =>
  text
    .replace(/[^\S\n\u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .trim();
