/** Artifacts: files under their hash, and the hash of every 4 MiB of them. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { formatPieceList } from '@rockpool/protocol/update/pieces';
import { pieceBytes, pieceListLimitBytes } from '@rockpool/protocol/update/release';
import { copyAside, settle } from './place.ts';
import { artifactFile } from './repository.ts';

export interface Measured {
  sha256: string;
  bytes: number;
  /** 32 bytes for each piece. */
  pieces: Buffer;
}

/** Reads a file once, however large. */
export const measure = (path: string): Promise<Measured> => measureAll([path]);

/** Of an artifact that lies in parts, one after the other. */
export async function measureAll(paths: readonly string[]): Promise<Measured> {
  const whole = createHash('sha256');
  const pieces: Buffer[] = [];
  let piece: Hash | undefined;
  let inPiece = 0;
  let bytes = 0;
  for await (const chunk of chunksOf(paths)) {
    whole.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      piece ??= createHash('sha256');
      const part = chunk.subarray(at, at + pieceBytes - inPiece);
      piece.update(part);
      at += part.length;
      inPiece += part.length;
      if (inPiece < pieceBytes) continue;
      pieces.push(piece.digest());
      piece = undefined;
      inPiece = 0;
    }
  }
  if (piece) pieces.push(piece.digest());
  return { sha256: whole.digest('hex'), bytes, pieces: Buffer.from(formatPieceList(pieces)) };
}

async function* chunksOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths)
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
}

/**
 * Into the repository, under its hash. What is hashed is the copy: the file may change meanwhile.
 * @param link shares the bytes instead of copying them; nobody may write to the file from then on
 */
export async function keepArtifact(folder: string, from: string, link = false): Promise<Measured> {
  if (!existsSync(from) || !statSync(from).isFile())
    throw new Refusal('not-found', `There is no file ${from}.`);
  const partial = copyAside(from, join(folder, 'artifacts', 'incoming'), link);
  try {
    const measured = await measure(partial);
    if (measured.bytes === 0) throw new Refusal('bad-request', `${from} is empty.`);
    if (measured.pieces.length > pieceListLimitBytes)
      throw new Refusal('too-large', `${from} has more pieces than a device reads the list of.`);
    const path = artifactFile(folder, measured.sha256);
    if (existsSync(path)) rmSync(partial);
    else settle(partial, path);
    return measured;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
