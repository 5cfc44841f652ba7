/** Where a repository lies: under an address, or in a folder such as a USB stick's. Both are believed equally little. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Disk, DiskFile } from '../disk.ts';
import { FetchFailed, type Fetching, fetchWhole, wordsOf } from './transport.ts';

export interface Source {
  readonly base: string;
  /**
   * @param path below it, as it stands in an address; no segment of it is `..`
   * @returns undefined when it isn't there
   * @throws FetchFailed
   */
  read(path: string, limitBytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
}

/** @param base `https://…/releases/`, `file:///…`, or a folder's path */
export function openSource(base: string, parts: { disk: Disk; fetching: Fetching }): Source {
  if (base.startsWith('/')) return folderSource(base, base, parts.disk);
  if (base.startsWith('file:')) return folderSource(base, fileURLToPath(base), parts.disk);
  const root = base.endsWith('/') ? base : `${base}/`;
  return {
    base,
    read: (path, limitBytes, signal) => fetchWhole(`${root}${path}`, limitBytes, parts.fetching, signal),
  };
}

function folderSource(base: string, folder: string, disk: Disk): Source {
  return {
    base,
    async read(path, limitBytes, signal) {
      signal.throwIfAborted();
      const place = join(folder, path);
      let file: DiskFile | undefined;
      try {
        file = await openThere(disk, place);
        return file && (await whole(file, place, limitBytes));
      } catch (error) {
        if (error instanceof FetchFailed || !hasCode(error)) throw error;
        throw new FetchFailed(`${place} can't be read: ${wordsOf(error)}`, { cause: error });
      } finally {
        await file?.close();
      }
    },
  };
}

async function openThere(disk: Disk, place: string): Promise<DiskFile | undefined> {
  try {
    return await disk.open(place, 'r');
  } catch (error) {
    if (hasCode(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function whole(file: DiskFile, place: string, limitBytes: number): Promise<Buffer> {
  const bytes = await file.size();
  if (bytes > limitBytes) throw new FetchFailed(`${place} is larger than ${limitBytes} bytes`);
  const into = Buffer.alloc(bytes);
  return into.subarray(0, await file.read(into, 0));
}

export const hasCode = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';
