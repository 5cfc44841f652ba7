/** What is slow to make is kept under the name of everything that it was made from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** How many of one kind are kept; the others were made from packages or sources that nobody builds any more. */
const kept = 3;

export interface Cache {
  readonly folder: string;
  /** @returns the path of a file or folder, made by `make` at the path that it is given when it isn't there yet */
  keep(kind: string, inputs: unknown, make: (path: string) => void): string;
}

export function openCache(folder: string): Cache {
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    keep(kind, inputs, make) {
      const path = join(folder, `${kind}-${digestOf(inputs)}`);
      if (!existsSync(path)) {
        const unfinished = `${path}.unfinished`;
        rmSync(unfinished, { recursive: true, force: true });
        make(unfinished);
        // Last on purpose: a build that was interrupted leaves nothing that looks whole.
        renameSync(unfinished, path);
      }
      utimesSync(path, new Date(), new Date());
      forgetOldest(folder, kind);
      return path;
    },
  };
}

export function digestOf(inputs: unknown): string {
  const bytes = typeof inputs === 'string' ? inputs : JSON.stringify(inputs);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

function forgetOldest(folder: string, kind: string): void {
  const same = readdirSync(folder)
    .filter((name) => new RegExp(`^${kind}-[0-9a-f]{16}$`).test(name))
    .map((name) => ({ path: join(folder, name), usedMs: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.usedMs - a.usedMs);
  for (const { path } of same.slice(kept)) rmSync(path, { recursive: true, force: true });
}
