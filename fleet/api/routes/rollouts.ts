/** `/api/rollouts`, `/api/releases`: which releases there are, and bringing one to the fleet in waves. */
import {
  ReleaseList,
  RolloutDetail,
  RolloutForecast,
  RolloutHalt,
  RolloutList,
  RolloutPlan,
} from '@rockpool/protocol/update/rollout';
import { z } from 'zod';
import { createRollout, forecastRollout } from '../../rollout/create.ts';
import {
  approveRollout,
  pauseRollout,
  resumeRollout,
  startRollout,
  stopRollout,
} from '../../rollout/operate.ts';
import { listRollouts, showRollout } from '../../rollout/shown.ts';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';
import { Flag, limited } from './query.ts';

const Named = z.strictObject({ id: z.uuid() });
const Paused = z.strictObject({ because: z.string().max(400).default('') });

export function rolloutRoutes(app: App, { db, clock, releases }: RouteParts): void {
  const parts = { db, clock, releases };
  app.get(
    '/api/releases',
    { config: { who: 'look' }, schema: { response: { 200: ReleaseList } } },
    async () => (await releases?.list()) ?? { releases: [], roles: [] },
  );
  app.get(
    '/api/rollouts',
    {
      config: { who: 'look' },
      schema: { querystring: z.strictObject({ limit: limited(100, 1_000) }), response: { 200: RolloutList } },
    },
    ({ query }) => listRollouts(db, query),
  );
  app.get(
    '/api/rollouts/:id',
    { config: { who: 'look' }, schema: { params: Named, response: { 200: RolloutDetail } } },
    ({ params }) => showRollout(db, params.id),
  );
  app.post(
    '/api/rollouts',
    {
      config: { who: 'run-rollout' },
      schema: {
        description:
          'Makes a draft, which tells nobody anything. With `dry=true` it makes none, and answers what it would do.',
        querystring: z.strictObject({ dry: Flag.optional() }),
        body: RolloutPlan,
        response: { 200: z.union([RolloutDetail, RolloutForecast]) },
      },
    },
    async (request) => {
      if (request.query.dry) return forecastRollout(parts, request.body);
      const id = await createRollout(parts, { plan: request.body, who: askerOf(request).who });
      return showRollout(db, id);
    },
  );
  deedRoutes(app, { db, clock, releases });
}

function deedRoutes(app: App, parts: Pick<RouteParts, 'db' | 'clock' | 'releases'>): void {
  const config = { who: 'run-rollout' } as const;
  const schema = { params: Named, response: { 200: RolloutDetail } };
  const plain = { start: startRollout, resume: resumeRollout, approve: approveRollout } as const;
  for (const [name, deed] of Object.entries(plain)) {
    app.post(`/api/rollouts/:id/${name}`, { config, schema }, async (request) => {
      const { id } = request.params;
      await deed(parts, { id, who: askerOf(request).who });
      return showRollout(parts.db, id);
    });
  }
  app.post('/api/rollouts/:id/pause', { config, schema: { ...schema, body: Paused } }, async (request) => {
    const { id } = request.params;
    await pauseRollout(parts, { id, who: askerOf(request).who, because: request.body.because });
    return showRollout(parts.db, id);
  });
  app.post(
    '/api/rollouts/:id/halt',
    { config, schema: { ...schema, body: RolloutHalt } },
    async (request) => {
      const { id } = request.params;
      await stopRollout(parts, { id, who: askerOf(request).who, ...request.body });
      return showRollout(parts.db, id);
    },
  );
}
