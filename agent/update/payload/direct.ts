/**
 * Reading past the page cache (O_DIRECT): what the drive gives back, not what the kernel remembers having written. That is
 * proof that the bytes left the machine's memory and can be read; not that the drive has them off its own cache (the sync
 * before asked for that, and drives lie), nor that they will be there in a year. And nine gigabytes that are read only once
 * don't push a running model's weights out of memory.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { DiskFile } from '../disk.ts';
import { UpdateError } from '../parts.ts';

const stepBytes = 4 * 1024 * 1024;
/** Of addresses in memory and in the file, at most, on every drive that we know. */
const alignBytes = 4096;

/** What a file is opened with for its second reading. */
export type OpenAgain = (path: string) => Promise<DiskFile>;

/** A file of ours alone: a second name would be somebody else's way to write to it. @throws UpdateError `bad-bytes` */
export async function openDirect(path: string): Promise<DiskFile> {
  const handle = await openPastCache(path);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new UpdateError('bad-bytes', `${path} is no file.`);
    if (stat.nlink !== 1) throw new UpdateError('bad-bytes', `${path} has a second name.`);
    return directFile(handle, stat.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Some file systems (in memory, over a network) have no way past the cache; there the plain way is all there is. */
async function openPastCache(path: string): Promise<FileHandle> {
  const plain = constants.O_RDONLY | constants.O_NOFOLLOW;
  try {
    return await open(path, plain | constants.O_DIRECT);
  } catch (error) {
    if (codeOf(error) === 'ELOOP')
      throw new UpdateError('bad-bytes', `A link stands where ${path} was.`, { cause: error });
    if (codeOf(error) !== 'EINVAL') throw error;
    return await open(path, plain);
  }
}

function directFile(handle: FileHandle, size: number): DiskFile {
  const buffer = alignedBuffer(handle);
  const readOnly = (): never => {
    throw new UpdateError('disk', 'This file is open for reading again, and for nothing else.');
  };
  return {
    size: async () => size,
    /** @param at a whole number of pieces */
    async read(into, at) {
      const wanted = Math.min(into.byteLength, size - at);
      for (let done = 0; done < wanted; ) {
        const step = Math.min(stepBytes, Math.ceil((wanted - done) / alignBytes) * alignBytes);
        const read = await buffer.read(step, at + done);
        if (read.byteLength === 0) return done; // somebody made it shorter
        const taken = read.subarray(0, wanted - done);
        into.set(taken, done);
        done += taken.byteLength;
      }
      return Math.max(0, wanted);
    },
    write: async () => readOnly(),
    truncate: async () => readOnly(),
    sync: async () => readOnly(),
    close: () => handle.close(),
  };
}

/**
 * Node doesn't tell where memory begins; the kernel does, by refusing what lies askew. It does so only where there is
 * something to read: of a hole it takes any place, so a later read may still be refused, and the place is looked for then.
 */
function alignedBuffer(handle: FileHandle): { read(bytes: number, at: number): Promise<Buffer> } {
  const room = Buffer.allocUnsafeSlow(stepBytes + alignBytes);
  let skip = 0;
  return {
    async read(bytes, at) {
      for (;;) {
        const buffer = room.subarray(skip, skip + bytes);
        try {
          const { bytesRead } = await handle.read(buffer, 0, bytes, at);
          return buffer.subarray(0, bytesRead);
        } catch (error) {
          skip += 8;
          if (codeOf(error) !== 'EINVAL' || skip >= alignBytes) throw error;
        }
      }
    },
  };
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
