/** The OpenAI-compatible surface: who speaks this protocol needs nothing but the address and a key. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Model } from '../../inference/model.ts';
import type { App } from '../app.ts';
import { isOpenAi } from '../error.ts';
import type { Books } from './account.ts';
import { keepAccounts } from './accounts.ts';
import { Allowance } from './allowance.ts';
import { chatRoute } from './chat.ts';
import { embeddingsRoute } from './embeddings.ts';
import { modelRoutes } from './models.ts';
import { responsesRoute } from './responses.ts';
import { createUnderWay, type UnderWay } from './under-way.ts';

export interface OpenAiOptions extends Books {
  model: Model;
  limits: {
    /** Of one API key. */
    requestsPerMinute: number;
  };
  /** The answers that are being given; left out, nobody but their readers ends them. */
  underWay?: UnderWay;
  /** The embedder's name under /v1/models. */
  embedder?: string;
  /** Silence after which a stream says that it is still there; shorter than any proxy's patience. */
  pingMs?: number;
  /** How long a reader may take nothing. */
  stalledMs?: number;
}

export type OpenAiParts = Pick<OpenAiOptions, 'model' | 'clock'> &
  Required<Pick<OpenAiOptions, 'underWay' | 'embedder' | 'pingMs' | 'stalledMs'>>;

export async function openAiRoutes(app: App, options: OpenAiOptions): Promise<void> {
  const { model, clock, audit, metrics, limits } = options;
  const { underWay = createUnderWay(), embedder = 'pebble-embed' } = options;
  const { pingMs = 10_000, stalledMs = 60_000 } = options;
  const parts: OpenAiParts = { model, clock, underWay, embedder, pingMs, stalledMs };
  await app.register((scope: App, _options, done) => {
    keepAccounts(scope, { audit, clock, ...(metrics ? { metrics } : {}) });
    limitKeys(scope, new Allowance(limits.requestsPerMinute, clock));
    chatRoute(scope, parts);
    responsesRoute(scope, parts);
    embeddingsRoute(scope, parts);
    modelRoutes(scope, parts);
    done();
  });
  answerPreflights(app);
}

/** Before the body is read: who asks too often costs next to nothing. */
function limitKeys(app: App, allowance: Allowance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'POST' && request.principal?.via === 'key') takeOne(allowance, request, reply);
  });
}

function takeOne(allowance: Allowance, { principal }: FastifyRequest, reply: FastifyReply): void {
  if (!principal) return;
  const { limit, remaining, resetS, retryAfterS } = allowance.take(principal.credentialId);
  reply.header('x-ratelimit-limit-requests', limit);
  reply.header('x-ratelimit-remaining-requests', remaining);
  reply.header('x-ratelimit-reset-requests', `${resetS.toFixed(3)}s`);
  if (retryAfterS === undefined) return;
  throw new Refusal('too-many-requests', `This key may ask ${limit} times a minute; wait a moment.`, {
    retryAfterS,
  });
}

/**
 * Asked without credentials. There is no `access-control-allow-origin` to it: pages of other sites get nothing.
 * A hook and not a route, which would make every unknown path under /v1 one that is known for OPTIONS.
 */
function answerPreflights(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'OPTIONS' && isOpenAi(request)) await reply.status(204).send();
  });
}
