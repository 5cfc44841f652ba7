/** The OpenAPI document of the operators' door, from the same schemas that check what comes and goes. */
import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Access, App } from './app.ts';

/** Before the routes: those that stand already are not described. */
export async function describeApi(
  app: App,
  { version, cookie }: { version: string; cookie: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Rockpool fleet controller',
        description: 'What the dashboard and the command line ask of a controller; open to other programs.',
        version,
      },
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description: 'an API key, made by `rockpool-fleet api-key create`',
          },
          cookie: { type: 'apiKey', in: 'cookie', name: cookie, description: 'a sign-in of the dashboard' },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      const who = document.route.config?.who ?? 'signed-in';
      return { schema: { ...schema, ...rightsFor(who) }, url };
    },
  });
  app.get('/api/openapi.json', { schema: { hide: true }, config: { who: 'anyone' } }, async (_, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
}

const rightsFor = (who: Access) =>
  who === 'anyone' ? { security: [] } : { security: [{ key: [] }, { cookie: [] }], 'x-rockpool-may': who };
