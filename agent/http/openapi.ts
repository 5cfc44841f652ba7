/** The OpenAPI document: what every route takes and answers, from the same schemas that check it. */
import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Access, App } from './app.ts';

/** Before the routes: those that stand already are not described. */
export async function describeApi(app: App, version = '0.1.0'): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Rockpool',
        description: 'A private AI appliance: its own API and the OpenAI-compatible one.',
        version,
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'an API key, for /v1' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'rockpool', description: 'a sign-in, for /api' },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      return { schema: { ...schema, security: securityFor(document.route.config?.access) }, url };
    },
  });
  app.get(
    '/api/openapi.json',
    { schema: { hide: true }, config: { access: 'public' } },
    async (_request, reply) => {
      return await reply.type('application/json').send(JSON.stringify(app.swagger()));
    },
  );
}

function securityFor(access: Access = 'member'): Record<string, string[]>[] {
  if (access === 'public') return [];
  return [typeof access === 'object' ? { key: [] } : { cookie: [] }];
}
