/** Routes of what people add to be read: upload, list, delete, download, and the passage a citation opens. */
import { open } from 'node:fs/promises';
import {
  Document,
  DocumentKind,
  DocumentPatch,
  DocumentScope,
  DocumentVersion,
  PassageHit,
  PassageView,
} from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Documents } from '../../documents/documents.ts';
import { type App, whoAsks } from '../app.ts';
import { attachment } from '../attachment.ts';
import { audited } from '../audited.ts';
import { Moment, momentOf } from './moment.ts';
import { rowId } from './row-id.ts';

const tags = ['documents'];
const params = z.object({ id: rowId });
const Named = z.object({
  name: z.string().trim().min(1).max(255).describe('of the file; its ending is only a hint'),
});
const Upload = Named.extend({
  scope: DocumentScope.default('mine').describe('`office`: for everyone, by administrators only'),
  group: rowId.optional().describe('whose it will be, when the scope is `group`'),
});

const Search = z.object({
  q: z.string().trim().min(1).max(500).describe('a question, or words'),
  document: z
    .union([rowId, z.array(rowId).max(1_000)])
    .optional()
    .describe('only in these; may be given several times'),
  folder: rowId.optional().describe('only in what this watched folder holds'),
  kind: DocumentKind.optional(),
  scope: DocumentScope.optional(),
  since: Moment.optional().describe('only what was added or changed on this day or later'),
  until: Moment.optional().describe('only what was added or changed on this day or earlier'),
  limit: z.coerce.number<string>().int().min(1).max(50).default(10),
});

export interface DocumentRouteParts {
  documents: Documents;
  audit: Audit;
}

export function documentRoutes(app: App, { documents, audit }: DocumentRouteParts): void {
  void app.register((scoped, _options, done) => {
    uploadRoutes(scoped.withTypeProvider<ZodTypeProvider>(), documents);
    done();
  });
  shelfRoutes(app, documents);
  sharingRoutes(app, documents, audit);
  readingRoutes(app, documents);
}

/** In a scope of its own, where the body is the file and stays a stream, whatever content type it claims. */
function uploadRoutes(app: App, documents: Documents): void {
  const type = 'application/octet-stream';
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(type, (_request, _body, done) => done(null));
  app.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] = type;
  });
  app.post(
    '/api/documents',
    {
      bodyLimit: documents.maxBytes,
      schema: {
        ...{ tags, summary: 'Add a document; the body is the file itself, of any content type' },
        consumes: [type],
        querystring: Upload,
        response: { 201: Document },
      },
    },
    async (request, reply) => {
      const { name, scope, group } = request.query;
      refuseTooLarge(request, documents);
      const { person } = whoAsks(request);
      const document = await documents.accept(person, name, bodyOf(request), scope, group);
      return reply.status(201).send(document);
    },
  );

  app.post(
    '/api/documents/:id/file',
    {
      bodyLimit: documents.maxBytes,
      schema: {
        ...{ tags, summary: 'A new version of a document; what it still says keeps its passages' },
        consumes: [type],
        params,
        querystring: Named,
        response: { 200: Document },
      },
    },
    async (request) => {
      refuseTooLarge(request, documents);
      const { person } = whoAsks(request);
      return await documents.replace(person, request.params.id, request.query.name, bodyOf(request));
    },
  );
}

function refuseTooLarge({ headers }: FastifyRequest, documents: Documents): void {
  if (Number(headers['content-length'] ?? 0) > documents.maxBytes) throw documents.tooLarge();
}

function shelfRoutes(app: App, documents: Documents): void {
  app.get(
    '/api/documents',
    {
      schema: {
        ...{ tags, summary: 'The documents that whoever asks may see, newest first' },
        response: { 200: z.object({ documents: z.array(Document) }) },
      },
    },
    async (request) => ({ documents: await documents.list(whoAsks(request).person) }),
  );

  app.get(
    '/api/documents/search',
    {
      schema: {
        ...{ tags, summary: 'The passages that bear on a question, best first' },
        querystring: Search,
        response: { 200: z.object({ hits: z.array(PassageHit) }) },
      },
    },
    async (request) => {
      const { q, document, since, until, ...filter } = request.query;
      const span = { since: momentOf(since, 'since'), until: momentOf(until, 'until') };
      const { person } = whoAsks(request);
      const hits = await documents.search(person, q, {
        ...{ ...filter, ...span },
        ...(document === undefined ? {} : { documents: [document].flat() }),
      });
      return { hits };
    },
  );

  app.get(
    '/api/documents/:id',
    {
      schema: {
        ...{ tags, summary: 'One document, and how far it is read' },
        params,
        response: { 200: Document },
      },
    },
    async (request) => await documents.get(whoAsks(request).person, request.params.id),
  );

  app.delete(
    '/api/documents/:id',
    {
      schema: {
        ...{ tags, summary: 'Delete a document with all that was read from it' },
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await documents.remove(whoAsks(request).person, request.params.id);
      return reply.status(204).send(null);
    },
  );
}

function sharingRoutes(app: App, documents: Documents, audit: Audit): void {
  app.patch(
    '/api/documents/:id',
    {
      schema: {
        ...{ tags, summary: 'Share a document with others, or with nobody' },
        params,
        body: DocumentPatch,
        response: { 200: Document },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { scope, group } = request.body;
      return await audited(
        audit,
        request,
        'document.share',
        () => documents.share(whoAsks(request).person, id, scope, group),
        () => ({ detail: { document: id, scope, ...(group === undefined ? {} : { group }) } }),
      );
    },
  );

  app.get(
    '/api/documents/:id/versions',
    {
      schema: {
        ...{ tags, summary: 'Which contents a document has had, newest first' },
        params,
        response: { 200: z.object({ versions: z.array(DocumentVersion) }) },
      },
    },
    async (request) => ({
      versions: await documents.versions(whoAsks(request).person, request.params.id),
    }),
  );
}

function readingRoutes(app: App, documents: Documents): void {
  app.get(
    '/api/documents/:id/file',
    { schema: { ...{ tags, summary: 'The file as it was added, to be saved' }, params } },
    async (request, reply) => {
      const { path, name, bytes } = await documents.file(whoAsks(request).person, request.params.id);
      const file = await open(path);
      // Saved and never shown: a page in it would run as one of ours.
      return reply
        .header('content-disposition', attachment(name))
        .header('content-security-policy', "sandbox; default-src 'none'")
        .header('content-length', bytes)
        .type('application/octet-stream')
        .send(file.createReadStream());
    },
  );

  app.get(
    '/api/passages/:id',
    {
      schema: {
        ...{ tags, summary: 'A passage that was cited, between its neighbours' },
        params,
        response: { 200: PassageView },
      },
    },
    async (request) => {
      const view = await documents.passageView(whoAsks(request).person, request.params.id);
      if (!view) {
        throw new Refusal('not-found', 'There is no such passage; its document may have been deleted.');
      }
      return view;
    },
  );
}

/** Stays open when it is refused half way, so that the refusal can still be told. */
async function* bodyOf({ raw }: FastifyRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* raw.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new Refusal('aborted', 'The upload was interrupted; send the file again.', { cause });
  }
}
