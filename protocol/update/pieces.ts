/** An artifact in pieces: where each begins and ends, and the list of their hashes that is signed. */
import { pieceBytes, splitPieces } from './release.ts';

const hashBytes = 32;

export interface PieceRange {
  /** The first byte. */
  from: number;
  /** After the last byte. */
  to: number;
}

/** How many pieces so many bytes have. */
export const pieceCount = (bytes: number): number => Math.ceil(bytes / pieceBytes);

/** Plain arithmetic, no shifts: an artifact may have 2^43 bytes, and shifts end at 2^31. */
export function pieceRange(bytes: number, piece: number): PieceRange {
  if (!Number.isSafeInteger(piece) || piece < 0 || piece >= pieceCount(bytes))
    throw new RangeError(`${bytes} bytes have no piece ${piece}`);
  const from = piece * pieceBytes;
  return { from, to: Math.min(from + pieceBytes, bytes) };
}

/** Of a file that is split: which part holds a range, and where in it. No range of a piece lies in two. */
export function partOf({ from, to }: PieceRange): { part: number; from: number; to: number } {
  const part = Math.floor(from / splitBytes);
  const begin = part * splitBytes;
  if (to > begin + splitBytes) throw new RangeError(`bytes ${from} to ${to} lie in two parts`);
  return { part, from: from - begin, to: to - begin };
}

/** Bytes of a part of a file that is split. */
export const partBytes = (bytes: number, part: number): number =>
  Math.max(0, Math.min(splitBytes, bytes - part * splitBytes));

/** `HASH.000`, `HASH.001`, … */
export const partName = (sha256: string, part: number): string =>
  `${sha256}.${String(part).padStart(3, '0')}`;

export const splitBytes = splitPieces * pieceBytes;

/**
 * @returns the hash of each piece, in order; they share the list's memory
 * @throws RangeError for a list that doesn't stand for so many bytes
 */
export function parsePieceList<Bytes extends Uint8Array>(list: Bytes, bytes: number): Bytes[] {
  const count = pieceCount(bytes);
  if (list.byteLength !== count * hashBytes)
    throw new RangeError(
      `a list of ${list.byteLength} bytes is none of ${count} pieces, which ${bytes} bytes have`,
    );
  return Array.from(
    { length: count },
    (_, piece) => list.subarray(piece * hashBytes, (piece + 1) * hashBytes) as Bytes,
  );
}

export function formatPieceList(hashes: readonly Uint8Array[]): Uint8Array {
  const list = new Uint8Array(hashes.length * hashBytes);
  for (const [piece, hash] of hashes.entries()) {
    if (hash.byteLength !== hashBytes) throw new RangeError(`piece ${piece} has no SHA-256`);
    list.set(hash, piece * hashBytes);
  }
  return list;
}
