/** Files under a root folder: the running system's, or a recorded tree's. What is absent is an answer, not an error. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';

/** @param root `/`, or where a tree was recorded */
export function openRoot(root = '/') {
  const at = (path: string): string => join(root, path);
  return {
    at,
    /** Undefined when there is no such file, or we may not read it. */
    read(path: string): string | undefined {
      return absent(() => readFileSync(at(path), 'utf8'));
    },
    stat(path: string): Stats | undefined {
      return absent(() => statSync(at(path)));
    },
    list(path: string): string[] {
      return absent(() => readdirSync(at(path)).sort()) ?? [];
    },
    /**
     * Where a path leads once its links are followed, as the tree itself would see it: a link that begins with a slash
     * begins at the tree's root.
     */
    real(path: string): string {
      return follow(path, at, 0);
    },
  };
}

export type Root = ReturnType<typeof openRoot>;

const maxLinks = 40; // as the kernel has it

function follow(path: string, at: (path: string) => string, links: number): string {
  let reached = '/';
  const parts = normalize(`/${path}`).split('/').filter(Boolean);
  for (const [place, part] of parts.entries()) {
    const next = join(reached, part);
    const isLink = absent(() => lstatSync(at(next)))?.isSymbolicLink() === true;
    if (!isLink) {
      reached = next;
      continue;
    }
    if (links >= maxLinks) throw new Error(`${path} is a link that leads round and round`);
    const target = resolve(reached, readlinkSync(at(next)));
    return follow(join(target, ...parts.slice(place + 1)), at, links + 1);
  }
  return reached;
}

function absent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENODEV', 'EINVAL'].includes(String(code))) return undefined;
    throw error;
  }
}
