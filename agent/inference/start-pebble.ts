/** Pebble for tests and benchmarks: the real weights, a cache folder of its own, one thread. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChangingModel, type ModelOptions, startModel } from './engine.ts';
import type { GenerateEvent, GenerateRequest, GenerateUsage, Model } from './model.ts';

const folder = new URL('../../models/pebble/', import.meta.url).pathname;
export const pebbleFiles = {
  chatModel: join(folder, 'pebble-chat-q8_0.gguf'),
  embedModel: join(folder, 'pebble-embed-q8_0.gguf'),
};

export interface Pebble {
  model: ChangingModel;
  /** What the engine logged: pid of each process among it. */
  logged: { message: string; fields: object }[];
  cacheFolder: string;
  stop(): Promise<void>;
}

export async function startPebble(choice: Partial<ModelOptions> = {}): Promise<Pebble> {
  const own = choice.cacheFolder === undefined ? mkdtempSync(join(tmpdir(), 'rockpool-model-')) : undefined;
  const cacheFolder = choice.cacheFolder ?? own ?? '';
  const logged: Pebble['logged'] = [];
  const write = (fields: object, message: string): void => {
    logged.push({ message, fields });
  };
  const log = { info: write, error: write };
  const model = startModel({ ...pebbleFiles, builtIn: true, threads: 1, cacheFolder, log, ...choice });
  await model.ready;
  return {
    model,
    logged,
    cacheFolder,
    async stop() {
      await model.close();
      if (own) rmSync(own, { recursive: true });
    },
  };
}

export const system = {
  role: 'system',
  content:
    'You are Pebble, a private assistant that runs on this appliance. Answer briefly. When a context is given, answer from it and cite the entry as [n].',
} as const;

export interface Answer {
  text: string;
  calls: { id: string; name: string; arguments: string }[];
  events: GenerateEvent[];
  reason: string;
  usage: GenerateUsage;
}

/** The whole answer to a request. */
export async function answer(
  model: Model,
  request: Omit<GenerateRequest, 'person'> & { person?: string },
  signal = AbortSignal.timeout(60_000),
): Promise<Answer> {
  const whole: Answer = {
    text: '',
    calls: [],
    events: [],
    reason: '',
    usage: { promptTokens: 0, cachedTokens: 0, completionTokens: 0 },
  };
  for await (const event of model.generate({ person: 'ada', ...request }, signal)) {
    whole.events.push(event);
    if (event.type === 'delta') whole.text += event.text;
    else if (event.type === 'tool-call')
      whole.calls[event.index] = { id: event.id, name: event.name, arguments: '' };
    else if (event.type === 'tool-arguments') {
      const call = whole.calls[event.index];
      if (call) call.arguments += event.text;
    } else if (event.type === 'end') Object.assign(whole, { reason: event.reason, usage: event.usage });
  }
  return whole;
}
