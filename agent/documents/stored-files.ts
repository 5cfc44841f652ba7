/** The files people added, as they came: one for each content, named by its hash, whole or not there. */
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { syncFolder } from '../host/files.ts';

export interface ReceivedFile {
  sha256: string;
  bytes: number;
  /** Where it lies until it is kept or dropped. */
  partial: string;
}

export type StoredFiles = ReturnType<typeof storedFiles>;

/** What is left to the databases: one that can't be written to answers nobody. */
const reserveBytes = 256 * 1024 * 1024;

export function storedFiles(folder: string) {
  const pathOf = (sha256: string): string => join(folder, sha256);
  return {
    pathOf,

    /** Writes what comes in beside the stored files, on disk for good when it returns; nothing is left when it fails. */
    async receive(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ReceivedFile> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await demandSpace(folder);
      const partial = join(folder, `${randomUUID()}.partial`);
      const file = await open(partial, 'wx', 0o600);
      try {
        return { ...(await write(stream, file, maxBytes)), partial };
      } catch (cause) {
        await rm(partial, { force: true });
        throw cause;
      }
    },

    /** A power cut after this leaves the file without a row, and `sweep` finds it. */
    async keep({ partial, sha256 }: ReceivedFile): Promise<void> {
      await rename(partial, pathOf(sha256));
      syncFolder(folder);
    },

    drop: ({ partial }: ReceivedFile): Promise<void> => rm(partial, { force: true }),

    async remove(sha256: string): Promise<void> {
      await rm(pathOf(sha256), { force: true });
    },

    /** Removes uploads that power cut short, and files whose document was deleted or never noted. */
    async sweep(wanted: ReadonlySet<string>): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const name of await readdir(folder)) {
        const isOurs = /^[0-9a-f]{64}$/.test(name) || name.endsWith('.partial');
        if (isOurs && !wanted.has(name)) await rm(join(folder, name), { force: true });
      }
    },
  };
}

async function demandSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > reserveBytes) return;
  throw new Refusal(
    'storage-full',
    'The disk is nearly full; delete documents or old chats, then try again.',
  );
}

async function write(stream: AsyncIterable<Uint8Array>, file: FileHandle, maxBytes: number) {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

export const tooLarge = (maxBytes: number): Refusal =>
  new Refusal(
    'too-large',
    `Files may have ${Math.floor(maxBytes / 1024 / 1024)} MB at most; split it and add the parts.`,
  );
