/** The disk of this machine: `Disk` as Node and Linux give it. */
import type { FileHandle } from 'node:fs/promises';
import {
  chmod,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  statfs,
  symlink,
} from 'node:fs/promises';
import type { Disk, DiskFile } from '../disk.ts';

export interface NodeDiskOptions {
  /** Of what is made; the process's umask takes from it. */
  fileMode?: number;
  folderMode?: number;
}

const flags = {
  r: constants.O_RDONLY,
  rw: constants.O_RDWR | constants.O_CREAT,
  new: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const;

/** Files are the owner's to write and the group's to read: the agent reads what the updater wrote. */
export function createNodeDisk({ fileMode = 0o640, folderMode = 0o750 }: NodeDiskOptions = {}): Disk {
  return {
    // Never through a link at the end of a path: somebody else could have put it there.
    read: (path) => unlessMissing(readFile(path, { flag: flags.r | constants.O_NOFOLLOW })),
    open: async (path, how) => nodeFile(await open(path, flags[how] | constants.O_NOFOLLOW, fileMode)),
    rename: (from, to) => rename(from, to),
    link: (target, path) => symlink(target, path),
    readLink: (path) => unlessMissing(readlink(path)),
    makeFolder: async (path) => void (await mkdir(path, { recursive: true, mode: folderMode })),
    remove: (path) => rm(path, { recursive: true, force: true }),
    list: async (path) => (await unlessMissing(readdir(path))) ?? [],
    setMode: (path, mode) => chmod(path, mode),
    syncFolder,
    async freeBytes(path) {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function nodeFile(handle: FileHandle): DiskFile {
  return {
    size: async () => (await handle.stat()).size,
    async read(into, at) {
      let done = 0;
      while (done < into.byteLength) {
        const { bytesRead } = await handle.read(into, done, into.byteLength - done, at + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    async write(bytes, at) {
      for (let done = 0; done < bytes.byteLength; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, at + done);
        done += bytesWritten;
      }
    },
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
