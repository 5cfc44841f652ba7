/** What administrators do about people: invite, list, reset, give a role, remove. */
import { Invite, InviteBody, NewInvite, Person, RoleBody } from '@rockpool/protocol/people';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Auth } from '../../auth/auth.ts';
import { type App, whoAsks } from '../app.ts';
import { audited } from '../audited.ts';
import { rowId } from './row-id.ts';

export interface MemberRouteParts {
  auth: Auth;
  audit: Audit;
}

const tags = ['people'];
const params = z.object({ id: rowId });
const admin = { access: 'admin' } as const;

export function memberRoutes(app: App, parts: MemberRouteParts): void {
  inviteRoutes(app, parts);
  personRoutes(app, parts);
}

function inviteRoutes(app: App, { auth, audit }: MemberRouteParts): void {
  app.get(
    '/api/invites',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'The one-time links that still hold, newest first' },
        response: { 200: z.object({ invites: z.array(Invite) }) },
      },
    },
    async () => ({ invites: await auth.listInvites() }),
  );

  app.post(
    '/api/invites',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Make a one-time link with which someone new makes an account' },
        body: InviteBody,
        response: { 201: NewInvite },
      },
    },
    async (request, reply) => {
      const { role } = request.body;
      const invite = await audited(
        audit,
        request,
        'invite.create',
        () => auth.invite(whoAsks(request), role),
        (made) => ({ detail: { invite: made?.id ?? null, role } }),
      );
      return await reply.status(201).send(invite);
    },
  );

  app.delete(
    '/api/invites/:id',
    {
      config: admin,
      schema: { ...{ tags, summary: 'Revoke a one-time link' }, params, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'invite.revoke',
        () => auth.revokeInvite(id),
        () => ({ detail: { invite: id } }),
      );
      return await reply.status(204).send(null);
    },
  );
}

function personRoutes(app: App, { auth, audit }: MemberRouteParts): void {
  app.get(
    '/api/people',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Everyone who has an account, by name' },
        response: { 200: z.object({ people: z.array(Person) }) },
      },
    },
    async () => ({ people: await auth.listPeople() }),
  );

  app.post(
    '/api/people/:id/reset',
    {
      config: admin,
      schema: {
        ...{
          tags,
          summary: 'Make a one-time link with which a person sets a new password; changes nothing until used',
        },
        params,
        response: { 201: NewInvite },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const link = await audited(
        audit,
        request,
        'person.reset',
        () => auth.reset(whoAsks(request), id),
        () => ({ detail: { person: id } }),
      );
      return await reply.status(201).send(link);
    },
  );

  app.patch(
    '/api/people/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: "Change a person's role; there is always an administrator" },
        params,
        body: RoleBody,
        response: { 200: Person },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { role } = request.body;
      return await audited(
        audit,
        request,
        'person.role',
        () => auth.setRole(id, role),
        () => ({ detail: { person: id, role } }),
      );
    },
  );

  app.delete(
    '/api/people/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Remove a person, with their chats, memories, documents and keys' },
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'person.remove',
        () => auth.removePerson(id),
        () => ({ detail: { person: id } }),
      );
      return await reply.status(204).send(null);
    },
  );
}
