/** An artifact that isn't whole yet: its bytes in their places, and which pieces of it are known to be on the disk. */
import { dirname } from 'node:path';
import { pieceCount, pieceRange } from '@rockpool/protocol/update/pieces';
import { pieceBytes } from '@rockpool/protocol/update/release';
import { z } from 'zod';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import { asDiskError, onDisk } from './disk-error.ts';
import { pieceHolds } from './reread.ts';
import type { Wanted } from './source.ts';

/** Which pieces are on the disk for good: a bit is set after its piece was synced, never before. Kept twice, see `twoCopies`. */
export const Bitmap = z.strictObject({
  pieces: z.int().nonnegative(),
  bits: z.base64(),
  /** When somebody last wrote here, by the device's clock. */
  at: z.number(),
});
export type Bitmap = z.infer<typeof Bitmap>;
export const parseBitmap = (value: unknown): Bitmap | undefined => Bitmap.safeParse(value).data;

export interface Partial {
  /** In ascending order. */
  missing(): number[];
  bytesHere(): number;
  /** The piece is on the disk for good on return. @throws UpdateError `no-space`, `disk` */
  put(piece: number, bytes: Uint8Array): Promise<void>;
  /** They were thought to be here, and aren't. */
  forget(pieces: readonly number[]): Promise<void>;
  /** Which pieces are here is on the disk, too. */
  save(): Promise<void>;
  /** For reading; whoever asks doesn't close it. */
  file: DiskFile;
  close(): Promise<void>;
}

/** The bitmap is saved once in so many pieces. What it doesn't know yet is hashed again, and not fetched again. */
const saveEvery = 8;
/** Pieces are fetched in order, so what the bitmap doesn't know yet lies right after what it does. */
const lookAgainAt = saveEvery + 8;

export const partialOf = (path: string): string => `${path}.partial`;
export const bitmapOf = (path: string): string => `${path}.bitmap`;

export async function openPartial(
  disk: Disk,
  path: string,
  wanted: Wanted,
  hashes: readonly Uint8Array[],
  now: () => number,
): Promise<Partial> {
  const copies = twoCopies(disk, bitmapOf(path), parseBitmap);
  const file = await onDisk('opening what was begun', () => disk.open(partialOf(path), 'rw'));
  try {
    // Without its name, pieces that were synced would be gone after a power cut.
    await onDisk('keeping the name of what is begun', () => disk.syncFolder(dirname(path)));
    if ((await file.size()) > wanted.bytes)
      await onDisk('cutting off what does not belong there', () => file.truncate(wanted.bytes));
    const size = await file.size();
    const { value } = await onDisk('reading what was begun', () => copies.load());
    const here = piecesHere(value, wanted.bytes, size);
    const found = await lookAgain(file, wanted, hashes, here, size);
    const partial = new OpenPartial({ disk, path, wanted, file, here, now, save: copies.save });
    if (found > 0) await partial.syncFound();
    return partial;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** By the bitmap alone. */
export async function markedBytes(disk: Disk, path: string, { bytes }: Wanted): Promise<number> {
  const { value } = await onDisk('reading what was begun', () =>
    twoCopies(disk, bitmapOf(path), parseBitmap).load(),
  );
  return bytesOf(piecesHere(value, bytes, bytes), bytes);
}

const bytesOf = (here: readonly boolean[], bytes: number): number =>
  here.reduce((sum, is, piece) => {
    if (!is) return sum;
    const { from, to } = pieceRange(bytes, piece);
    return sum + to - from;
  }, 0);

/** A bitmap may have outlived its file. */
function piecesHere(bitmap: Bitmap | undefined, bytes: number, size: number): boolean[] {
  const count = pieceCount(bytes);
  const bits = Buffer.from(bitmap?.pieces === count ? bitmap.bits : '', 'base64');
  return Array.from(
    { length: count },
    (_, piece) =>
      (((bits[piece >>> 3] ?? 0) >>> (piece & 7)) & 1) === 1 && pieceRange(bytes, piece).to <= size,
  );
}

/** A process that was killed had written more than its bitmap says. Marks it, and tells how many pieces that were. */
async function lookAgain(
  file: DiskFile,
  { bytes }: Wanted,
  hashes: readonly Uint8Array[],
  here: boolean[],
  size: number,
): Promise<number> {
  let buffer: Buffer<ArrayBuffer> | undefined;
  let looked = 0;
  let found = 0;
  for (const [piece, hash] of hashes.entries()) {
    if (here[piece] || pieceRange(bytes, piece).to > size) continue;
    if (looked === lookAgainAt) break;
    looked += 1;
    buffer ??= Buffer.allocUnsafe(pieceBytes);
    const into = buffer;
    here[piece] = await onDisk('reading what was begun', () => pieceHolds(file, bytes, piece, hash, into));
    if (here[piece]) found += 1;
  }
  return found;
}

interface OpenParts {
  disk: Disk;
  path: string;
  wanted: Wanted;
  file: DiskFile;
  here: boolean[];
  now: () => number;
  save: (value: Bitmap) => Promise<void>;
}

class OpenPartial implements Partial {
  readonly file: DiskFile;
  private readonly parts: OpenParts;
  private unsaved = 0;
  private saving: Promise<void> = Promise.resolve();
  private broken: unknown;

  constructor(parts: OpenParts) {
    this.parts = parts;
    this.file = parts.file;
  }

  missing(): number[] {
    return this.parts.here.flatMap((here, piece) => (here ? [] : [piece]));
  }

  bytesHere(): number {
    return bytesOf(this.parts.here, this.parts.wanted.bytes);
  }

  async put(piece: number, bytes: Uint8Array): Promise<void> {
    const { file, here, wanted } = this.parts;
    if (this.broken) throw this.broken;
    const { from } = pieceRange(wanted.bytes, piece);
    await onDisk('writing a piece', () => file.write(bytes, from));
    await this.sync();
    here[piece] = true;
    this.unsaved += 1;
    if (this.unsaved >= saveEvery) await this.save();
  }

  async forget(pieces: readonly number[]): Promise<void> {
    for (const piece of pieces) this.parts.here[piece] = false;
    await this.save();
  }

  /** What was found may never have been synced by who wrote it. */
  async syncFound(): Promise<void> {
    await this.sync();
    await this.save();
  }

  async save(): Promise<void> {
    if (this.broken) return; // it is gone, and its bitmap with it
    this.unsaved = 0;
    const { here, now, save } = this.parts;
    const bits = Buffer.alloc(Math.ceil(here.length / 8));
    for (const [piece, is] of here.entries())
      if (is) bits[piece >>> 3] = (bits[piece >>> 3] ?? 0) | (1 << (piece & 7));
    const bitmap = { pieces: here.length, bits: bits.toString('base64'), at: now() };
    // One after the other: two connections may have come to it together.
    const saved = this.saving.then(() => onDisk('marking what is here', () => save(bitmap)));
    this.saving = saved.catch(() => undefined); // whoever asked for it is told
    await saved;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /**
   * After a sync that failed, the kernel takes for clean what it could not write: a second one would say yes, and nobody knows
   * which bytes are meant. So all of it is thrown away.
   */
  private async sync(): Promise<void> {
    try {
      await this.file.sync();
    } catch (cause) {
      if (this.broken) throw this.broken;
      this.broken = asDiskError(cause, 'it did not keep what was written');
      if (this.broken instanceof UpdateError) await this.throwAway();
      throw this.broken;
    }
  }

  private async throwAway(): Promise<void> {
    const { disk, path } = this.parts;
    try {
      await removePartial(disk, path);
    } catch (second) {
      throw new UpdateError('disk', 'The disk kept neither what was written nor its removal.', {
        cause: new AggregateError([this.broken, second]),
      });
    }
  }
}

/** The file first: a bitmap without one means nothing. */
export async function removePartial(disk: Disk, path: string): Promise<void> {
  await disk.remove(partialOf(path));
  for (const copy of ['a', 'b']) await disk.remove(`${bitmapOf(path)}.${copy}`);
}
