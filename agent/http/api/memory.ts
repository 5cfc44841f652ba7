/** Routes of the memory page: what is remembered about whoever asks, and what the whole office knows. */
import { Readable } from 'node:stream';
import {
  Fact,
  FactBody,
  FactKind,
  FactPatch,
  FactScope,
  FullFact,
  MemoryExport,
  MemorySpace,
  MemoryStatus,
} from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Sessions } from '../../conversation/parts.ts';
import { maxImported } from '../../memory/exchange.ts';
import type { Whose } from '../../memory/facts.ts';
import { type Memory, maxListed } from '../../memory/memory.ts';
import type { Rights } from '../../memory/rights.ts';
import { type App, whoAsks } from '../app.ts';
import { audited } from '../audited.ts';
import { Moment, momentOf, momentWords } from './moment.ts';
import { rowId } from './row-id.ts';
import { asJson, asMarkdown } from './takeout.ts';

export interface MemoryRouteParts {
  memory: Memory;
  rights: Rights;
  sessions: Pick<Sessions, 'list' | 'get' | 'getAll'>;
  people: { listPeople(): Promise<{ id: number }[]> };
  audit: Audit;
}

const tags = ['memory'];
const params = z.object({ id: rowId });
const Filter = z.object({
  q: z.string().max(500).optional().describe('words to look for'),
  scope: FactScope.optional(),
  kind: FactKind.optional(),
  saidBy: z.string().trim().min(1).max(100).optional().describe('the name of who said it'),
  since: Moment.optional().describe(momentWords.since),
  until: Moment.optional().describe(momentWords.until),
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
  spaceRoutes(app, parts);
  copyRoutes(app, parts);
}

function listRoute(app: App, { memory, rights }: MemoryRouteParts): void {
  app.get(
    '/api/memory/status',
    {
      schema: {
        ...{
          tags,
          summary: 'How much is remembered and may be, how far its vectors are, and whether it is there',
        },
        response: { 200: MemoryStatus },
      },
    },
    async (request) => await rights.status(whoAsks(request).person),
  );

  app.get(
    '/api/memory',
    {
      schema: {
        ...{ tags, summary: 'What is remembered: your own facts and those of the office, newest first' },
        querystring: Filter,
        response: { 200: z.object({ facts: z.array(FullFact) }) },
      },
    },
    async (request) => {
      const { since, until, ...filter } = request.query;
      const span = { since: momentOf(since, 'since'), until: momentOf(until, 'until') };
      return { facts: await memory.list(whoAsks(request).person, { ...filter, ...span }) };
    },
  );
}

function changeRoutes(app: App, { memory, rights, audit }: MemoryRouteParts): void {
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
      const { scope, group } = request.body;
      const fact = await audited(
        audit,
        request,
        'memory.add',
        () => memory.add(whoAsks(request).person, request.body),
        (added) => ({
          detail: { fact: added?.id ?? null, scope, ...(group === undefined ? {} : { group }) },
        }),
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
        () => change(memory, rights, whoAsks(request).person, id, request.body),
        (changed) => ({ detail: { fact: id, now: changed?.id ?? null, ...(scope ? { scope } : {}) } }),
      );
    },
  );
}

async function change(
  memory: Memory,
  rights: Rights,
  person: Person,
  id: number,
  { text, scope, group, confirmed, pinned }: z.infer<typeof FactPatch>,
): Promise<Fact> {
  if (scope === undefined && text === undefined && confirmed === undefined && pinned === undefined) {
    throw new Refusal('bad-request', "Give a new 'text' or 'scope', or say 'confirmed' or 'pinned'.");
  }
  let changed: Fact | undefined;
  if (confirmed) changed = await rights.confirm(person, id);
  // First where it may fail: a fact that was corrected but not shared would be half a change.
  if (scope !== undefined) changed = await memory.share(person, id, scope, group);
  if (text !== undefined) changed = await memory.correct(person, changed?.id ?? id, text);
  if (pinned !== undefined) changed = await rights.pin(person, changed?.id ?? id, pinned);
  if (!changed) throw new Error('a fact was changed and not returned');
  return changed;
}

function forgetRoutes(app: App, { memory, rights, audit }: MemoryRouteParts): void {
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
        ...{ tags, summary: "Erase everything of your own, in copies too; the office's memory stays" },
        response: { 200: z.object({ forgotten: z.int() }) },
      },
    },
    async (request) => {
      const forgotten = await audited(
        audit,
        request,
        'memory.forget-all',
        () => rights.erase(whoAsks(request).person),
        (count) => ({ detail: { facts: count ?? null } }),
      );
      return { forgotten };
    },
  );
}

function exchangeRoutes(app: App, { memory, sessions, audit }: MemoryRouteParts): void {
  app.get(
    '/api/memory/export',
    {
      schema: {
        ...{ tags, summary: 'All your own facts as a file, history included; with your chats if you like' },
        description: 'JSON can be imported again; Markdown is to be read.',
        querystring: z.object({
          format: z.enum(['json', 'markdown']).default('json'),
          sessions: z.stringbool().default(false).describe('with all your chats'),
        }),
      },
    },
    async (request, reply) => {
      const { person } = whoAsks(request);
      const { format, sessions: withChats } = request.query;
      const exported = await audited(audit, request, 'memory.export', () => memory.export(person));
      const chats = { table: sessions, person: person.id };
      const content =
        format === 'json'
          ? asJson(exported, withChats ? chats : undefined)
          : asMarkdown(exported, person.name, { ...chats, all: withChats });
      const [ending, type] = format === 'json' ? ['json', 'application/json'] : ['md', 'text/markdown'];
      const name = withChats ? 'rockpool-all-about-me' : 'rockpool-memory';
      reply.header('content-disposition', `attachment; filename="${name}.${ending}"`);
      return reply.type(`${type}; charset=utf-8`).send(Readable.from(content, { objectMode: false }));
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

const OwnedSpace = MemorySpace.extend({
  personId: z.int().nullable().describe("null: the office's, or a group's"),
  groupId: z.int().optional(),
});
/** A person by their id, a group as `g3`, or the office. */
const Who = z.union([z.literal('office'), z.string().regex(/^g[1-9]\d{0,14}$/), rowId]);
const whoseIs = (who: z.infer<typeof Who>): Whose =>
  who === 'office' ? null : typeof who === 'string' ? { group: Number(who.slice(1)) } : who;

function spaceRoutes(app: App, { rights, audit }: MemoryRouteParts): void {
  app.get(
    '/api/memory/spaces',
    {
      schema: {
        ...{ tags, summary: 'How much everybody has: counts and limits for administrators, never a word' },
        response: { 200: z.object({ spaces: z.array(OwnedSpace) }) },
      },
    },
    async (request) => ({ spaces: await rights.spaces(whoAsks(request).person) }),
  );

  app.patch(
    '/api/memory/spaces/:who',
    {
      schema: {
        ...{ tags, summary: 'How much a person, a group (g3) or the office may have; by administrators' },
        params: z.object({ who: Who }),
        body: z.strictObject({
          maxFacts: z.int().min(0).max(mostFacts).optional(),
          maxBytes: z.int().min(0).max(mostBytes).optional(),
        }),
        response: { 200: OwnedSpace },
      },
    },
    async (request) => {
      const { who } = request.params;
      const { maxFacts: facts, maxBytes: bytes } = request.body;
      return await audited(
        audit,
        request,
        'memory.limit',
        () => rights.limit(whoAsks(request).person, whoseIs(who), { facts, bytes }),
        (space) => ({
          detail: { of: who, facts: space?.maxFacts ?? null, bytes: space?.maxBytes ?? null },
        }),
      );
    },
  );
}

/** More than a device can search in time is no limit. */
const mostFacts = 10_000_000;
const mostBytes = 16 * 1024 ** 3;

/** For the command line on the device: a memory that was put aside comes back, or begins anew. */
function copyRoutes(app: App, { rights, people, audit }: MemoryRouteParts): void {
  const local = { config: { access: 'local' } } as const;
  app.post(
    '/api/local/memory/restore',
    {
      ...local,
      schema: {
        ...{ tags, summary: 'A copy of memory takes the place of what is there, which is put aside' },
        body: z.strictObject({
          file: z.string().min(1).nullable().describe('null: the newest that is whole'),
        }),
        response: { 200: z.object({ file: z.string() }) },
      },
    },
    async (request) => {
      const ids = (await people.listPeople()).map(({ id }) => id);
      const file = await audited(audit, request, 'memory.restore', () =>
        rights.restore(request.body.file, ids),
      );
      return { file };
    },
  );

  app.post(
    '/api/local/memory/begin-anew',
    {
      ...local,
      schema: {
        ...{ tags, summary: 'An empty memory takes the place of one that was put aside' },
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await audited(audit, request, 'memory.begin-anew', () => rights.beginAnew());
      return await reply.status(204).send(null);
    },
  );
}
