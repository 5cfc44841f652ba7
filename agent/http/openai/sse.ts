/** Server-sent events: written as fast as the reader reads, kept alive while the model reads, ended when the reader leaves. */
import { Readable } from 'node:stream';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply } from 'fastify';
import type { GenerateEvent } from '../../inference/model.ts';
import { whileRead } from '../while-read.ts';

export const ping = Symbol('nothing new, still here');
export type EventOrPing = GenerateEvent | typeof ping;

/** A comment, without the blank line that would make some clients see an empty event. */
export const pingLine = ': ping\n';
export const doneFrame = 'data: [DONE]\n\n';
export const frame = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
export const namedFrame = (data: { type: string }): string => `event: ${data.type}\n${frame(data)}`;

/** Aborted when the client leaves before the answer is out. */
export const whileConnected = (reply: FastifyReply): AbortSignal =>
  whileRead(reply, () => new Refusal('aborted', 'The client left before the answer was complete.'));

/** The events, and a ping after each `everyMs` without one. */
export async function* withPings(
  events: AsyncIterable<GenerateEvent>,
  everyMs: number,
): AsyncGenerator<EventOrPing> {
  const iterator = events[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const first = await orPing(next, everyMs);
      if (first === ping) {
        yield ping;
        continue;
      }
      if (first.done) return;
      yield first.value;
      next = iterator.next();
    }
  } finally {
    // Whoever stopped listening has no use for how it would have gone on.
    next.catch(() => undefined);
    await iterator.return?.();
  }
}

async function orPing<T>(next: Promise<T>, afterMs: number): Promise<T | typeof ping> {
  const { promise, resolve } = Promise.withResolvers<typeof ping>();
  const timer = setTimeout(resolve, afterMs, ping);
  try {
    return await Promise.race([next, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for the first word, or until the first ping is due: what fails before (too long, queue full) can still be
 * answered with its own status.
 */
export async function begun(events: AsyncGenerator<EventOrPing>): Promise<AsyncGenerator<EventOrPing>> {
  let first = await events.next();
  while (!first.done && first.value !== ping && comesBefore.has(first.value.type))
    first = await events.next();
  return startingWith(first, events);
}

const comesBefore: ReadonlySet<GenerateEvent['type']> = new Set(['queued', 'started', 'reading']);

async function* startingWith<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (first.done) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Sends the frames as the answer. A reader that takes nothing for `stalledMs` is gone, though its connection stands. */
export function sendFrames(
  reply: FastifyReply,
  frames: AsyncIterable<string>,
  stalledMs: number,
): FastifyReply {
  const stream = Readable.from(
    whileTaken(frames, stalledMs, () => stream.destroy()),
    { objectMode: false },
  );
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-cache')
    .header('x-accel-buffering', 'no')
    .send(stream);
}

async function* whileTaken(
  frames: AsyncIterable<string>,
  stalledMs: number,
  giveUp: () => void,
): AsyncGenerator<string> {
  for await (const text of frames) {
    const timer = setTimeout(giveUp, stalledMs);
    try {
      yield text; // comes back when there is room for more
    } finally {
      clearTimeout(timer);
    }
  }
}
