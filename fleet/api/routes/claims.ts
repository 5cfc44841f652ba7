/** `/api/claims`: one-time secrets that let devices in. */
import { ClaimFile, formClaimLine } from '@rockpool/protocol/claim';
import { ClaimAsk, ClaimMade, ClaimRow } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { loadFacts } from '../../authority/facts.ts';
import { createClaim, listClaims, revokeClaim } from '../../enrolment/claims.ts';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';

export function claimRoutes(app: App, { db, clock }: RouteParts): void {
  app.get(
    '/api/claims',
    {
      config: { who: 'list-claims' },
      schema: { response: { 200: z.strictObject({ claims: z.array(ClaimRow) }) } },
    },
    async () => {
      const claims = await listClaims(db, clock);
      return {
        claims: claims.map(({ lanNames: _, usedAt: __, ...one }) => ({
          ...one,
          device: one.device as z.infer<typeof ClaimRow>['device'],
        })),
      };
    },
  );
  app.post(
    '/api/claims',
    { config: { who: 'create-claim' }, schema: { body: ClaimAsk, response: { 200: ClaimMade } } },
    async (request) => {
      const { name, labels, ttlS } = request.body;
      const { url, pin } = await loadFacts(db);
      if (!url || !pin) throw new Refusal('not-ready', 'This controller is still starting; try again.');
      const { id, code } = await createClaim(db, clock, {
        ...{ labels, ttlMs: ttlS * 1000, who: askerOf(request).who },
        ...(name === undefined ? {} : { name }),
      });
      const file = ClaimFile.parse({ version: 1, controller: url, pin, claim: code });
      return {
        ...{ id, claim: code, line: formClaimLine(file), expiresAt: clock.now() + ttlS * 1000 },
        file: `${JSON.stringify(file, null, 2)}\n`,
      };
    },
  );
  app.delete(
    '/api/claims/:id',
    {
      config: { who: 'revoke-claim' },
      schema: {
        params: z.strictObject({ id: z.coerce.number().int().positive() }),
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await revokeClaim(db, clock, request.params.id, askerOf(request).who);
      return reply.code(204).send(undefined);
    },
  );
}
