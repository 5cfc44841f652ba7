import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { databaseVital, modelVital, reasonsToWithhold, startWatchdog, type Vital } from './watchdog.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const well = (name: string): Vital => ({ name, boundMs: 30_000, ask: async () => undefined });
const hung = (name: string): Vital => ({ name, boundMs: 30_000, ask: () => new Promise(() => undefined) });

/** A unit with `WatchdogSec=60`: a beat every 12 s. */
function watch(vitals: Vital[]) {
  let fed = 0;
  const feed = () => {
    fed += 1;
  };
  const lines: string[] = [];
  const log = {
    error: (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    info: (_: object, message: string) => void lines.push(message),
  };
  const dog = startWatchdog({ watchdogMs: 60_000, vitals, feed, log });
  return { fed: () => fed, lines, close: dog.close };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('while everything answers it is fed five times within the limit', async () => {
  const dog = watch([well('the database'), well('the model')]);
  await pass(60_000);
  expect(dog.fed()).toBe(6);
  expect(dog.lines).toEqual([]);
  dog.close();
  await pass(60_000);
  expect(dog.fed()).toBe(6);
});

test('what hangs past its own bound withholds, is named once, and is not asked twice', async () => {
  let asked = 0;
  const ask = () => {
    asked += 1;
    return new Promise(() => undefined);
  };
  const database = { ...hung('the database'), ask };
  const dog = watch([well('the model'), database]);
  await pass(24_000);
  expect(dog.fed()).toBe(3);
  await pass(48_000);
  expect(dog.fed()).toBe(3);
  expect(asked).toBe(1);
  expect(dog.lines).toEqual([
    'systemd is not told that all is well {"why":"the database has not answered for 36 s"}',
  ]);
  dog.close();
});

test('an error is no answer; the log has its words, and says when all is well again', async () => {
  let broken = true;
  const ask = async (): Promise<void> => {
    if (broken) throw new Error('the store is closed');
  };
  const dog = watch([{ ...well('the database'), ask }]);
  await pass(48_000);
  expect(dog.lines).toEqual([
    'systemd is not told that all is well {"why":"the database has not answered for 36 s: the store is closed"}',
  ]);
  broken = false;
  await pass(24_000);
  expect(dog.lines.at(-1)).toBe('all is well again');
  expect(dog.fed()).toBe(4);
  dog.close();
});

test('a blocked event loop withholds one beat; vitals that could not answer meanwhile are not blamed', () => {
  const silences = [{ name: 'the database', boundMs: 30_000, silentBeats: 1 }];
  expect(reasonsToWithhold(20_000, silences, 12_000)).toEqual(['the event loop was blocked for 20 s']);
  expect(reasonsToWithhold(14_000, silences, 12_000)).toEqual([]);
});

test('each vital has its own bound', () => {
  const silence = (boundMs: number) => [{ name: 'x', boundMs, silentBeats: 3 }];
  expect(reasonsToWithhold(0, silence(35_999), 12_000)).toHaveLength(1);
  expect(reasonsToWithhold(0, silence(36_000), 12_000)).toHaveLength(0);
});

test('systemd that takes nothing does not end the agent: it tries again, and the log has it', async () => {
  const lines: string[] = [];
  const log = { error: (_: object, message: string) => void lines.push(message), info: () => undefined };
  const feed = () => {
    throw new Error('full');
  };
  const dog = startWatchdog({ watchdogMs: 60_000, vitals: [], feed, log });
  await pass(12_000);
  expect(lines).toEqual(Array(2).fill('systemd could not be told that all is well'));
  dog.close();
});

test('a model that can never be loaded is no reason to start again; one that is silent is', async () => {
  const never = Promise.reject(new Error('no such file'));
  const unusable = modelVital({ ready: never, count: () => Promise.reject(new Error('no such file')) });
  await never.catch(() => undefined);
  await expect(unusable.ask()).resolves.toBeUndefined();
  const died = modelVital({ ready: Promise.resolve(), count: () => Promise.reject(new Error('it died')) });
  await expect(died.ask()).rejects.toThrow('it died');
});

test('the database is asked the question that is given', async () => {
  await expect(databaseVital(async () => 7).ask()).resolves.toBe(7);
});
