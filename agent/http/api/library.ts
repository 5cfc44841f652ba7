/** Routes of whom documents are shared with, and of the folders on the device that they are kept in step with. */
import { Folder, FolderBody, FolderPatch, Group, GroupBody, GroupPatch } from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Auth } from '../../auth/auth.ts';
import type { Documents } from '../../documents/documents.ts';
import { type App, whoAsks } from '../app.ts';
import { audited } from '../audited.ts';
import { rowId } from './row-id.ts';

export interface LibraryRouteParts {
  documents: Documents;
  people: Pick<Auth, 'listPeople'>;
  audit: Audit;
}

const tags = ['documents'];
const params = z.object({ id: rowId });
const admin = { access: 'admin' } as const;

export function libraryRoutes(app: App, parts: LibraryRouteParts): void {
  groupRoutes(app, parts);
  folderRoutes(app, parts);
  folderChangeRoutes(app, parts);
}

function groupRoutes(app: App, { documents, people, audit }: LibraryRouteParts): void {
  app.get(
    '/api/groups',
    {
      schema: {
        ...{ tags, summary: 'The groups that whoever asks is in; for administrators all of them' },
        response: { 200: z.object({ groups: z.array(Group) }) },
      },
    },
    async (request) => ({ groups: await documents.groups(whoAsks(request).person) }),
  );

  app.post(
    '/api/groups',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Make a group of people who share documents' },
        body: GroupBody,
        response: { 201: Group },
      },
    },
    async (request, reply) => {
      const { name, members } = request.body;
      const group = await audited(
        audit,
        request,
        'group.create',
        async () => {
          await demandPeople(people, members);
          return await documents.addGroup(name, members);
        },
        (made) => ({ detail: { group: made?.id ?? null } }),
      );
      return await reply.status(201).send(group);
    },
  );

  app.patch(
    '/api/groups/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Rename a group, or say anew who is in it' },
        params,
        body: GroupPatch,
        response: { 200: Group },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { name, members } = request.body;
      return await audited(
        audit,
        request,
        'group.change',
        async () => {
          await demandPeople(people, members ?? []);
          return await documents.changeGroup(id, {
            ...(name === undefined ? {} : { name }),
            ...(members === undefined ? {} : { members }),
          });
        },
        () => ({ detail: { group: id, ...(members ? { members: members.join(' ') } : {}) } }),
      );
    },
  );

  app.delete(
    '/api/groups/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Remove a group; its documents go back to those who added them' },
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'group.remove',
        () => documents.removeGroup(id),
        () => ({ detail: { group: id } }),
      );
      return await reply.status(204).send(null);
    },
  );
}

function folderRoutes(app: App, { documents, people, audit }: LibraryRouteParts): void {
  app.get(
    '/api/folders',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'The watched folders, and how far their files are read' },
        response: { 200: z.object({ folders: z.array(Folder) }) },
      },
    },
    async () => ({ folders: await documents.folders.list() }),
  );

  app.post(
    '/api/folders',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Watch a folder on the device: its files are documents from now on' },
        body: FolderBody,
        response: { 201: Folder },
      },
    },
    async (request, reply) => {
      const { path, scope, group, person } = request.body;
      const asker = whoAsks(request);
      const folder = await audited(
        audit,
        request,
        'folder.add',
        async () => {
          const owner = await personFor(people, person);
          const sharing = { scope, group, person: owner };
          return await documents.folders.add(asker.person, path, sharing, asker.via === 'local');
        },
        (added) => ({ detail: { folder: added?.id ?? null, scope } }),
      );
      return await reply.status(201).send(folder);
    },
  );
}

function folderChangeRoutes(app: App, { documents, people, audit }: LibraryRouteParts): void {
  app.patch(
    '/api/folders/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Share all documents of a folder anew' },
        params,
        body: FolderPatch,
        response: { 200: Folder },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { scope, group, person } = request.body;
      return await audited(
        audit,
        request,
        'folder.share',
        async () => {
          const owner = await personFor(people, person);
          return await documents.folders.share(id, { scope, group, person: owner });
        },
        () => ({ detail: { folder: id, scope } }),
      );
    },
  );

  app.post(
    '/api/folders/:id/look',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Look for changes in a folder now' },
        params,
        response: { 202: Folder },
      },
    },
    async (request, reply) => await reply.status(202).send(await documents.folders.look(request.params.id)),
  );

  app.delete(
    '/api/folders/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Watch a folder no longer; its documents are deleted here, its files stay' },
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'folder.remove',
        () => documents.folders.remove(id),
        () => ({ detail: { folder: id } }),
      );
      return await reply.status(204).send(null);
    },
  );
}

async function demandPeople(
  people: Pick<Auth, 'listPeople'>,
  ids: readonly number[],
): Promise<Map<number, Person>> {
  if (ids.length === 0) return new Map();
  const known = new Map((await people.listPeople()).map((person) => [person.id, person]));
  if (!ids.every((id) => known.has(id)))
    throw new Refusal('not-found', 'There is no such person (any more).');
  return known;
}

const personFor = async (
  people: Pick<Auth, 'listPeople'>,
  id: number | undefined,
): Promise<Person | undefined> => (id === undefined ? undefined : (await demandPeople(people, [id])).get(id));
