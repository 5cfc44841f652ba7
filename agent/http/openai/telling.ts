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
  { model, underWay, pingMs, stalledMs }: OpenAiParts,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { asked, stream }: { asked: Asked; stream: boolean },
  words: Words<T>,
): Promise<T | FastifyReply> {
  const reader = whileConnected(reply);
  const { id } = whoAsks(request).person;
  const signal = AbortSignal.any([reader, underWay.enter(id, reply)]);
  const events = accountOf(request).watch(model.generate({ person: String(id), ...asked }, signal), signal);
  if (!stream) return await words.whole(events);
  const frames = words.frames(await begun(withPings(events, pingMs)));
  return sendFrames(reply, untilFailure(frames, words, request, reader), stalledMs);
}

/** The frames; after a failure its words, and no more. A reader that left is told nothing. */
async function* untilFailure(
  frames: AsyncIterable<string>,
  words: Pick<Words<unknown>, 'failure'>,
  request: FastifyRequest,
  reader: AbortSignal,
): AsyncGenerator<string> {
  try {
    yield* frames;
  } catch (error) {
    if (reader.aborted) return;
    const refusal = toRefusal(error);
    if (refusal !== error) request.log.error({ err: error }, 'stream failed');
    yield* words.failure(refusal);
  }
}
