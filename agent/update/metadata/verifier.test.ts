/** The worker around tuf-js: it ends when it is told to, when it computes too long, and leaves nothing behind. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { deviceCaps } from './task.ts';
import { SimulatedRepository } from './test/simulated-repository.ts';
import { FetchFailed, monotonic } from './transport.ts';
import { killMs, verifyInWorker } from './verifier.ts';

const now = Date.parse('2026-11-02T10:00:00Z');
const repository = new SimulatedRepository(now);
const root = String(repository.files.get('metadata/1.root.json'));
const task = { files: { 'root.json': root }, now, caps: deviceCaps, names: [], stopsAtFirst: false };
const fetchHere = async (name: string): Promise<Buffer | undefined> =>
  repository.files.get(`metadata/${name}`);
const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('rockpool-metadata-'));

test('it verifies with the time that it is given, not with the clock of the process', async () => {
  const parts = { fetch: fetchHere, watch: monotonic, killMs };
  const signal = new AbortController().signal;
  const good = await verifyInWorker(task, parts, signal);
  expect(good.problem).toBeUndefined();
  expect(good.loaded).toContain('targets');
  const late = await verifyInWorker({ ...task, now: now + 40 * 86_400_000 }, parts, signal);
  expect(late.problem?.says).toContain('expired');
});

test('it ends with whoever asked, also while it waits for bytes', async () => {
  const stop = new AbortController();
  const before = left().length;
  const fetch = (_: string, __: number, signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      stop.abort(new Error('enough'));
    });
  await expect(verifyInWorker(task, { fetch, watch: monotonic, killMs }, stop.signal)).rejects.toThrow(
    'enough',
  );
  expect(left().length).toBe(before);
});

test('it is not ended for the time that fetching takes', async () => {
  // A stopwatch on which nothing but fetching takes any time.
  let armed = 0;
  const watch = {
    now: () => 0,
    after: () => {
      armed += 1;
      return () => {
        armed -= 1;
      };
    },
  };
  const during: number[] = [];
  const fetch = async (name: string): Promise<Buffer | undefined> => {
    during.push(armed);
    return fetchHere(name);
  };
  await verifyInWorker(task, { fetch, watch, killMs: 1 }, new AbortController().signal);
  expect(during.length).toBeGreaterThan(3);
  expect(new Set(during)).toEqual(new Set([0]));
});

test('what could not be fetched is told apart from what does not hold', async () => {
  const signal = new AbortController().signal;
  const away = await verifyInWorker(
    task,
    { fetch: () => Promise.reject(new FetchFailed('nobody answers')), watch: monotonic, killMs },
    signal,
  );
  expect(away.away?.message).toBe('nobody answers');
  const bad = await verifyInWorker(
    task,
    {
      fetch: async (name) => (name === 'timestamp.json' ? Buffer.from('{}') : undefined),
      watch: monotonic,
      killMs,
    },
    signal,
  );
  expect(bad.away).toBeUndefined();
  expect(bad.problem?.says).toBeTruthy();
});
