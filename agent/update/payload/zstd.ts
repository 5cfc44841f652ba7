/**
 * Driver for the zstd in Node's zlib. A delta is a frame of `zstd --patch-from`: its dictionary is the whole old file, which
 * Node takes as it is. Checked with zstd 1.5.4's frames: the same bytes as its own program, in the same time.
 */
import { Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import { UpdateError } from '../parts.ts';

/** The dictionary is held twice for a moment, and the window grows to the new file: more would be felt by the model. */
export const patchLimitBytes = 512 * 1024 * 1024;
/** What zstd itself takes without being told: 128 MiB. */
const plainWindowLog = 27;
/** Of a dictionary in zstd's own form; a tar begins with a name. */
const trainedMagic = 0xec30a437;
const chunkBytes = 1024 * 1024;

/** What a frame holds, in order. @throws UpdateError `bad-content` */
export async function* unzstd(
  packed: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  old?: { bytes: Buffer; newBytes: number },
): AsyncGenerator<Buffer> {
  if (old && old.bytes.length >= 4 && old.bytes.readUInt32LE(0) === trainedMagic)
    throw new UpdateError('bad-content', 'What the delta starts from is no tar.');
  const windowLog = old
    ? Math.max(plainWindowLog, Math.ceil(Math.log2(old.bytes.length + old.newBytes)))
    : plainWindowLog;
  const unpack = createZstdDecompress({
    chunkSize: chunkBytes,
    params: { [constants.ZSTD_d_windowLogMax]: windowLog },
    ...(old && { dictionary: old.bytes }),
  });
  const input = Readable.from(packed, { objectMode: false });
  input.on('error', (error) => unpack.destroy(error));
  const stop = (): void => void unpack.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    yield* input.pipe(unpack) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw isZstdError(cause) ? new UpdateError('bad-content', 'It is no zstd frame.', { cause }) : cause;
  } finally {
    signal.removeEventListener('abort', stop);
    input.destroy();
    unpack.destroy();
  }
}

const isZstdError = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && /^(?:ZSTD_|Z_|ERR_ZLIB)/.test(String(cause.code));
