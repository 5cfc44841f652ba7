/** For tests: a root folder made of files, links and folders; recorded ones come from `recorded/`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Tree {
  files?: Record<string, string>;
  /** Path to what it leads to. */
  links?: Record<string, string>;
  folders?: readonly string[];
}

/** Later ones stand over earlier ones. */
export function makeTree(...trees: readonly Tree[]): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'rockpool-tree-'));
  for (const { files = {}, links = {}, folders = [] } of trees) {
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    for (const [path, target] of Object.entries(links)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      rmSync(join(root, path), { force: true });
      symlinkSync(target, join(root, path));
    }
  }
  return { root, remove: () => rmSync(root, { recursive: true }) };
}

interface Recorded {
  kernel: string;
  /** What every one of them has. */
  common: Tree;
  trees: Record<string, Tree>;
}

/** What a real kernel showed of real disks; `recorded/README.md` says how it came to be. */
export function recorded(): Recorded {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'recorded/linux-6.1.json'), 'utf8')) as Recorded;
}

/** @param home where the data volume belongs in the recorded trees */
export const dataMount = '/var/lib/rockpool';
