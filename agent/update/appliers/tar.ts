/** Driver for the tar library: an archive on the disk, entry by entry. What the library would pass over is refused. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Parser, type ReadEntry } from 'tar';
import type { DiskFile } from '../disk.ts';
import { UpdateError } from '../parts.ts';

export interface TarEntry {
  /** As the archive says it: nothing was checked. */
  path: string;
  type: 'file' | 'folder' | 'link' | 'other';
  mode: number;
  bytes: number;
  /** Of a link. */
  target: string;
  content: AsyncIterable<Buffer>;
}

const readBytes = 64 * 1024;

/**
 * Each entry is taken before the next is shown; its content has to be read to its end.
 * @returns the hash of all bytes, those behind the archive's end too
 * @throws UpdateError `bad-content`; what `take` throws
 */
export async function readTar(
  file: DiskFile,
  take: (entry: TarEntry) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const parser = new Parser({ strict: true });
  let taking = Promise.resolve();
  let shown: ReadEntry | undefined;
  const failed = new Promise<never>((_, reject) => {
    parser.on('error', (cause: Error) =>
      reject(badContent(`the archive is damaged: ${cause.message}`, cause)),
    );
    parser.on('ignoredEntry', ({ path }: ReadEntry) =>
      reject(badContent(`the archive holds ${path}, which is of a kind that no release has`)),
    );
    parser.on('entry', (entry: ReadEntry) => {
      shown = entry;
      taking = taking.then(() => take(entryOf(entry)));
      taking.catch(reject);
    });
  });
  failed.catch(() => undefined); // told by whichever race comes next
  const ended = once(parser, 'end');
  ended.catch(() => undefined);
  try {
    for (let at = 0; ; ) {
      signal.throwIfAborted();
      // A new one each time: the library keeps parts of it until they are taken.
      const chunk = Buffer.allocUnsafeSlow(readBytes);
      const bytes = await file.read(chunk, at);
      if (bytes === 0) break;
      if (at === 0) refuseCompressed(chunk);
      hash.update(chunk.subarray(0, bytes));
      at += bytes;
      if (!parser.write(chunk.subarray(0, bytes))) await Promise.race([once(parser, 'drain'), failed]);
    }
    parser.end();
    await Promise.race([ended, failed]);
    await Promise.race([taking, failed]);
  } catch (error) {
    // Whoever still waits for the rest of an entry hears that there is none, and closes what it has open.
    shown?.destroy(error);
    await taking.catch(() => undefined);
    throw error;
  }
  return hash.digest('hex');
}

const types: Partial<Record<ReadEntry['type'], TarEntry['type']>> = {
  File: 'file',
  OldFile: 'file',
  Directory: 'folder',
  SymbolicLink: 'link',
};

const entryOf = (entry: ReadEntry): TarEntry => ({
  path: entry.path,
  type: types[entry.type] ?? 'other',
  mode: entry.mode ?? 0o644,
  bytes: entry.size,
  target: entry.linkpath ?? '',
  content: entry,
});

/** The library would unpack what is compressed in passing, and nobody has counted what that yields. */
function refuseCompressed(chunk: Buffer): void {
  const magic = chunk.readUInt32BE(0);
  if (magic >>> 16 === 0x1f8b || magic === 0x28b52ffd) throw badContent('the archive is compressed');
}

const badContent = (says: string, cause?: Error): UpdateError =>
  new UpdateError('bad-content', says, cause && { cause });
