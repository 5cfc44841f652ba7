/** What the model's process can do once the weights are loaded: answer, settle, forget, embed, count. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import { generate, readPrompt, type Work } from './generation.ts';
import { compileTemplate } from './jinja.ts';
import { anyJsonGrammar, jsonGrammar } from './json-grammar.ts';
import { createLanes, type Lanes, type Seat } from './lanes.ts';
import type { Llama, Token } from './llama.ts';
import type { ChatMessage, GenerateEvent, GenerateRequest, Tool } from './model.ts';
import { openParking } from './parking.ts';
import type { Part } from './quotes.ts';
import { chatMl, createChatTemplate } from './template.ts';
import { type Calls, type Dialect, dialectOf } from './tool-calls.ts';

export interface Answering {
  generate(
    request: GenerateRequest,
    emit: (event: GenerateEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
  settle(session: string, messages: readonly ChatMessage[], signal: AbortSignal): Promise<void>;
  forget(session: string): Promise<void>;
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
  count(texts: readonly string[]): Promise<number[]>;
  passes(): number;
  close(): Promise<void>;
}

export interface AnsweringOptions {
  cacheFolder: string;
  cacheBytes: number;
  alone: boolean;
  /** Of the chat model's weights. */
  digest: string;
}

const usualTemperature = 0;
const usualTopP = 0.95;
const mostSeed = 2 ** 31;

export function createAnswering(llama: Llama, options: AnsweringOptions): Answering {
  const source = llama.chatTemplate ?? chatMl;
  const template = createChatTemplate(compileTemplate(source), llama);
  const dialect = dialectOf(source, template.knowsTools);
  const parking = openParking({
    folder: join(options.cacheFolder, 'sessions'),
    key: `${options.digest} ${llama.cacheFormat}`,
    mostBytes: options.cacheBytes,
    alone: options.alone,
  });
  const lanes = createLanes(llama.lanes, parking);
  return {
    async generate(request, emit, signal) {
      const work = plan(request, dialect, (messages, tools) =>
        tokensOf(template.prompt(messages, tools), llama),
      );
      const seat = await lanes.take(request.session, work.prompt);
      await using(seat, llama, lanes, () => generate(work, seat.lane, llama, emit, signal));
    },
    async settle(session, messages, signal) {
      const seat = lanes.own(session);
      if (!seat) return;
      await using(seat, llama, lanes, () =>
        settle(seat, tokensOf(template.past(messages), llama), llama, signal),
      );
    },
    forget: (session) => lanes.forget(session),
    async embed(texts, signal) {
      const vectors: Float32Array[] = [];
      for (const text of texts) {
        signal.throwIfAborted();
        vectors.push(await llama.embed(text));
      }
      return vectors;
    },
    async count(texts) {
      const counts: number[] = [];
      for (const text of texts) {
        counts.push(llama.tokenize(text, false).length);
        await breathe(); // one after the other, or a long document would hold up everyone's next token
      }
      return counts;
    },
    passes: llama.passes,
    async close() {
      await lanes.parkAll();
      await llama.close();
    },
  };
}

async function using(seat: Seat, llama: Llama, lanes: Lanes, deed: () => Promise<void>): Promise<void> {
  const rest = llama.activate();
  try {
    await deed();
  } finally {
    rest();
    await lanes.give(seat);
  }
}

/**
 * Leaves in the lane exactly what the next turn will begin with. What followed the recalled context is read again
 * rather than moved up: moved, it would still carry what it once saw there.
 */
async function settle(seat: Seat, past: Token[], llama: Llama, signal: AbortSignal): Promise<void> {
  if (past.length === 0 || past.length >= llama.contextTokens) return;
  const { lane } = seat;
  await lane.cut(lane.common(past));
  if (lane.length() === past.length) return;
  const rest = await readPrompt(lane, past, () => undefined, signal);
  await lane.read(rest);
}

function plan(
  request: GenerateRequest,
  dialect: Dialect,
  tokens: (messages: readonly ChatMessage[], tools: readonly Tool[]) => Token[],
): Work {
  const calls = callsOf(request, dialect);
  if (calls && request.format) {
    throw new Refusal('bad-request', 'An answer is either JSON or calls tools: leave one of the two out.', {
      param: 'tools',
    });
  }
  return {
    prompt: tokens(request.messages, calls?.tools ?? []),
    maxTokens: request.maxTokens ?? Number.MAX_SAFE_INTEGER,
    temperature: request.temperature ?? usualTemperature,
    topP: request.topP ?? usualTopP,
    // Without one the library takes the second of the day: two people asking at once would get the same answer.
    seed: Math.abs(Math.trunc(request.seed ?? randomInt(mostSeed))) % mostSeed,
    stop: (request.stop ?? []).filter((text) => text !== ''),
    grammar: grammarOf(request),
    calls,
  };
}

function grammarOf({ format }: GenerateRequest): string | undefined {
  if (!format) return undefined;
  return format.type === 'json' ? anyJsonGrammar() : jsonGrammar(format.schema);
}

function callsOf(request: GenerateRequest, dialect: Dialect): Calls | undefined {
  const { tools = [], toolChoice = 'auto', parallelToolCalls: parallel = true } = request;
  if (tools.length === 0 || toolChoice === 'none') return undefined;
  if (typeof toolChoice === 'string') return { tools, dialect, parallel, forced: toolChoice === 'required' };
  const named = tools.filter(({ name }) => name === toolChoice.name);
  if (named.length === 0) {
    throw new Refusal('bad-request', `There is no tool ${toolChoice.name} among those declared.`, {
      param: 'tool_choice',
    });
  }
  return { tools: named, dialect, parallel: false, forced: true };
}

function tokensOf(parts: readonly Part[], llama: Llama): Token[] {
  const tokens = parts.flatMap(({ text, from }) => llama.tokenize(text, from === 'template'));
  const [bos] = llama.beginning();
  return bos === undefined || tokens[0] === bos ? tokens : [bos, ...tokens];
}
