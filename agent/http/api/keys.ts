/** API keys over HTTP: one's own, and for administrators everyone's. */
import { Key, KeyBody, NewKey } from '@rockpool/protocol/people';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Auth } from '../../auth/auth.ts';
import { type App, whoAsks } from '../app.ts';
import { audited } from '../audited.ts';
import { rowId } from './row-id.ts';

const tags = ['keys'];

export function keyRoutes(app: App, { auth, audit }: { auth: Auth; audit: Audit }): void {
  app.get(
    '/api/keys',
    {
      schema: {
        ...{
          tags,
          summary: "One's own API keys, newest first; for an administrator, with ?all=true, everyone's",
        },
        querystring: z.object({ all: z.enum(['true', 'false']).default('false') }),
        response: { 200: z.object({ keys: z.array(Key) }) },
      },
    },
    async (request) => ({
      keys: await auth.listKeys(whoAsks(request), { all: request.query.all === 'true' }),
    }),
  );

  app.post(
    '/api/keys',
    {
      schema: {
        ...{ tags, summary: 'Make an API key; it is shown in this answer and never again' },
        body: KeyBody,
        response: { 201: NewKey },
      },
    },
    async (request, reply) => {
      const { scopes } = request.body;
      const key = await audited(
        audit,
        request,
        'key.create',
        () => auth.createKey(whoAsks(request), request.body),
        (made) => ({ detail: { key: made?.id ?? null, scopes: scopes.join(' ') } }),
      );
      return await reply.status(201).send(key);
    },
  );

  app.delete(
    '/api/keys/:id',
    {
      schema: {
        ...{ tags, summary: "Revoke an API key: one's own, or as an administrator anyone's" },
        params: z.object({ id: rowId }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'key.revoke',
        () => auth.revokeKey(whoAsks(request), id),
        () => ({ detail: { key: id } }),
      );
      return await reply.status(204).send(null);
    },
  );
}
