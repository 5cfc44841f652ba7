/** `/api/live`: changes as they come, to whoever keeps the connection open; when they leave, or are put out, nothing of it stays. */
import { Readable } from 'node:stream';
import type { Change } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import { type App, askerOf } from '../app.ts';
import { shownBy } from '../guard.ts';
import type { RouteParts } from '../operators-door.ts';

/** A browser, or a proxy on the way, ends what is silent for long; the page believes the controller away after twenty seconds. */
const heartbeatMs = 10_000;
const mostOfOne = 16;
const mostReaders = 512;
/** Whoever reads so slowly asks anew when they are back. */
const mostBufferedBytes = 64 * 1024;

export function liveRoutes(app: App, { live, operators, cookie }: RouteParts): void {
  const open = new Map<Readable, number>();
  app.addHook('preClose', async () => {
    for (const stream of open.keys()) stream.push(null);
  });

  app.get(
    '/api/live',
    {
      config: { who: 'look' },
      schema: { description: 'Server-sent events: `change`, at most one a second; comments as heartbeats.' },
    },
    async (request, reply) => {
      const { operatorId } = askerOf(request);
      demandRoom(open, operatorId);
      const stream = new Readable({ read: () => undefined });
      const say = (text: string): void => {
        if (stream.readableLength > mostBufferedBytes) stream.destroy();
        else if (!stream.destroyed) stream.push(text);
      };
      open.set(stream, operatorId);
      const beat = setInterval(() => {
        say(':\n\n');
        endWhenPutOut(request, stream);
      }, heartbeatMs);
      let leave = (): void => undefined;
      stream.once('close', () => {
        clearInterval(beat);
        open.delete(stream);
        leave();
      });
      try {
        leave = await live.join((change: Change) =>
          say(`event: change\ndata: ${JSON.stringify(change)}\n\n`),
        );
      } catch (error) {
        stream.destroy();
        throw error;
      }
      if (stream.destroyed || request.raw.destroyed) leave();
      say('retry: 3000\n\n');
      // A proxy that gathers answers would keep this one for ever.
      return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream);
    },
  );

  /** Signed out elsewhere, removed, or less trusted than before: what they see ends too. */
  function endWhenPutOut(request: FastifyRequest, stream: Readable): void {
    operators.whoIs(shownBy(request, cookie)).then(
      (asker) => {
        if (!asker) stream.push(null);
      },
      (error: unknown) => {
        request.log.error({ err: error }, 'a reader of /api/live could not be looked up');
        stream.destroy();
      },
    );
  }
}

function demandRoom(open: ReadonlyMap<Readable, number>, operatorId: number): void {
  const own = [...open.values()].filter((one) => one === operatorId).length;
  if (own >= mostOfOne || open.size >= mostReaders)
    throw new Refusal('too-many-requests', 'Too many dashboards are open; close one.', { retryAfterS: 10 });
}
