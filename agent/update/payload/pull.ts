/** Fetching what is missing of one artifact: a few connections, each with one piece at a time, from whoever has it and tells the truth. */
import { pieceRange } from '@rockpool/protocol/update/pieces';
import { pieceBytes } from '@rockpool/protocol/update/release';
import { UpdateError } from '../parts.ts';
import type { Mirrors } from './mirrors.ts';
import type { Partial } from './partial.ts';
import { type Bucket, type Pace, type Time, untilTooSlow } from './rate.ts';
import { sha256Of } from './reread.ts';
import { type Mirror, type ReadRange, SourceError, type Wanted } from './source.ts';

export interface PullParts {
  mirrors: Mirrors;
  read: ReadRange;
  bucket: Bucket;
  time: Time;
  pace: Pace;
  connections: number;
  /** Below 1. */
  random(): number;
  /** Before the first byte from afar, at most: hundreds of devices are told at the same moment. */
  spreadMs: number;
  warn(about: Record<string, unknown>, says: string): void;
}

/** All mirrors are asked for a piece so many times, with a longer and longer rest between, before nobody has it. */
const rounds = 6;
const firstRestMs = 1_000;

/** @throws UpdateError `mirrors`, `no-space`, `disk` */
export async function pull(
  parts: PullParts,
  wanted: Wanted,
  hashes: readonly Uint8Array[],
  partial: Partial,
  progress: () => void,
  signal: AbortSignal,
): Promise<void> {
  const missing = partial.missing();
  if (missing.length === 0) return;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const spread = spreadOnce(parts, either);
  const connection = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafe(pieceBytes);
    for (let piece = missing.shift(); piece !== undefined; piece = missing.shift()) {
      const { from, to } = pieceRange(wanted.bytes, piece);
      const into = buffer.subarray(0, to - from);
      await fetchPiece({ ...parts, spread }, wanted, piece, hashes[piece], into, either);
      await partial.put(piece, into);
      progress();
    }
  };
  const connections = Array.from({ length: Math.min(parts.connections, missing.length) }, async () => {
    try {
      await connection();
    } catch (error) {
      failed.abort(error); // the others stop, too
      throw error;
    }
  });
  try {
    const ended = await Promise.allSettled(connections);
    signal.throwIfAborted();
    if (ended.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
  } finally {
    await partial.save().catch((error: unknown) => {
      if (!failed.signal.aborted) throw error; // what failed first is told
    });
  }
}

type PieceParts = PullParts & { spread(): Promise<void> };

/** Fills `into` with a piece whose hash holds. */
async function fetchPiece(
  parts: PieceParts,
  wanted: Wanted,
  piece: number,
  hash: Uint8Array | undefined,
  into: Buffer<ArrayBuffer>,
  signal: AbortSignal,
): Promise<void> {
  const { mirrors, time, random } = parts;
  let last: SourceError | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const asked = new Set<string>();
    for (;;) {
      const mirror = mirrors.inOrder(wanted.sha256).find(({ url }) => !asked.has(url));
      if (mirror === undefined) break;
      asked.add(mirror.url);
      const fault = await pieceFrom(mirror, parts, wanted, piece, hash, into, signal);
      if (fault === undefined) return;
      last = fault;
    }
    if (mirrors.inOrder(wanted.sha256).length === 0) break; // all lie, or lack it: waiting helps nobody
    if (round + 1 < rounds) await time.pause(firstRestMs * 2 ** round * (0.5 + random()), signal);
  }
  throw new UpdateError('mirrors', `Nobody has its bytes: ${last?.message ?? 'nobody is to be asked'}.`, {
    cause: last,
  });
}

/** @returns why this mirror could not give it */
async function pieceFrom(
  mirror: Mirror,
  parts: PieceParts,
  wanted: Wanted,
  piece: number,
  hash: Uint8Array | undefined,
  into: Buffer<ArrayBuffer>,
  signal: AbortSignal,
): Promise<SourceError | undefined> {
  if (!mirror.near) await parts.spread();
  try {
    await readInto(mirror, parts, wanted, piece, into, signal);
    if (hash === undefined || !(await sha256Of(into)).equals(hash))
      throw new SourceError('lies', `piece ${piece} is not what was signed`);
    parts.mirrors.well(mirror);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SourceError)) throw error;
    const quarantined = parts.mirrors.blame(mirror, error.fault, wanted.sha256);
    parts.warn(
      { mirror: mirror.url, piece, fault: error.fault, quarantined, err: error },
      'a mirror failed us',
    );
    return error;
  }
}

async function readInto(
  mirror: Mirror,
  { read, bucket, time, pace }: PieceParts,
  wanted: Wanted,
  piece: number,
  into: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const slow = new AbortController();
  let arrived = 0;
  let waiting = false;
  let held = false;
  const wasHeld = (): boolean => {
    const was = held || waiting;
    held = false;
    return was;
  };
  const watched = untilTooSlow(
    pace,
    () => arrived,
    wasHeld,
    time,
    AbortSignal.any([signal, done.signal]),
  ).then(
    () => slow.abort(new SourceError('gone', 'it is too slow')),
    () => undefined, // the piece is done, or no longer wanted
  );
  try {
    const either = AbortSignal.any([signal, slow.signal]);
    for await (const bytes of read(mirror.url, wanted, pieceRange(wanted.bytes, piece), either)) {
      if (arrived + bytes.byteLength > into.byteLength)
        throw new SourceError('lies', 'it sends more than it was asked for');
      into.set(bytes, arrived);
      arrived += bytes.byteLength;
      waiting = true;
      if (!mirror.near && (await bucket.take(bytes.byteLength, either))) held = true;
      waiting = false;
    }
    if (arrived < into.byteLength) throw new SourceError('gone', 'it ended early');
  } catch (error) {
    if (slow.signal.aborted) throw slow.signal.reason;
    throw error;
  } finally {
    done.abort();
    await watched;
  }
}

/** The first who asks afar waits, and the others with it; after that nobody does. */
function spreadOnce({ time, random, spreadMs }: PullParts, signal: AbortSignal): () => Promise<void> {
  let waited: Promise<void> | undefined;
  return () => {
    waited ??= spreadMs > 0 ? time.pause(random() * spreadMs, signal) : Promise.resolve();
    return waited;
  };
}
