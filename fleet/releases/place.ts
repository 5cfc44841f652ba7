/** Files that appear whole or not at all, and that everybody may read: a repository is served as it lies. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export function placeBytes(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = partialOf(path);
  writeFileSync(partial, bytes, { mode: 0o644 });
  settle(partial, path);
}

/** @param link shares the bytes with `from`, which nobody may write to from then on */
export function copyAside(from: string, path: string, link = false): string {
  mkdirSync(dirname(path), { recursive: true });
  const partial = partialOf(path);
  if (link) linkSync(from, partial);
  else copyFileSync(from, partial, constants.COPYFILE_FICLONE);
  return partial;
}

/** What was written aside gets its name. */
export function settle(partial: string, path: string): void {
  const file = openSync(partial, 'r+');
  try {
    fchmodSync(file, 0o644);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
  syncFolder(dirname(path));
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Several at once write beside each other. */
const partialOf = (path: string): string => `${path}.${randomUUID()}.partial`;
