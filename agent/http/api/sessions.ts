/** Chats over HTTP: the list, one of them, search, export, and turns as a stream of frames. */
import { Readable } from 'node:stream';
import {
  Frame,
  SearchHit,
  Session,
  SessionPatch,
  SessionWithMessages,
  TurnBody,
} from '@rockpool/protocol/chat';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Conversation } from '../../conversation/conversation.ts';
import { exportSession } from '../../conversation/export.ts';
import { lines } from '../../conversation/lines.ts';
import type { Sessions } from '../../conversation/parts.ts';
import { stopped } from '../../conversation/stopped.ts';
import type { Clock } from '../../host/clock.ts';
import type { Model } from '../../inference/model.ts';
import { type App, whoAsks } from '../app.ts';
import { attachment } from '../attachment.ts';
import { whileRead } from '../while-read.ts';

export interface SessionRouteParts {
  sessions: Sessions;
  conversation: Conversation;
  model: Pick<Model, 'forget'>;
  clock: Clock;
}

const tags = ['chats'];
const params = z.object({ id: z.string().min(1).max(64) });

export function sessionRoutes(app: App, parts: SessionRouteParts): void {
  listRoutes(app, parts);
  oneRoutes(app, parts);
  turnRoute(app, parts);
}

function listRoutes(app: App, { sessions, clock }: SessionRouteParts): void {
  app.get(
    '/api/sessions',
    {
      schema: {
        ...{ tags, summary: 'The chats of whoever asks: pinned ones first, then the newest' },
        querystring: z.object({ archived: z.enum(['true', 'false']).default('false') }),
        response: { 200: z.object({ sessions: z.array(Session) }) },
      },
    },
    async (request) => ({
      sessions: await sessions.list(whoAsks(request).person.id, request.query.archived === 'true'),
    }),
  );

  app.post(
    '/api/sessions',
    { schema: { ...{ tags, summary: 'Open a new, empty chat' }, response: { 201: Session } } },
    async (request, reply) =>
      reply.status(201).send(await sessions.create(whoAsks(request).person.id, clock.now())),
  );

  app.get(
    '/api/search',
    {
      schema: {
        ...{ tags, summary: 'Find what was said in any chat, best first' },
        querystring: z.object({ q: z.string().trim().min(1).max(200) }),
        response: { 200: z.object({ hits: z.array(SearchHit) }) },
      },
    },
    async (request) => ({ hits: await sessions.search(whoAsks(request).person.id, request.query.q) }),
  );
}

function oneRoutes(app: App, { sessions, conversation, model, clock }: SessionRouteParts): void {
  app.get(
    '/api/sessions/:id',
    {
      schema: {
        ...{ tags, summary: 'One chat, with the branch that is shown' },
        params,
        response: { 200: SessionWithMessages },
      },
    },
    async (request) => await sessions.get(whoAsks(request).person.id, request.params.id),
  );

  app.patch(
    '/api/sessions/:id',
    {
      schema: {
        ...{ tags, summary: 'Rename, pin or archive a chat, or show another branch of it' },
        ...{ params, body: SessionPatch },
        response: { 200: Session },
      },
    },
    async (request) => await sessions.patch(whoAsks(request).person.id, request.params.id, request.body),
  );

  app.delete(
    '/api/sessions/:id',
    { schema: { ...{ tags, summary: 'Delete a chat for good' }, params, response: { 204: z.null() } } },
    async (request, reply) => {
      const { id } = request.params;
      const { person } = whoAsks(request);
      await sessions.own(person.id, id);
      await conversation.stop(id);
      await sessions.remove(person.id, id);
      // Deleted is deleted, also while the model is down.
      conversation.afterwards(model.forget(id));
      return reply.status(204).send(null);
    },
  );

  app.get(
    '/api/sessions/:id/export',
    {
      schema: {
        ...{ tags, summary: 'A chat as a file: the shown branch as Markdown, or everything as JSON' },
        params,
        querystring: z.object({ format: z.enum(['markdown', 'json']).default('markdown') }),
      },
    },
    async (request, reply) => {
      const { person } = whoAsks(request);
      const { format } = request.query;
      const read = format === 'json' ? sessions.getAll : sessions.get;
      const { name, type, content } = exportSession(
        await read(person.id, request.params.id),
        format,
        clock.now(),
      );
      return reply.type(type).header('content-disposition', attachment(name)).send(content);
    },
  );
}

function turnRoute(app: App, { conversation }: SessionRouteParts): void {
  app.post(
    '/api/sessions/:id/turns',
    {
      schema: {
        ...{ tags, summary: 'Say something, and read the answer as it is given: one frame a line' },
        description:
          'The first line comes once the message is on disk. Closing the connection stops the answer.',
        ...{ params, body: TurnBody },
        response: { 200: { content: { 'application/x-ndjson': { schema: Frame } } } },
      },
    },
    async (request, reply) => {
      const { person, via } = whoAsks(request);
      const asked = { session: request.params.id, body: request.body, person, via, requestId: request.id };
      const frames = conversation.turn(asked, whileRead(reply, stopped));
      const first = await frames.next();
      if (first.done) throw new Refusal('failed', 'The answer ended before it began; ask again.');
      return stream(request, reply, lines(first.value, frames));
    },
  );
}

function stream(request: FastifyRequest, reply: FastifyReply, content: AsyncGenerator<string>): FastifyReply {
  const body = Readable.from(logged(request, content), { objectMode: false });
  return reply.type('application/x-ndjson; charset=utf-8').header('x-accel-buffering', 'no').send(body);
}

/** The reader was told in the last frame; the log is told here, once. The stream itself ends as it should. */
async function* logged(request: FastifyRequest, content: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* content;
  } catch (error) {
    request.log.error({ err: error }, 'turn failed');
  }
}
