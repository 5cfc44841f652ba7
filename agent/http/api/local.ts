/** What only the command line on the device may do: make accounts and set passwords without a link. */
import { Name, Password, Person, Role } from '@rockpool/protocol/people';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Auth } from '../../auth/auth.ts';
import type { App } from '../app.ts';
import { audited } from '../audited.ts';
import { rowId } from './row-id.ts';

const tags = ['command line'];
const local = { access: 'local' } as const;

export function localRoutes(app: App, { auth, audit }: { auth: Auth; audit: Audit }): void {
  app.post(
    '/api/local/people',
    {
      config: local,
      schema: {
        ...{ tags, summary: 'Make an account' },
        body: z.strictObject({ name: Name, role: Role.default('member'), password: Password }),
        response: { 201: Person },
      },
    },
    async (request, reply) => {
      const { role } = request.body;
      const person = await audited(
        audit,
        request,
        'person.add',
        () => auth.addPerson(request.body),
        (made) => ({ detail: { person: made?.id ?? null, role } }),
      );
      return await reply.status(201).send(person);
    },
  );

  app.post(
    '/api/local/people/:id/password',
    {
      config: local,
      schema: {
        ...{ tags, summary: "Set a person's password, and end their sign-ins" },
        params: z.object({ id: rowId }),
        body: z.strictObject({ password: Password }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'person.password',
        () => auth.setPassword(id, request.body.password),
        () => ({ detail: { person: id } }),
      );
      return await reply.status(204).send(null);
    },
  );
}
