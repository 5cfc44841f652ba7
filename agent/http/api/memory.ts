/** Routes of the memory page: what is remembered about whoever asks, and what the whole office knows. */
import { Fact, FactBody, FactPatch, FactScope, MemoryExport } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import { maxImported } from '../../memory/exchange.ts';
import { type Memory, maxListed } from '../../memory/memory.ts';
import { type App, whoAsks } from '../app.ts';
import { audited } from '../audited.ts';
import { rowId } from './row-id.ts';

export interface MemoryRouteParts {
  memory: Memory;
  audit: Audit;
}

const tags = ['memory'];
const params = z.object({ id: rowId });
const Filter = z.object({
  q: z.string().max(500).optional().describe('words to look for'),
  scope: FactScope.optional(),
  history: z.stringbool().default(false).describe('with what was replaced by something newer'),
  before: rowId.optional().describe('only facts with a lower id: the next page'),
  limit: z.coerce.number<string>().int().min(1).max(maxListed).default(maxListed),
});
const Import = MemoryExport.extend({ facts: MemoryExport.shape.facts.max(maxImported) });
const importBytes = 64 * 1024 * 1024;

export function memoryRoutes(app: App, parts: MemoryRouteParts): void {
  listRoute(app, parts);
  changeRoutes(app, parts);
  forgetRoutes(app, parts);
  exchangeRoutes(app, parts);
}

function listRoute(app: App, { memory }: MemoryRouteParts): void {
  app.get(
    '/api/memory',
    {
      schema: {
        ...{ tags, summary: 'What is remembered: your own facts and those of the office, newest first' },
        querystring: Filter,
        response: { 200: z.object({ facts: z.array(Fact) }) },
      },
    },
    async (request) => ({ facts: await memory.list(whoAsks(request).person, request.query) }),
  );
}

function changeRoutes(app: App, { memory, audit }: MemoryRouteParts): void {
  app.post(
    '/api/memory',
    {
      schema: {
        ...{ tags, summary: 'Remember a fact; for the office, by administrators only' },
        body: FactBody,
        response: { 201: Fact },
      },
    },
    async (request, reply) => {
      const { scope } = request.body;
      const fact = await audited(
        audit,
        request,
        'memory.add',
        () => memory.add(whoAsks(request).person, request.body),
        (added) => ({ detail: { fact: added?.id ?? null, scope } }),
      );
      return await reply.status(201).send(fact);
    },
  );

  app.patch(
    '/api/memory/:id',
    {
      schema: {
        ...{
          tags,
          summary: 'Correct a fact: the new one is returned, the old one becomes history; or share it',
        },
        params,
        body: FactPatch,
        response: { 200: Fact },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { scope } = request.body;
      return await audited(
        audit,
        request,
        'memory.change',
        () => change(memory, whoAsks(request).person, id, request.body),
        (changed) => ({ detail: { fact: id, now: changed?.id ?? null, ...(scope ? { scope } : {}) } }),
      );
    },
  );
}

async function change(
  memory: Memory,
  person: Person,
  id: number,
  { text, scope }: z.infer<typeof FactPatch>,
): Promise<Fact> {
  if (scope === undefined && text === undefined) {
    throw new Refusal('bad-request', "Give a new 'text', a new 'scope', or both.");
  }
  // First where it may fail: a fact that was corrected but not shared would be half a change.
  const shared = scope === undefined ? undefined : await memory.share(person, id, scope);
  return text === undefined && shared ? shared : await memory.correct(person, shared?.id ?? id, text ?? '');
}
function forgetRoutes(app: App, { memory, audit }: MemoryRouteParts): void {
  app.delete(
    '/api/memory/:id',
    {
      schema: {
        ...{ tags, summary: 'Forget a fact and what it replaced' },
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await audited(
        audit,
        request,
        'memory.forget',
        () => memory.forget(whoAsks(request).person, id),
        () => ({ detail: { fact: id } }),
      );
      return await reply.status(204).send(null);
    },
  );

  app.delete(
    '/api/memory',
    {
      schema: {
        ...{ tags, summary: "Forget everything of your own; the office's memory stays" },
        response: { 200: z.object({ forgotten: z.int() }) },
      },
    },
    async (request) => {
      const forgotten = await audited(
        audit,
        request,
        'memory.forget-all',
        () => memory.forgetAll(whoAsks(request).person),
        (count) => ({ detail: { facts: count ?? null } }),
      );
      return { forgotten };
    },
  );
}

function exchangeRoutes(app: App, { memory, audit }: MemoryRouteParts): void {
  app.get(
    '/api/memory/export',
    {
      schema: {
        ...{ tags, summary: 'All your own facts as a file, history included' },
        response: { 200: MemoryExport },
      },
    },
    async (request, reply) => {
      reply.header('content-disposition', 'attachment; filename="rockpool-memory.json"');
      return await memory.export(whoAsks(request).person);
    },
  );

  app.post(
    '/api/memory/import',
    {
      bodyLimit: importBytes,
      schema: {
        ...{ tags, summary: 'Add the facts of an export to your own; those that are known are skipped' },
        body: Import,
        response: { 200: z.object({ added: z.int(), skipped: z.int() }) },
      },
    },
    async (request) =>
      await audited(
        audit,
        request,
        'memory.import',
        () => memory.import(whoAsks(request).person, request.body),
        (counts) => ({ detail: { added: counts?.added ?? null } }),
      ),
  );
}
