/** The content of a compressed file, read by counts. */
import { createZstdDecompress } from 'node:zlib';
import { BackupDamaged } from './damaged.ts';

/** The decompressed bytes, taken by counts; never more in memory than one piece of the stream. */
export class Bytes {
  readonly #stream: ReturnType<typeof createZstdDecompress>;
  readonly #source: NodeJS.ReadableStream & { destroy(): unknown };
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #file: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: NodeJS.ReadableStream & { destroy(): unknown }, file: string) {
    this.#file = file;
    this.#source = source;
    this.#stream = createZstdDecompress();
    source.on('error', (error: Error) => this.#stream.destroy(error));
    source.pipe(this.#stream);
    this.#pieces = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async *take(count: number): AsyncGenerator<Buffer> {
    let left = count;
    while (left > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async exactly(count: number): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(this.take(count)));
  }

  async skipPadding(bytes: number): Promise<void> {
    await this.exactly((512 - (bytes % 512)) % 512);
  }

  /** Past the end of the tar, whose last block is read here: only reading to the end proves the checksum. */
  async hasMore(): Promise<boolean> {
    await this.exactly(512);
    return this.#rest.length > 0 || (await this.#piece()) !== undefined;
  }

  async #piece(): Promise<Buffer | undefined> {
    const { value, done } = await this.#pieces.next().catch((cause: unknown) => {
      throw whyUnreadable(this.#file, cause);
    });
    return done ? undefined : value;
  }

  async #next(): Promise<Buffer> {
    const piece = await this.#piece();
    if (piece === undefined) throw new BackupDamaged(`${this.#file} is cut off; fetch or copy it again.`);
    return piece;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
    this.#source.destroy();
    this.#stream.destroy();
  }
}

function whyUnreadable(file: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ERR_BUFFER_TOO_SMALL' || code === 'Z_BUF_ERROR')
    return new BackupDamaged(`${file} is cut off; fetch or copy it again.`, { cause });
  if (code.startsWith('ZSTD') || code.startsWith('Z_')) {
    return new BackupDamaged(`${file} is not a backup of Rockpool, or damaged.`, { cause });
  }
  return cause;
}
