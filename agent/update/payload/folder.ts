/** A folder of files as a mirror: a stick in a port, which may be pulled out at any byte, and of which nothing is believed. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type PieceRange, partBytes, partName, partOf } from '@rockpool/protocol/update/pieces';
import { artifactPath } from '@rockpool/protocol/update/release';
import { type ReadRange, SourceError, urlBelow, type Wanted } from './source.ts';

const stepBytes = 256 * 1024;
/** A pipe that waits for a writer, or a link to somewhere else: a stick may hold anything. */
const asFile = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export const readFolder: ReadRange = async function* (base, wanted, range, signal) {
  const { file, at } = await openPart(base, wanted, range);
  try {
    const buffer = Buffer.allocUnsafe(stepBytes);
    for (let done = 0; done < range.to - range.from; ) {
      signal.throwIfAborted();
      const step = Math.min(stepBytes, range.to - range.from - done);
      const { bytesRead } = await file.read(buffer, 0, step, at + done);
      if (bytesRead === 0) throw new SourceError('gone', 'its file ended early');
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  } catch (cause) {
    throw asSourceError(cause);
  } finally {
    // A stick that is no longer there can't be closed well, and nothing was written to it.
    await file.close().catch(() => undefined);
  }
};

/** Whole, or the part of it in which the range lies. */
async function openPart(
  base: string,
  wanted: Wanted,
  range: PieceRange,
): Promise<{ file: FileHandle; at: number }> {
  const whole = await openPlain(base, artifactPath(wanted.sha256), wanted.bytes);
  if (whole) return { file: whole, at: range.from };
  const { part, from } = partOf(range);
  const path = artifactPath(partName(wanted.sha256, part));
  const file = await openPlain(base, path, partBytes(wanted.bytes, part));
  if (!file) throw new SourceError('lacks', "it doesn't have it");
  return { file, at: from };
}

/** @returns undefined where there is no such file */
async function openPlain(base: string, path: string, bytes: number): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(fileURLToPath(urlBelow(base, path)), asFile);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw asSourceError(cause);
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new SourceError('lies', `its ${path} is no file`);
    if (stat.size !== bytes)
      throw new SourceError('lies', `its ${path} has ${stat.size} bytes where there are ${bytes}`);
    return file;
  } catch (cause) {
    await file.close();
    throw asSourceError(cause);
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function asSourceError(cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === 'ELOOP') return new SourceError('lies', 'a link stands where its file should be', { cause });
  return code === undefined || code === 'ABORT_ERR'
    ? cause
    : new SourceError('gone', `it can't be read (${String(code)})`, { cause });
}
