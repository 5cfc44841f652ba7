/** Reading a whole file again, and its hash: what the disk gives back, against what was signed. */
import { createHash, webcrypto } from 'node:crypto';
import { setImmediate as othersFirst } from 'node:timers/promises';
import { pieceCount, pieceRange } from '@rockpool/protocol/update/pieces';
import { pieceBytes } from '@rockpool/protocol/update/release';
import type { DiskFile } from '../disk.ts';

/** Hashed in 1 ms with the processor's own SHA, in 4 ms without. */
const sliceBytes = 1024 * 1024;

/** Off this thread, which must stay free for others. */
export const sha256Of = async (bytes: Uint8Array<ArrayBuffer>): Promise<Buffer> =>
  Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));

/**
 * Of the first so many bytes. A hash of a whole can't be shared out; so the next piece is read while one is hashed, and this
 * thread is held for a slice at a time.
 */
export async function rereadHash(file: DiskFile, bytes: number, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const;
  const read = async (piece: number): Promise<Buffer> => {
    const { from, to } = pieceRange(bytes, piece);
    const buffer = buffers[piece % 2 === 0 ? 0 : 1].subarray(0, to - from);
    return buffer.subarray(0, await file.read(buffer, from));
  };
  let next = read(0);
  for (let piece = 0; piece < pieceCount(bytes); piece += 1) {
    const now = await next;
    if (signal?.aborted) throw signal.reason;
    if (piece + 1 < pieceCount(bytes)) {
      next = read(piece + 1);
      next.catch(() => undefined); // thrown where it is awaited, after this piece
    }
    for (let at = 0; at < now.byteLength; at += sliceBytes) {
      hash.update(now.subarray(at, at + sliceBytes));
      await othersFirst();
    }
  }
  return hash.digest('hex');
}

/** Whose hash is not what it has to be. */
export async function badPieces(
  file: DiskFile,
  bytes: number,
  hashes: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<number[]> {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  const bad: number[] = [];
  for (const [piece, hash] of hashes.entries()) {
    if (signal?.aborted) throw signal.reason;
    if (!(await pieceHolds(file, bytes, piece, hash, buffer))) bad.push(piece);
  }
  return bad;
}

export async function pieceHolds(
  file: DiskFile,
  bytes: number,
  piece: number,
  hash: Uint8Array,
  buffer: Buffer<ArrayBuffer>,
): Promise<boolean> {
  const { from, to } = pieceRange(bytes, piece);
  const read = await file.read(buffer.subarray(0, to - from), from);
  return read === to - from && (await sha256Of(buffer.subarray(0, read))).equals(hash);
}
