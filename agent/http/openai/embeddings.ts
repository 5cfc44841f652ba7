/** POST /v1/embeddings. */
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Embeddings,
  EmbeddingsBody,
  maxEmbeddingChars,
  maxEmbeddingTotalChars,
} from '@rockpool/protocol/openai';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply } from 'fastify';
import type { Model } from '../../inference/model.ts';
import type { App } from '../app.ts';
import { accountOf } from './accounts.ts';
import { loaded, refuseOtherEmbedder } from './model-names.ts';
import type { OpenAiParts } from './routes.ts';
import { whileConnected } from './sse.ts';

/** Texts that the embedder gets, or that are written, at once: a large request leaves gaps for other people's. */
const textsAtOnce = 32;

export function embeddingsRoute(app: App, { model, embedder }: OpenAiParts): void {
  const schema = { body: EmbeddingsBody, response: { 200: Embeddings }, tags: ['openai'] };
  const options = { schema, config: { access: { key: 'embeddings' } } } as const;
  app.post('/v1/embeddings', options, async (request, reply) => {
    const { body } = request;
    await loaded(model);
    refuseOtherEmbedder(body.model, embedder);
    refuseOtherDimensions(body.dimensions, model.embedding.dimensions);
    const { vectors, tokens } = await embed(model, textsOf(body.input), whileConnected(reply));
    const usage = { promptTokens: tokens, cachedTokens: 0, completionTokens: 0 };
    await accountOf(request).close('complete', usage);
    const written = body.encoding_format === 'base64' ? inBase64 : inNumbers;
    return sendJson(reply, embeddingsJson(embedder, vectors, tokens, written));
  });
}

const sendJson = (reply: FastifyReply, pieces: AsyncIterable<string>): FastifyReply =>
  reply.type('application/json').send(Readable.from(pieces, { objectMode: false }));

/** `Embeddings` in pieces: a thousand vectors turned into text at one go would hold up everyone else's tokens. */
async function* embeddingsJson(
  model: string,
  vectors: readonly Float32Array[],
  tokens: number,
  written: (vector: Float32Array) => number[] | string,
): AsyncGenerator<string> {
  const around = { object: 'list', model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  yield `${JSON.stringify(around).slice(0, -1)},"data":[`;
  for (let at = 0; at < vectors.length; at += textsAtOnce) {
    const some = vectors.slice(at, at + textsAtOnce).map((vector, offset) => {
      return JSON.stringify({ object: 'embedding', index: at + offset, embedding: written(vector) });
    });
    yield (at > 0 ? ',' : '') + some.join(',');
    await nextTurn();
  }
  yield ']}';
}

function refuseOtherDimensions(asked: number | null | undefined, dimensions: number): void {
  if (asked === null || asked === undefined || asked === dimensions) return;
  const sentence = `This model's embeddings have ${dimensions} dimensions and can't be made shorter.`;
  throw new Refusal('bad-request', sentence, { param: 'dimensions' });
}

function textsOf(input: EmbeddingsBody['input']): string[] {
  const sent = typeof input === 'string' ? [input] : input;
  if (sent.length === 0) throw wrongInput('Send at least one text.');
  const texts = sent.map(textOf);
  const chars = texts.reduce((sum, { length }) => sum + length, 0);
  if (chars > maxEmbeddingTotalChars)
    throw wrongInput(`Send at most ${maxEmbeddingTotalChars} characters at once.`);
  return texts;
}

function textOf(text: string | number | number[]): string {
  if (typeof text !== 'string') throw wrongInput('Send text, not tokens; this model has tokens of its own.');
  if (text.trim() === '') throw wrongInput('An empty text has no meaning to embed; leave it out.');
  if (text.length > maxEmbeddingChars)
    throw wrongInput(`Send texts of at most ${maxEmbeddingChars} characters each.`);
  return text.toWellFormed();
}

const wrongInput = (sentence: string): Refusal => new Refusal('bad-request', sentence, { param: 'input' });

async function embed(model: Model, texts: readonly string[], signal: AbortSignal) {
  const vectors: Float32Array[] = [];
  let tokens = 0;
  for (let at = 0; at < texts.length; at += textsAtOnce) {
    signal.throwIfAborted();
    const some = texts.slice(at, at + textsAtOnce);
    vectors.push(...(await model.embed(some)));
    for (const count of await model.count(some)) tokens += count;
  }
  return { vectors, tokens };
}

const inNumbers = (vector: Float32Array): number[] => Array.from(vector);

/** Little-endian, as OpenAI's clients read it and as every processor that we run on keeps it. */
const inBase64 = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
