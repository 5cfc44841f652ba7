/** Where whole artifacts lie, each under its hash: made out of sight, read again, and only then there. */
import { dirname, join } from 'node:path';
import { makeFolderDurably } from '../disk/durable.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import type { OpenAgain } from './direct.ts';
import { onDisk } from './disk-error.ts';
import { rereadHash } from './reread.ts';
import type { Wanted } from './source.ts';

/** Nobody writes to it again, not even this process by mistake. */
const readOnlyMode = 0o440;

export interface Store {
  folder: string;
  pathOf(sha256: string): string;
  names(): Promise<string[]>;
  /** Reads it all. Damaged, it is removed: so that it can be fetched again. */
  holds(wanted: Wanted, signal: AbortSignal): Promise<boolean>;
  /** What a file that nobody writes to any more reads like, past the cache. Synced it has to be. */
  hashAgain(path: string, bytes: number, signal: AbortSignal): Promise<string>;
  openAgain(path: string): Promise<DiskFile>;
  /** From this name on it is whole. */
  take(path: string, sha256: string): Promise<void>;
}

export function createStore(disk: Disk, folder: string, openAgain: OpenAgain): Store {
  const pathOf = (sha256: string): string => join(folder, sha256);
  const hashAgain = async (path: string, bytes: number, signal: AbortSignal): Promise<string> =>
    onDisk('reading again what was written', async () => {
      const file = await openAgain(path);
      try {
        const size = await file.size();
        return size === bytes ? await rereadHash(file, bytes, signal) : `${size} bytes`;
      } finally {
        await file.close();
      }
    });
  return {
    folder,
    pathOf,
    hashAgain,
    openAgain,
    names: () => disk.list(folder),
    async holds({ sha256, bytes }, signal) {
      if (!(await disk.list(folder)).includes(sha256)) return false;
      try {
        if ((await hashAgain(pathOf(sha256), bytes, signal)) === sha256) return true;
      } catch (error) {
        if (!(error instanceof UpdateError && error.reason === 'bad-bytes')) throw error;
      }
      await onDisk('removing what is damaged', () => disk.remove(pathOf(sha256)));
      return false;
    },
    async take(path, sha256) {
      await onDisk('putting it into the store', async () => {
        await disk.setMode(path, readOnlyMode);
        await syncMode(disk, path);
        await disk.rename(path, pathOf(sha256));
        await disk.syncFolder(folder);
      });
    },
  };
}

export async function makeStore(disk: Disk, folder: string): Promise<void> {
  await onDisk('making the store', async () => {
    await makeFolderDurably(disk, dirname(folder));
    await makeFolderDurably(disk, folder);
  });
}

async function syncMode(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
