/** The store's thread: runs one call after the other against the rooms' databases. */
import { parentPort, workerData } from 'node:worker_threads';
import { Refusal } from '@rockpool/protocol/refusal';
import { openRooms } from './rooms.ts';
import { isFull } from './sqlite.ts';
import type { Answer, Call } from './store.ts';

const port = parentPort;
if (!port) throw new Error('worker.ts runs as a worker thread of store.ts');

const rooms = openRooms((workerData as { home: string }).home);
const tables = rooms as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>;

port.on('message', (call: Call | 'close') => {
  if (call === 'close') {
    rooms.close();
    port.close();
    return;
  }
  port.postMessage(answer(call));
});
port.postMessage({ id: 0, value: undefined } satisfies Answer);

function answer({ id, room, method, args }: Call): Answer {
  try {
    const run = tables[room]?.[method];
    if (!run) throw new Error(`the store has no ${room}.${method}`);
    return { id, value: run(...args) };
  } catch (error) {
    if (error instanceof Refusal) {
      return { id, refusal: { code: error.code, message: error.message, detail: error.detail } };
    }
    return failed(id, error instanceof Error ? error : new Error(String(error)));
  }
}

/** An error loses on its way between threads what isn't its message; "the disk is full" is told by the code. */
function failed(id: number, error: Error & { code?: unknown }): Answer {
  if (isFull(error)) return { id, error, code: 'SQLITE_FULL' };
  return { id, error, ...(typeof error.code === 'string' ? { code: error.code } : {}) };
}
