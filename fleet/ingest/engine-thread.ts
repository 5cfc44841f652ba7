/** The engine in a thread of its own, as the controller sees it. A thread that ends is begun anew at the next question. */
import { Worker } from 'node:worker_threads';
import type { Engine, Outcome } from './engine.ts';
import { type Packed, pack } from './packed.ts';

export interface ThreadData {
  /** The controller's folder, or `postgres://…`. */
  where: string;
  /** This controller's name among others, another at every start. */
  holder: string;
  listeningSince: number;
  /** To PostgreSQL. */
  connections: number;
}

export interface Asked {
  id: number;
  now: number;
  what: { kind: 'commit'; packed: Packed } | { kind: 'probe' | 'sweep' | 'prune' };
}
export type Answered = { id: number; value: unknown } | { id: number; error: string };

export interface EngineThread extends Engine {
  /** Judges anew who is there. @returns how many changed; null: another controller does it */
  sweep(now: number): Promise<number | null>;
  /** Forgets what is old. @returns rows; null: another controller does it */
  prune(now: number): Promise<number | null>;
  /** After what is under way. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export async function openEngineThread(data: ThreadData): Promise<EngineThread> {
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let worker: Promise<Worker> | undefined;

  const begin = (): Promise<Worker> =>
    new Promise((resolve, reject) => {
      const begun = new Worker(new URL('./thread.ts', import.meta.url), { workerData: data });
      begun.on('message', (said: Answered | 'open') => {
        if (said === 'open') return resolve(begun);
        const asker = waiting.get(said.id);
        waiting.delete(said.id);
        if ('error' in said) asker?.reject(new Error(said.error));
        else asker?.resolve(said.value);
      });
      const end = (error: Error): void => {
        worker = undefined;
        reject(error);
        for (const asker of waiting.values()) asker.reject(error);
        waiting.clear();
      };
      begun.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
      begun.on('exit', () => end(new Error('the thread of the database ended')));
    });

  async function ask<T>(what: Asked['what'], now: number): Promise<T> {
    worker ??= begin();
    const running = await worker;
    count += 1;
    const id = count;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      const asked: Asked = { id, now, what };
      running.postMessage(asked, what.kind === 'commit' ? [what.packed.bytes.buffer] : []);
    });
  }

  worker = begin();
  await worker;
  return {
    commit: (group, now) => ask<Outcome>({ kind: 'commit', packed: pack(group) }, now),
    probe: (now) => ask<void>({ kind: 'probe' }, now),
    sweep: (now) => ask<number | null>({ kind: 'sweep' }, now),
    prune: (now) => ask<number | null>({ kind: 'prune' }, now),
    async close() {
      const running = await worker;
      if (!running) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.postMessage('close');
      await ended;
    },
  };
}
