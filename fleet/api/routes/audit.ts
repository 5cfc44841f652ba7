/** `/api/audit`: who did what to the fleet, newest first. */
import { AuditRow } from '@rockpool/protocol/fleet/api';
import { z } from 'zod';
import { listAudit } from '../../audit/audit.ts';
import type { App } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';
import { limited } from './query.ts';

export function auditRoutes(app: App, { db }: RouteParts): void {
  app.get(
    '/api/audit',
    {
      config: { who: 'read-audit' },
      schema: {
        querystring: z.strictObject({
          limit: limited(100, 1_000),
          before: z.coerce.number().int().positive().optional(),
        }),
        response: { 200: z.strictObject({ entries: z.array(AuditRow) }) },
      },
    },
    async ({ query }) => {
      const rows = await listAudit(db, query.limit, query.before);
      return { entries: rows.map(({ prev: _, hash: __, ...row }) => row) };
    },
  );
}
