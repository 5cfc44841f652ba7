/** What a release's archive may hold: names that stay inside, no name twice, and nothing but files, folders and links. */
import { UpdateError } from '../parts.ts';
import type { TarEntry } from './tar.ts';

/** One name of the tree that the archive describes. */
export type Node =
  | { type: 'folder'; path: string }
  | { type: 'file'; path: string; bytes: number; mode: 0o644 | 0o755 }
  | { type: 'link'; path: string; target: string };

export interface Tree {
  /** @returns undefined for the root itself. @throws UpdateError `bad-content` */
  admit(entry: TarEntry): Node | undefined;
  /** Once all is admitted: where links lead is known only then. @throws UpdateError `bad-content` */
  close(): ReadonlyMap<string, Node>;
}

const mostPathBytes = 1_024;
const mostNameBytes = 255;
const mostLinkSteps = 40;
const specialBits = 0o7000;

export function createTree(most: { entries: number; bytes: number }): Tree {
  const nodes = new Map<string, Node>();
  let bytes = 0;

  const add = (node: Node): void => {
    nodes.set(node.path, node);
    if (nodes.size > most.entries)
      throw refused(`there are more than the ${most.entries} entries that it says`);
  };
  const addParents = (path: string): void => {
    const words = path.split('/').slice(0, -1);
    for (const [at] of words.entries()) {
      const parent = words.slice(0, at + 1).join('/');
      const known = nodes.get(parent);
      // A link that an earlier entry laid would lead the write somewhere else.
      if (known !== undefined && known.type !== 'folder') throw refused(`${path} lies below a ${known.type}`);
      if (known === undefined) add({ type: 'folder', path: parent });
    }
  };

  return {
    admit(entry) {
      const path = checkedPath(entry);
      if (path === '') return undefined;
      const known = nodes.get(path);
      // A folder that was met as a parent may be told once more; anything else twice is one thing seen as two.
      if (known !== undefined && !(known.type === 'folder' && entry.type === 'folder'))
        throw refused(`${path} is there twice`);
      addParents(path);
      bytes += entry.type === 'file' ? entry.bytes : 0;
      if (bytes > most.bytes) throw refused(`it unpacks to more than the ${most.bytes} bytes that it says`);
      const node = nodeOf(entry, path);
      add(node);
      return node;
    },
    close() {
      for (const node of nodes.values()) if (node.type === 'link') follow(node.path, nodes);
      return nodes;
    },
  };
}

function nodeOf(entry: TarEntry, path: string): Node {
  if (entry.mode & specialBits) throw refused(`${path} would run with other rights than its caller's`);
  switch (entry.type) {
    case 'folder':
      return { type: 'folder', path };
    case 'file':
      // Whatever else the archive says, it's its owner's to write, and everyone's to read.
      return { type: 'file', path, bytes: entry.bytes, mode: entry.mode & 0o111 ? 0o755 : 0o644 };
    case 'link':
      return { type: 'link', path, target: checkedTarget(entry.target, path) };
    default:
      throw refused(`${path} is neither a file, nor a folder, nor a symbolic link`);
  }
}

/** @returns without `./` before and `/` behind */
function checkedPath({ path, type }: TarEntry): string {
  const plain = (type === 'folder' ? path.replace(/\/$/, '') : path).replace(/^\.(?:\/|$)/, '');
  if (plain === '' && type === 'folder') return '';
  if (!isPlain(plain))
    throw refused(`the name ${JSON.stringify(path.slice(0, 80))} leaves its folder, or can't be read`);
  if (Buffer.byteLength(plain) > mostPathBytes) throw refused(`the name ${plain.slice(0, 80)}… is too long`);
  return plain;
}

const isPlain = (path: string): boolean =>
  path.split('/').every((word) => isName(word) && word !== '..' && word !== '.');

const isName = (word: string): boolean =>
  word !== '' && Buffer.byteLength(word) <= mostNameBytes && !/[\\\u0000-\u001f\u007f\ufffd]/.test(word);

function checkedTarget(target: string, path: string): string {
  if (Buffer.byteLength(target) > mostPathBytes || !target.split('/').every(isName))
    throw refused(`the link ${path} leads out of the release`);
  return target;
}

/** As the kernel would go, link by link: `a/../..` is one thing when `a` is a folder, and another when it's a link. */
function follow(path: string, nodes: ReadonlyMap<string, Node>): void {
  const left = path.split('/');
  const walked: string[] = [];
  let steps = 0;
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '.') continue;
    if (word === '..') {
      if (walked.pop() === undefined) throw refused(`the link ${path} leads out of the release`);
      continue;
    }
    const node = nodes.get([...walked, word].join('/'));
    if (node?.type !== 'link') {
      walked.push(word);
      continue;
    }
    steps += 1;
    if (steps > mostLinkSteps) throw refused(`the link ${path} leads to itself`);
    left.unshift(...node.target.split('/'));
  }
}

const refused = (says: string): UpdateError =>
  new UpdateError('bad-content', `This archive is refused: ${says}.`);
