/** The databases as the main thread sees them: every room's functions, returning promises. */
import { Worker } from 'node:worker_threads';
import { Refusal, type RefusalCode, type RefusalDetail } from '@rockpool/protocol/refusal';
import type { Rooms } from './rooms.ts';

export interface Call {
  id: number;
  room: string;
  method: string;
  args: unknown[];
}

export type Answer =
  | { id: number; value: unknown }
  | { id: number; refusal: { code: RefusalCode; message: string; detail: RefusalDetail } }
  | { id: number; error: Error; code?: string };

type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
};

export type Store = { [K in Exclude<keyof Rooms, 'close'>]: Remote<Rooms[K]> } & { close(): Promise<void> };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Opens all databases under `home`.
 * @throws Error with one sentence when a file can't be opened, is newer than this program, or is damaged
 */
export async function openStore(home: string): Promise<Store> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { home } });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: Error | undefined;

  const opened = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  worker.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (!call) return;
    if ('error' in answer) call.reject(Object.assign(answer.error, { code: answer.code }));
    else if ('refusal' in answer) {
      call.reject(new Refusal(answer.refusal.code, answer.refusal.message, answer.refusal.detail));
    } else call.resolve(answer.value);
  });
  const end = (error: Error): void => {
    ended = error;
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end(ended ?? new Error('the store is closed'));
      resolve();
    });
  });

  const call = (room: string, method: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(ended);
        return;
      }
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, room, method, args } satisfies Call);
    });
  const room = (name: string): unknown =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: unknown[]) =>
            call(name, String(method), args),
      },
    );

  await opened;
  return {
    people: room('people'),
    sessions: room('sessions'),
    memory: room('memory'),
    documents: room('documents'),
    store: room('store'),
    async close() {
      worker.postMessage('close');
      await exited;
    },
  } as Store;
}
