/** `/api/alerts`: what is wrong, and that somebody looks after it. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import { Alert, AlertList } from '@rockpool/protocol/fleet/api';
import { z } from 'zod';
import { acknowledgeAlert } from '../../alerts/alerts.ts';
import { listAlerts } from '../../views/alerts.ts';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';
import { Flag, limited } from './query.ts';

export function alertRoutes(app: App, { db, clock }: RouteParts): void {
  app.get(
    '/api/alerts',
    {
      config: { who: 'look' },
      schema: {
        querystring: z.strictObject({
          open: Flag.optional(),
          device: DeviceName.optional(),
          limit: limited(100, 1_000),
        }),
        response: { 200: AlertList },
      },
    },
    ({ query }) => listAlerts(db, query),
  );
  app.post(
    '/api/alerts/:id/acknowledge',
    {
      config: { who: 'acknowledge-alert' },
      schema: {
        params: z.strictObject({ id: z.coerce.number().int().positive() }),
        response: { 200: Alert },
      },
    },
    (request) => acknowledgeAlert(db, clock, { id: request.params.id, who: askerOf(request).who }),
  );
}
