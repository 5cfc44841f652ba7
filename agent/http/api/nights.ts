/** Routes to what was tidied in memory at night, and to take it back. */
import { MemoryNight, NightUndo } from '@rockpool/protocol/nights';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Nights } from '../../memory/consolidation/nights-seen.ts';
import { type App, whoAsks } from '../app.ts';
import { audited } from '../audited.ts';
import { rowId } from './row-id.ts';

const tags = ['memory'];

export function nightRoutes(app: App, { nights, audit }: { nights: Nights; audit: Audit }): void {
  app.get(
    '/api/memory/nights',
    {
      schema: {
        ...{ tags, summary: 'What was tidied at night in the last thirty days: counts, newest first' },
        response: { 200: z.object({ nights: z.array(MemoryNight) }) },
      },
    },
    async (request) => ({ nights: await nights.list(whoAsks(request).person) }),
  );

  app.post(
    '/api/memory/nights/:id/undo',
    {
      schema: {
        ...{ tags, summary: 'Take a night back: your own memory, or as an administrator everyone’s' },
        params: z.object({ id: rowId }),
        body: NightUndo,
        response: { 200: z.object({ restored: z.int() }) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const restored = await audited(
        audit,
        request,
        'memory.undo-night',
        () => nights.undo(whoAsks(request).person, id, request.body),
        (count) => ({ detail: { night: id, whose: request.body.whose, facts: count ?? null } }),
      );
      return { restored };
    },
  );
}
