/** Progress as server-sent events: the whole state each time, so that a page which missed some misses nothing. */
import type { ServerResponse } from 'node:http';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Following } from './following.ts';

/** Phones and routers drop what is silent for longer. */
const aliveMs = 15_000;
const mostReaders = 16;

export function createEvents(following: Following) {
  const open = new Set<ServerResponse>();
  return {
    /** Answers until its reader leaves. `isOpen` is asked before each: a session that ended hears no more. */
    send(response: ServerResponse, isOpen: () => boolean): void {
      if (open.size >= mostReaders) {
        throw new Refusal('busy', 'This page is open too many times; close it elsewhere.', {
          retryAfterS: 10,
        });
      }
      const leaving = new AbortController();
      open.add(response);
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.write('retry: 1000\n\n');
      const alive = setInterval(() => response.write(': alive\n\n'), aliveMs);
      response.on('close', () => {
        clearInterval(alive);
        leaving.abort();
        open.delete(response);
      });
      following.listen((progress) => {
        if (isOpen()) response.write(`data: ${JSON.stringify(progress)}\n\n`);
        else response.end();
      }, leaving.signal);
    },
    close(): void {
      for (const response of open) response.end();
    },
  };
}
