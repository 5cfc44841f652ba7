/** Files that survive a power cut and that only their owner reads. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** After it returns the file holds `content`; before, it holds what it held. */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const partial = `${path}.partial`;
  writeAndSync(partial, 'w', content);
  renameSync(partial, path);
  syncFolder(dirname(path));
}

/** For what must not be written over. @throws when the file is there */
export function writeNewFile(path: string, content: string | Uint8Array): void {
  writeAndSync(path, 'wx', content);
  syncFolder(dirname(path));
}

function writeAndSync(path: string, flag: 'w' | 'wx', content: string | Uint8Array): void {
  const file = openSync(path, flag, 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
