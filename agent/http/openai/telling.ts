/** From what is asked to what is told: the same for every API, but for its words. */
import type { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GenerateEvent } from '../../inference/model.ts';
import { whoAsks } from '../app.ts';
import { toRefusal } from '../error.ts';
import { accountOf } from './accounts.ts';
import type { Asked } from './request.ts';
import type { OpenAiParts } from './routes.ts';
import { begun, type EventOrPing, sendFrames, whileConnected, withPings } from './sse.ts';

/** How one API says it. */
export interface Words<T> {
  whole(events: AsyncIterable<GenerateEvent>): Promise<T>;
  frames(events: AsyncIterable<EventOrPing>): AsyncIterable<string>;
  /** In the middle of a stream, where a status can no longer tell. */
  failure(refusal: Refusal): readonly string[];
}

export async function tell<T>(
  { model, pingMs, stalledMs }: OpenAiParts,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { asked, stream }: { asked: Asked; stream: boolean },
  words: Words<T>,
): Promise<T | FastifyReply> {
  const signal = whileConnected(reply);
  const person = String(whoAsks(request).person.id);
  const events = accountOf(request).watch(model.generate({ person, ...asked }, signal), signal);
  if (!stream) return await words.whole(events);
  const frames = words.frames(await begun(withPings(events, pingMs)));
  return sendFrames(reply, untilFailure(frames, words, request, signal), stalledMs);
}

/** The frames; after a failure its words, and no more. A reader that left is told nothing. */
async function* untilFailure(
  frames: AsyncIterable<string>,
  words: Pick<Words<unknown>, 'failure'>,
  request: FastifyRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  try {
    yield* frames;
  } catch (error) {
    if (signal.aborted) return;
    const refusal = toRefusal(error);
    if (refusal !== error) request.log.error({ err: error }, 'stream failed');
    yield* words.failure(refusal);
  }
}
