/** One file of a repository over a network, whole: within its bytes, its time and its pace, or not at all. */

/** Nothing came, or not what was asked for: another source may have it. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
}

export interface Answer {
  status: number;
  /** `Content-Encoding`, as it was sent. */
  encoding: string | undefined;
  body: AsyncIterable<Uint8Array>;
  /** For an answer whose body nobody reads. */
  discard(): void;
}
/** One request by the driver, which follows no redirect, decodes nothing and ends when the signal aborts. */
export type Get = (url: string, signal: AbortSignal) => Promise<Answer>;

/** Time that passes, whatever the clock on the wall says. */
export interface Stopwatch {
  now(): number;
  /** @returns what forgets it */
  after(ms: number, deed: () => void): () => void;
}

export const monotonic: Stopwatch = {
  now: () => performance.now(),
  after(ms, deed) {
    const timer = setTimeout(deed, ms);
    return () => clearTimeout(timer);
  },
};

export interface Patience {
  /** For one file, all in all. */
  deadlineMs: number;
  /** After that much time its bytes have to come at `bytesPerS` on average. */
  graceMs: number;
  bytesPerS: number;
}
/** The largest metadata at the slowest pace takes nearly as long as the deadline allows. */
export const metadataPatience: Patience = { deadlineMs: 150_000, graceMs: 15_000, bytesPerS: 1_024 };

export interface Fetching {
  get: Get;
  watch: Stopwatch;
  patience: Patience;
}

/**
 * @returns undefined when it isn't there
 * @throws FetchFailed
 */
export async function fetchWhole(
  url: string,
  limitBytes: number,
  { get, watch, patience }: Fetching,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const late = new AbortController();
  const forget = watch.after(patience.deadlineMs, () =>
    late.abort(new FetchFailed(`${url} took longer than ${patience.deadlineMs / 1_000} s`)),
  );
  try {
    const answer = await get(url, AbortSignal.any([signal, late.signal]));
    if (answer.status === 200 && isPlain(answer.encoding))
      return await collect(answer.body, url, limitBytes, { watch, patience });
    answer.discard();
    // 403 is what some static hosts answer for a name that they don't have.
    if (answer.status === 404 || answer.status === 403) return undefined;
    const why = answer.status === 200 ? `comes as ${answer.encoding}` : `answers ${answer.status}`;
    throw new FetchFailed(`${url} ${why}, which is not taken`);
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted) throw late.signal.reason;
    if (error instanceof FetchFailed) throw error;
    throw new FetchFailed(`${url} can't be fetched: ${wordsOf(error)}`, { cause: error });
  } finally {
    forget();
  }
}

async function collect(
  body: AsyncIterable<Uint8Array>,
  url: string,
  limitBytes: number,
  { watch, patience }: Pick<Fetching, 'watch' | 'patience'>,
): Promise<Buffer> {
  const startedAt = watch.now();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Throwing out of the loop closes the connection.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw new FetchFailed(`${url} is larger than ${limitBytes} bytes`);
    const ms = watch.now() - startedAt;
    if (ms > patience.graceMs && bytes < (ms * patience.bytesPerS) / 1_000)
      throw new FetchFailed(`${url} comes at less than ${patience.bytesPerS} bytes a second`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A decoder would make more of it than was counted. */
const isPlain = (encoding: string | undefined): boolean => encoding === undefined || encoding === 'identity';

export function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}
