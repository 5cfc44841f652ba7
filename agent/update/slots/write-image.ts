/** Copies an image of the store to where a boot loader starts from, and reads it back from there. */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import type { SlotImage } from './slots.ts';

const chunkBytes = 4 * 1024 * 1024;

/**
 * What was behind the image's end stays: a partition is larger than what lies in it.
 * @throws UpdateError `bad-bytes`, `no-space`, `disk`
 */
export async function writeImage(
  disk: Disk,
  image: SlotImage,
  to: string,
  how: 'rw' | 'new',
  signal: AbortSignal,
): Promise<void> {
  const from = await disk.open(image.file, 'r');
  try {
    const target = await disk.open(to, how);
    try {
      const hash = await eachChunk(from, image.bytes, signal, (chunk, at) => target.write(chunk, at));
      // Signed, and not what was fetched: somebody wrote to the store since. Nothing starts from what lies there now.
      if (hash !== image.sha256) throw badBytes(`${image.file} is not what was signed.`);
      await target.sync();
      if ((await eachChunk(target, image.bytes, signal)) !== image.sha256)
        throw badBytes(`${to} gives back other bytes than were written to it.`);
    } finally {
      await target.close();
    }
  } catch (error) {
    throw onDisk(error, to);
  } finally {
    await from.close();
  }
}

/** What a label such as `/dev/disk/by-partlabel/APP_b` stands for: nothing is written through a link. */
export async function deviceAt(disk: Disk, label: string): Promise<string> {
  const target = await disk.readLink(label);
  if (target === undefined) throw new UpdateError('slot-failed', `There is no partition ${label}.`);
  return resolve(dirname(label), target);
}

/** @returns the hash of the first `bytes` bytes */
async function eachChunk(
  file: DiskFile,
  bytes: number,
  signal: AbortSignal,
  take?: (chunk: Buffer, at: number) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, bytes));
  for (let at = 0; at < bytes; ) {
    signal.throwIfAborted();
    const read = await file.read(buffer.subarray(0, Math.min(buffer.byteLength, bytes - at)), at);
    if (read === 0) throw badBytes('A file ends before its image does.');
    const chunk = buffer.subarray(0, read);
    hash.update(chunk);
    await take?.(chunk, at);
    at += read;
  }
  return hash.digest('hex');
}

function onDisk(error: unknown, to: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new UpdateError('no-space', `There is no room for the image at ${to}.`, { cause: error });
  if (code === 'EIO' || code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new UpdateError('disk', `${to} can't be written.`, { cause: error });
  return error;
}

const badBytes = (says: string): UpdateError => new UpdateError('bad-bytes', says);
