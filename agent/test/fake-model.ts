/** A small working Model without weights: says what a test told it to, one word a token, and keeps the contract's rules. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type {
  ChatMessage,
  GenerateEvent,
  GenerateRequest,
  Model,
  ModelLoad,
  Queued,
} from '../inference/model.ts';

/** What the model says to one request. */
export interface Answer {
  /** One delta per word; an array: one delta per element. */
  text?: string | readonly string[];
  calls?: readonly { name: string; arguments: string }[];
  /** Thrown once the text is out; with no text, before anything is. */
  failure?: unknown;
  /** After the text, more and more of it, until nobody reads any more. */
  endless?: boolean;
  /** How many wait in front; tells `queued` for each place down to 1. */
  queued?: number;
  /** Waits for this before it reads the prompt; an abort ends the wait. */
  until?: Promise<unknown>;
}

export type Script = Answer | ((request: GenerateRequest) => Answer);

export const fakeAbout: ModelAbout = {
  id: 'pebble',
  label: 'Pebble',
  file: 'pebble.gguf',
  bytes: 1000,
  contextTokens: 2048,
  builtIn: true,
  digest: '0'.repeat(64),
  createdAt: 1_700_000_000,
};

export class FakeModel implements Model {
  readonly ready: Promise<ModelAbout>;
  readonly embedding = { dimensions: 32, digest: '1'.repeat(64) };
  /** Answers in order; when they are used up, `otherwise` answers. */
  readonly scripts: Script[] = [];
  otherwise: Script = ({ messages }) => ({ text: `You said: ${messages.at(-1)?.content ?? ''}` });
  /** Every request that was let in, oldest first. */
  readonly requests: GenerateRequest[] = [];
  /** What is cached per session. */
  readonly sessions = new Map<string, readonly ChatMessage[]>();
  /** Answers that ended because nobody wanted them any more. */
  abandoned = 0;
  running = 0;
  swaps = 0;
  /** Set: another model takes its place, and whoever comes waits for this, being told these places. */
  changing: { places: readonly number[]; until: Promise<unknown> } | undefined;
  /** Set: every request is refused with it (`busy`, `model-loading` …). */
  refusal: Refusal | undefined;
  #about: ModelAbout | undefined;
  readonly #loading: PromiseWithResolvers<ModelAbout>;

  constructor({ loading = false, about = fakeAbout } = {}) {
    this.#loading = Promise.withResolvers();
    this.ready = this.#loading.promise;
    this.ready.catch(() => undefined); // whoever doesn't wait for it hears the same when asking
    if (!loading) this.finishLoading(about);
  }

  finishLoading(about = fakeAbout): void {
    this.#about = about;
    this.#loading.resolve(about);
  }

  /** The weights can't be run: not a GGUF, too big. */
  failLoading(refusal: Refusal): void {
    this.refusal = refusal;
    this.#loading.reject(refusal);
  }

  about(): ModelAbout | undefined {
    return this.#about;
  }

  /** The next answers, in order. */
  says(...scripts: Script[]): this {
    this.scripts.push(...scripts);
    return this;
  }

  async *standBy(_person: string, signal: AbortSignal): AsyncGenerator<Queued> {
    if (!this.changing) return;
    for (const place of this.changing.places) yield { type: 'queued', place, waitMs: null, updating: true };
    await untilOrAborted(this.changing.until, signal);
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    if (!this.#about)
      throw new Refusal('model-loading', 'The model is loading; try again soon.', { retryAfterS: 2 });
    if (this.refusal) throw this.refusal;
    this.requests.push(request);
    const script = this.scripts.shift() ?? this.otherwise;
    const answer = typeof script === 'function' ? script(request) : script;
    this.running += 1;
    let finished = false;
    try {
      yield* this.#speak(answer, request, signal);
      finished = true;
    } catch (error) {
      finished = !signal.aborted;
      throw error;
    } finally {
      this.running -= 1;
      if (!finished) this.abandoned += 1;
    }
  }

  async *#speak(
    answer: Answer,
    request: GenerateRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    for (let place = answer.queued ?? 0; place > 0; place -= 1) yield { type: 'queued', place, waitMs: null };
    if (answer.until !== undefined) await untilOrAborted(answer.until, signal);
    yield { type: 'started' };
    const promptTokens = request.messages.reduce((sum, { content }) => sum + tokensOf(content), 0);
    yield { type: 'reading', done: promptTokens, total: promptTokens };
    const said = yield* sayText(answer, request, signal);
    if (answer.failure !== undefined) throw answer.failure;
    const calls = said.stoppedEarly ? [] : (answer.calls ?? []);
    for (const [index, call] of calls.entries()) yield* sayCall(index, call);
    const reason = said.reason === 'stop' && calls.length > 0 ? 'tool-calls' : said.reason;
    yield { type: 'end', reason, usage: { promptTokens, cachedTokens: 0, completionTokens: said.tokens } };
  }

  async settle(session: string, messages: readonly ChatMessage[]): Promise<void> {
    this.sessions.set(session, messages);
  }

  async forget(session: string): Promise<void> {
    this.sessions.delete(session);
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    if (!this.#about)
      throw new Refusal('model-loading', 'The model is loading; try again soon.', { retryAfterS: 2 });
    return texts.map((text) => embedding(text, this.embedding.dimensions));
  }

  async count(texts: readonly string[]): Promise<number[]> {
    return texts.map(tokensOf);
  }

  load(): ModelLoad {
    return { sequences: 8, running: this.running, waiting: 0, restarts: 0, swaps: this.swaps };
  }

  async close(): Promise<void> {}
}

const words = (text: string): string[] => text.match(/\s*\S+|\s+$/gu) ?? [];
const tokensOf = (text: string): number => words(text).length;

async function* sayText(
  answer: Answer,
  { stop = [], maxTokens = Infinity }: GenerateRequest,
  signal: AbortSignal,
) {
  let tokens = 0;
  let text = '';
  for await (const word of spoken(answer)) {
    signal.throwIfAborted();
    if (tokens >= maxTokens) return { tokens, reason: 'length' as const, stoppedEarly: true };
    tokens += 1;
    const cut = stopIn(text + word, stop);
    const rest = cut === undefined ? word : (text + word).slice(text.length, Math.max(cut, text.length));
    text += rest;
    if (rest) yield { type: 'delta' as const, text: rest };
    if (cut !== undefined) return { tokens, reason: 'stop' as const, stoppedEarly: true };
  }
  signal.throwIfAborted();
  return { tokens, reason: 'stop' as const, stoppedEarly: false };
}

/** Each word after a turn of the event loop, as a real model leaves room for others. */
async function* spoken({ text = '', endless = false }: Answer): AsyncGenerator<string> {
  for (const word of typeof text === 'string' ? words(text) : text) {
    await nextTurn();
    yield word;
  }
  while (endless) {
    await nextTurn();
    yield ' more';
  }
}

function stopIn(text: string, stop: readonly string[]): number | undefined {
  const places = stop.map((word) => text.indexOf(word)).filter((at) => at >= 0);
  return places.length > 0 ? Math.min(...places) : undefined;
}

/** The arguments come in two pieces, so that whoever reads them must put them together. */
function* sayCall(index: number, call: { name: string; arguments: string }): Generator<GenerateEvent> {
  const half = Math.ceil(call.arguments.length / 2);
  yield { type: 'tool-call', index, id: `call_${index}`, name: call.name };
  yield { type: 'tool-arguments', index, text: call.arguments.slice(0, half) };
  yield { type: 'tool-arguments', index, text: call.arguments.slice(half) };
}

/** Texts that share characters lie close together. */
function embedding(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const letter of text.toLowerCase()) {
    const at = (letter.codePointAt(0) ?? 0) % dimensions;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

async function untilOrAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
