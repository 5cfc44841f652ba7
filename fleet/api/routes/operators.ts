/** `/api/operators`, `/api/keys`: who may act on the fleet, and the keys of their programs. */
import { OperatorAsk, OperatorRow, Role } from '@rockpool/protocol/fleet/api';
import { z } from 'zod';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';

const Time = z.int().nonnegative();
export const ApiKeyRow = z.strictObject({
  id: z.int(),
  label: z.string(),
  hint: z.string(),
  role: Role,
  owner: z.string(),
  createdAt: Time,
  expiresAt: Time.nullable(),
  usedAt: Time.nullable(),
});
const ApiKeyAsk = z.strictObject({
  label: z.string().min(1).max(63),
  role: Role.optional(),
  ttlS: z.int().min(60).max(315_360_000).optional(),
});
const Named = z.strictObject({ name: z.string().min(1).max(64) });
const Numbered = z.strictObject({ id: z.coerce.number().int().positive() });
const nothing = { 204: z.undefined() };

export function operatorRoutes(app: App, { operators }: RouteParts): void {
  const config = { who: 'manage-operators' } as const;
  app.get(
    '/api/operators',
    { config, schema: { response: { 200: z.strictObject({ operators: z.array(OperatorRow) }) } } },
    async () => ({ operators: await operators.list() }),
  );
  app.post(
    '/api/operators',
    { config, schema: { body: OperatorAsk, response: { 200: OperatorRow } } },
    (request) => operators.add(request.body, askerOf(request).who),
  );
  app.patch(
    '/api/operators/:name',
    {
      config,
      schema: {
        params: Named,
        body: z.strictObject({ role: Role.optional(), password: z.string().min(10).max(200).optional() }),
        response: { 200: OperatorRow },
      },
    },
    (request) => operators.change(request.params.name, request.body, askerOf(request).who),
  );
  app.delete(
    '/api/operators/:name',
    { config, schema: { params: Named, response: nothing } },
    async (request, reply) => {
      await operators.remove(request.params.name, askerOf(request).who);
      return reply.code(204).send(undefined);
    },
  );
}

export function keyRoutes(app: App, { operators }: RouteParts): void {
  const config = { who: 'make-api-key' } as const;
  app.get(
    '/api/keys',
    { config, schema: { response: { 200: z.strictObject({ keys: z.array(ApiKeyRow) }) } } },
    async (request) => ({ keys: await operators.listKeys(askerOf(request)) }),
  );
  app.post(
    '/api/keys',
    {
      config,
      schema: { body: ApiKeyAsk, response: { 200: ApiKeyRow.extend({ key: z.string() }) } },
    },
    (request) => {
      const { ttlS, ...asked } = request.body;
      return operators.createKey(askerOf(request), {
        ...asked,
        ...(ttlS === undefined ? {} : { ttlMs: ttlS * 1000 }),
      });
    },
  );
  app.delete(
    '/api/keys/:id',
    { config, schema: { params: Numbered, response: nothing } },
    async (request, reply) => {
      await operators.revokeKey(askerOf(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  );
}
