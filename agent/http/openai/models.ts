/** GET /v1/models and /v1/models/{id}. */
import { ModelCard, ModelList } from '@rockpool/protocol/openai';
import { z } from 'zod';
import type { App } from '../app.ts';
import { accountOf } from './accounts.ts';
import { cardOf, cards } from './model-names.ts';
import type { OpenAiParts } from './routes.ts';

export function modelRoutes(app: App, { model, embedder }: OpenAiParts): void {
  const config = { access: { key: 'models' } } as const;
  const list = { response: { 200: ModelList }, tags: ['openai'] };
  app.get('/v1/models', { schema: list, config }, async (request) => {
    const data = await cards(model, embedder);
    await accountOf(request).close('complete');
    return { object: 'list' as const, data };
  });

  const one = { params: z.object({ model: z.string() }), response: { 200: ModelCard }, tags: ['openai'] };
  app.get('/v1/models/:model', { schema: one, config }, async (request) => {
    const card = await cardOf(model, embedder, request.params.model);
    await accountOf(request).close('complete');
    return card;
  });
}
