/** POST /v1/responses: one answer to the whole conversation that is sent; nothing is kept. */
import { randomUUID } from 'node:crypto';
import { type ResponseEvent, ResponseObject, ResponsesBody } from '@rockpool/protocol/openai-responses';
import type { GenerateEvent } from '../../inference/model.ts';
import type { App } from '../app.ts';
import { endedEarly } from './answer.ts';
import { chatModel } from './model-names.ts';
import { askedOfResponse } from './request.ts';
import { ResponseInProgress } from './response-events.ts';
import type { OpenAiParts } from './routes.ts';
import { type EventOrPing, namedFrame, ping, pingLine } from './sse.ts';
import { tell } from './telling.ts';

export function responsesRoute(app: App, parts: OpenAiParts): void {
  const schema = { body: ResponsesBody, response: { 200: ResponseObject }, tags: ['openai'] };
  const now = (): number => Math.floor(parts.clock.now() / 1000);
  app.post('/v1/responses', { schema, config: { access: { key: 'chat' } } }, async (request, reply) => {
    const { body } = request;
    const { id: model } = await chatModel(parts.model, body.model);
    const response = inProgress(body, model, now);
    const written = numbered();
    const asking = { asked: askedOfResponse(body), stream: body.stream ?? false };
    return await tell(parts, { request, reply }, asking, {
      whole: (events) => finished(response, events),
      frames: (events) => responseFrames(response, events, written),
      failure: (refusal) => response.fail(refusal).map(written),
    });
  });
}

function inProgress(body: ResponsesBody, model: string, now: () => number): ResponseInProgress {
  const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;
  return new ResponseInProgress({ id: newId('resp'), createdAt: now(), model, body, now }, newId);
}

async function finished(
  response: ResponseInProgress,
  events: AsyncIterable<GenerateEvent>,
): Promise<ResponseObject> {
  for await (const event of events) {
    const last = response.hear(event).at(-1);
    if (last?.type === 'response.completed' || last?.type === 'response.incomplete') return last.response;
  }
  throw endedEarly();
}

async function* responseFrames(
  response: ResponseInProgress,
  events: AsyncIterable<EventOrPing>,
  written: (event: ResponseEvent) => string,
): AsyncGenerator<string> {
  yield* response.begin().map(written);
  for await (const event of events) {
    if (event === ping) yield pingLine;
    else yield* response.hear(event).map(written);
  }
}

/** Events as frames, counted from 0 over the whole stream. */
function numbered(): (event: ResponseEvent) => string {
  let next = 0;
  return (event) => namedFrame(Object.assign({}, event, { sequence_number: next++ }));
}
