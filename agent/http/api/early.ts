/** Whether a device is well, for whoever watches it, while there is no agent behind its door. */
import { z } from 'zod';
import type { Metrics } from '../../health/metrics.ts';
import { missingIn, type PostureWatch } from '../../health/posture-watch.ts';
import type { App } from '../app.ts';
import { mayReadMetrics, refuseMetrics } from './device.ts';

export function earlyRoutes(
  app: App,
  { watch, metrics }: { watch: Pick<PostureWatch, 'last'>; metrics: Pick<Metrics, 'text' | 'contentType'> },
): void {
  const hidden = { config: { access: 'public', posture: 'any' }, logLevel: 'silent' } as const;
  const alive = { response: { 200: z.object({ alive: z.literal(true) }) } };
  app.get('/healthz', { ...hidden, schema: alive }, async () => ({ alive: true as const }));
  app.get(
    '/readyz',
    hidden,
    async (_request, reply) =>
      // As the agent says it, with nothing open yet.
      await reply.status(503).send({
        ...{ ready: false, model: false, database: false, memory: false, posture: false },
        missing: missingIn(watch.last()),
      }),
  );
  app.get('/metrics', hidden, async (request, reply) => {
    if (!mayReadMetrics(request)) throw refuseMetrics(request);
    return await reply.type(metrics.contentType).send(await metrics.text());
  });
}
