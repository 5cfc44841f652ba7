/** `/healthz`, `/readyz`, `/metrics`: for those who keep the controller running. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../app.ts';
import { refuseWithoutRights } from '../guard.ts';
import { isLoopback } from '../loopback.ts';
import type { RouteParts } from '../operators-door.ts';

/** What is missing, as half a sentence each; nothing when all is there. */
export type Readiness = () => Promise<readonly string[]>;

const Ready = z.strictObject({ ready: z.boolean(), missing: z.array(z.string()) });

export function probeRoutes(app: App, { metrics, readiness }: RouteParts): void {
  const config = { who: 'anyone' } as const;
  app.get(
    '/healthz',
    { config, schema: { response: { 200: z.strictObject({ alive: z.literal(true) }) } } },
    () => ({ alive: true as const }),
  );
  app.get('/readyz', { config, schema: { response: { 200: Ready, 503: Ready } } }, async (_, reply) => {
    const missing = [...(await readiness())];
    return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
  });
  app.get('/metrics', { config, schema: { hide: true } }, async (request, reply) => {
    demandReader(request);
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}

/** On this machine anyone; what a proxy passes on comes from this machine too, and isn't of it. */
function demandReader(request: FastifyRequest): void {
  const { headers, socket } = request;
  const isPassedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => name in headers);
  if (isLoopback(socket.remoteAddress) && !isPassedOn) return;
  if (!request.asker)
    throw new Refusal(
      'not-signed-in',
      "Send an API key as 'authorization: Bearer …'; `rockpool-fleet api-key create` makes one.",
    );
  refuseWithoutRights(request.asker, 'look');
}
