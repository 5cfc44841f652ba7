/** POST /v1/chat/completions. */
import { randomUUID } from 'node:crypto';
import type { ModelAbout } from '@rockpool/protocol/device';
import { ChatCompletion, ChatCompletionBody } from '@rockpool/protocol/openai';
import type { App } from '../app.ts';
import { openAiError } from '../error.ts';
import { gather } from './answer.ts';
import { type ChunkHead, chunksOf, completionOf, firstChunk } from './chunks.ts';
import { chatModel } from './model-names.ts';
import { askedOfChat } from './request.ts';
import type { OpenAiParts } from './routes.ts';
import { doneFrame, type EventOrPing, frame, ping, pingLine } from './sse.ts';
import { tell } from './telling.ts';

export function chatRoute(app: App, parts: OpenAiParts): void {
  const schema = { body: ChatCompletionBody, response: { 200: ChatCompletion }, tags: ['openai'] };
  app.post(
    '/v1/chat/completions',
    { schema, config: { access: { key: 'chat' } } },
    async (request, reply) => {
      const { body } = request;
      const head = headOf(await chatModel(parts.model, body.model), parts.clock.now());
      const asking = { asked: askedOfChat(body), stream: body.stream ?? false };
      return await tell(parts, { request, reply }, asking, {
        whole: async (events) => completionOf(await gather(events), head),
        frames: (events) => chatFrames(events, head, body.stream_options?.include_usage ?? false),
        failure: (refusal) => [frame(openAiError(refusal))],
      });
    },
  );
}

async function* chatFrames(events: AsyncIterable<EventOrPing>, head: ChunkHead, includeUsage: boolean) {
  yield frame(firstChunk(head));
  for await (const event of events) {
    if (event === ping) yield pingLine;
    else for (const chunk of chunksOf(event, head, includeUsage)) yield frame(chunk);
  }
  yield doneFrame;
}

const headOf = ({ id, digest }: ModelAbout, now: number): ChunkHead => ({
  id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
  created: Math.floor(now / 1000),
  model: id,
  system_fingerprint: `fp_${digest.slice(0, 10)}`,
});
