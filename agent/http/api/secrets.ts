/** The secrets of channels and upstreams, for the command line on the device: put in, listed by name, never given out. */
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import { SecretName, type Secrets, SecretValue } from '../../secrets/secrets.ts';
import type { App } from '../app.ts';
import { audited } from '../audited.ts';

const tags = ['command line'];
const local = { access: 'local' } as const;
const Listed = z.object({
  secrets: z.array(
    z.object({
      name: SecretName,
      savedAt: z.int(),
      readable: z
        .boolean()
        .describe('false: sealed under a key that the device no longer has; enter it again'),
    }),
  ),
});

export function secretRoutes(app: App, { secrets, audit }: { secrets: Secrets; audit: Audit }): void {
  app.get(
    '/api/local/secrets',
    {
      config: local,
      schema: { ...{ tags, summary: 'The names of all secrets' }, response: { 200: Listed } },
    },
    async () => ({ secrets: secrets.names() }),
  );

  app.put(
    '/api/local/secrets',
    {
      config: local,
      schema: {
        ...{ tags, summary: 'Save a secret, or another value for it' },
        body: z.strictObject({ name: SecretName, value: SecretValue }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { name, value } = request.body;
      const detail = { secret: name };
      await audited(
        audit,
        request,
        'secret.set',
        async () => secrets.set(name, value),
        () => ({ detail }),
      );
      return await reply.status(204).send(null);
    },
  );

  app.delete(
    '/api/local/secrets',
    {
      config: local,
      schema: {
        ...{ tags, summary: 'Remove a secret' },
        querystring: z.object({ name: SecretName }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const detail = { secret: request.query.name };
      await audited(
        audit,
        request,
        'secret.remove',
        async () => secrets.remove(request.query.name),
        () => ({ detail }),
      );
      return await reply.status(204).send(null);
    },
  );

  app.post(
    '/api/local/secrets/rotate',
    {
      config: local,
      schema: { ...{ tags, summary: 'Seal all secrets under a new key' }, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await audited(audit, request, 'secret.rotate', async () => secrets.rotate());
      return await reply.status(204).send(null);
    },
  );
}
