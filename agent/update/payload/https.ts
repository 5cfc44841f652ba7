/** Driver for node:https: parts of an artifact from a mirror. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as requestOverTls } from 'node:https';
import type { PieceRange } from '@rockpool/protocol/update/pieces';
import { artifactPath } from '@rockpool/protocol/update/release';
import { bytesBefore } from './answer.ts';
import { type ReadRange, SourceError, urlBelow } from './source.ts';

export interface HttpsParts {
  /** Who signs mirrors' certificates, PEM; nobody else is believed. */
  ca: string | readonly string[];
  /** This device's own pair, for mirrors that ask who wants to know. */
  pair?: { cert: string; key: string };
  /** For a connection, and then for the head of an answer. */
  answerMs?: number;
}

export interface Https {
  read: ReadRange;
  close(): void;
}

export function createHttps({ ca, pair, answerMs = 20_000 }: HttpsParts): Https {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 4,
    minVersion: 'TLSv1.3',
    ca: typeof ca === 'string' ? ca : [...ca],
    ...pair,
  });
  return {
    read: readOver((url, options) => requestOverTls(url, { ...options, agent }), answerMs),
    close: () => agent.destroy(),
  };
}

type Request = (url: URL, options: RequestOptions) => ClientRequest;

/** Follows nothing, decodes nothing, and believes a head only where it says exactly what was asked. */
export function readOver(request: Request, answerMs: number): ReadRange {
  return async function* (base, wanted, range, signal) {
    const url = urlBelow(base, artifactPath(wanted.sha256));
    const asked = request(url, {
      signal,
      headers: { range: `bytes=${range.from}-${range.to - 1}`, 'accept-encoding': 'identity' },
    });
    const answer = await headOf(asked, answerMs);
    try {
      const before = bytesBefore(
        { status: answer.statusCode ?? 0, headers: answer.headers },
        range,
        wanted.bytes,
      );
      yield* bodyOf(answer, before, range);
    } finally {
      // A body that was read to its end leaves its connection for the next piece.
      if (!answer.complete) answer.destroy();
    }
  };
}

function headOf(asked: ClientRequest, answerMs: number): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const late = setTimeout(() => asked.destroy(new SourceError('gone', 'it does not answer')), answerMs);
  // Stays for the request's whole life: a connection may break when nobody waits for the head any more.
  asked.on('error', (cause) =>
    reject(cause instanceof SourceError ? cause : new SourceError('gone', cause.message, { cause })),
  );
  asked.on('response', resolve);
  asked.end();
  return promise.finally(() => clearTimeout(late));
}

async function* bodyOf(
  answer: IncomingMessage,
  before: number,
  { from, to }: PieceRange,
): AsyncGenerator<Uint8Array> {
  let skip = before;
  let left = to - from;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
      skip -= chunk.byteLength - rest.byteLength;
      if (rest.byteLength === 0) continue;
      if (rest.byteLength > left) {
        if (answer.statusCode === 206) throw new SourceError('lies', 'it sends more than it was asked for');
        yield rest.subarray(0, left); // of a whole artifact, the rest is of no use
        return;
      }
      left -= rest.byteLength;
      yield rest;
    }
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw new SourceError('gone', 'the connection broke', { cause });
  }
  if (left > 0) throw new SourceError('gone', `it ended ${left} bytes early`);
}
