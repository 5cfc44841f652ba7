/** For tests: a board's files, unpacked into a folder that stands for the root of its file system. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const boards = ['orin-nano', 'orin-nx', 'agx-orin', 'agx-thor', 'pc'] as const;
export type Board = (typeof boards)[number];

export interface Tree {
  root: string;
  /** Null takes the file away; `'fails'` makes it one that can't be read. */
  set(path: string, content: string | null | 'fails'): void;
  remove(): void;
}

interface Described {
  files: Record<string, string>;
  failing: string[];
}

export function unpack(board: Board): Tree {
  const { files, failing } = JSON.parse(
    readFileSync(join(import.meta.dirname, `trees/${board}.json`), 'utf8'),
  ) as Described;
  const root = mkdtempSync(join(tmpdir(), `rockpool-${board}-`));
  const set: Tree['set'] = (path, content) => {
    const at = join(root, path);
    rmSync(at, { force: true, recursive: true });
    if (content === null) return;
    mkdirSync(content === 'fails' ? at : dirname(at), { recursive: true });
    if (content !== 'fails') writeFileSync(at, content);
  };
  for (const [path, content] of Object.entries(files)) set(path, content);
  for (const path of failing) set(path, 'fails');
  return { root, set, remove: () => rmSync(root, { recursive: true, force: true }) };
}
