/** Runs tuf-js in a worker of its own: fetches for it, and ends it when it computes for longer than honest metadata needs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UpdateError } from '../parts.ts';
import type { Ask, ReplyBody, Task, Verdict } from './task.ts';
import { FetchFailed, type Stopwatch, wordsOf } from './transport.ts';

export interface VerifierParts {
  /** One file of metadata. @throws FetchFailed */
  fetch(name: string, limitBytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
  watch: Stopwatch;
  /** How long it may compute between two things that it asks for. */
  killMs: number;
}

/** A device with slow cores takes some seconds for the largest metadata that the caps let in. */
export const killMs = 30_000;

export interface Verified extends Verdict {
  /** The first time that a source could not be reached, or sent what can't be taken. */
  away: FetchFailed | undefined;
  /** Metadata that the source doesn't have, besides roots. */
  missing: readonly string[];
}

/**
 * @throws UpdateError `metadata` when it had to be ended
 */
export async function verifyInWorker(
  task: Omit<Task, 'scratch'>,
  parts: VerifierParts,
  signal: AbortSignal,
): Promise<Verified> {
  // Not on the updater's own disk: nothing here is kept, nor has to outlive a power cut.
  const scratch = await mkdtemp(join(tmpdir(), 'rockpool-metadata-'));
  try {
    return await run({ ...task, scratch }, parts, signal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function run(
  task: Task,
  { fetch, watch, killMs: limitMs }: VerifierParts,
  signal: AbortSignal,
): Promise<Verified> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./metadata-worker.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
  });
  const ending = new AbortController();
  const whileRunning = AbortSignal.any([signal, ending.signal]);
  let forget: () => void = () => undefined;
  let away: FetchFailed | undefined;
  const missing: string[] = [];

  const answer = async (name: string, limitBytes: number): Promise<ReplyBody> => {
    try {
      const bytes = await fetch(name, limitBytes, whileRunning);
      if (bytes !== undefined) return { reply: 'bytes', bytes };
      if (!/^\d+\.root\.json$/.test(name)) missing.push(name);
      return { reply: 'missing' };
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error;
      away ??= error;
      return { reply: 'failed', says: wordsOf(error) };
    }
  };

  try {
    return await new Promise<Verified>((resolve, reject) => {
      const compute = (): void => {
        forget = watch.after(limitMs, () =>
          reject(new UpdateError('metadata', `Reading the metadata took longer than ${limitMs / 1_000} s.`)),
        );
      };
      whileRunning.addEventListener('abort', () => reject(whileRunning.reason), { once: true });
      worker.on('message', (ask: Ask) => {
        forget();
        if (ask.ask === 'done') {
          resolve({ ...ask.verdict, away, missing });
          return;
        }
        answer(ask.name, ask.limitBytes).then((reply) => {
          if (ending.signal.aborted) return;
          compute();
          worker.postMessage({ ...reply, id: ask.id });
        }, reject);
      });
      worker.on('error', (cause) =>
        reject(new UpdateError('metadata', `The metadata can't be read: ${wordsOf(cause)}`, { cause })),
      );
      worker.on('exit', () => reject(new UpdateError('metadata', 'Reading the metadata ended early.')));
      compute();
    });
  } finally {
    forget();
    ending.abort();
    await worker.terminate();
  }
}
