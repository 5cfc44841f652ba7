/** The language model as the rest of the agent sees it. `llama.ts` is behind it, in a process of its own. */
import type { ModelAbout } from '@rockpool/protocol/device';

export interface ToolCall {
  id: string;
  name: string;
  /** JSON, as a string: what the model wrote, or what a client sends back. */
  arguments: string;
}

export type ChatMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string; toolCalls?: readonly ToolCall[] }
  | { role: 'tool'; content: string; toolCallId: string; name?: string };

export interface Tool {
  name: string;
  description: string;
  /** JSON Schema of the arguments object. */
  parameters: Record<string, unknown>;
}

/** `required`: some tool must be called; `{ name }`: this one must. Enforced by grammar. */
export type ToolChoice = 'none' | 'auto' | 'required' | { name: string };

export interface GenerateRequest {
  /** Whose turn in the queue this takes: requests of one person never overtake another person's first. */
  person: string;
  /** The conversation, so that its cache is found again; left out: the longest common prefix is looked for. */
  session?: string;
  messages: readonly ChatMessage[];
  maxTokens?: number;
  /** 0 is greedy. */
  temperature?: number;
  topP?: number;
  stop?: readonly string[];
  seed?: number;
  tools?: readonly Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  /** `json`: any JSON object; a schema: JSON that fits it. Enforced by grammar. Excludes tools other than `none`. */
  format?: { type: 'json' } | { type: 'schema'; schema: Record<string, unknown> };
}

export interface GenerateUsage {
  promptTokens: number;
  /** Of the prompt, found in the cache. */
  cachedTokens: number;
  completionTokens: number;
}

export interface Queued {
  type: 'queued';
  /** From 1. */
  place: number;
  /** An estimate; null while there is nothing to estimate from. */
  waitMs: number | null;
  /** Nobody is served for a while: another model takes this one's place. */
  updating?: true;
}

export type GenerateEvent =
  | Queued
  | { type: 'started' }
  /** Tokens of the prompt evaluated so far, of those that were not cached. */
  | { type: 'reading'; done: number; total: number }
  | { type: 'delta'; text: string }
  | { type: 'tool-call'; index: number; id: string; name: string }
  | { type: 'tool-arguments'; index: number; text: string }
  | { type: 'end'; reason: 'stop' | 'length' | 'tool-calls'; usage: GenerateUsage };

export interface ModelLoad {
  sequences: number;
  running: number;
  waiting: number;
  /** How often its process died and was started again. */
  restarts: number;
  /** How often another model took its place, on purpose. */
  swaps: number;
}

/**
 * Failures are thrown as `Refusal`: `busy` (queue full, with its length and retry-after), `model-loading`,
 * `model-failed` (the process died or the library failed; it is being started again), `context-exceeded`
 * (the prompt does not fit the window), `bad-request` (a schema the grammar can't express).
 */
export interface Model {
  /** Resolves when the weights are loaded; rejects with a `Refusal` when they can't be. Of the ones that answer now. */
  readonly ready: Promise<ModelAbout>;
  /** What is loaded now, undefined while it is not. */
  about(): ModelAbout | undefined;
  /**
   * While one model takes another's place and none answers: tells the place among those who wait, and ends when one answers
   * again. At any other time it ends at once.
   */
  standBy(person: string, signal: AbortSignal): AsyncIterable<Queued>;
  /** Ends with exactly one `end` event. Ending the iteration or aborting the signal stops decoding within 100 ms. */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<GenerateEvent>;
  /**
   * In idle time after a turn: bring the session's cache to exactly these messages (without the recalled context,
   * with the answer as it was stored), so that the next turn evaluates only what is new.
   */
  settle(session: string, messages: readonly ChatMessage[]): Promise<void>;
  /** Drop what is cached for a session, in memory and on disk. */
  forget(session: string): Promise<void>;
  /** Unit vectors, one per text, all of `embedding.dimensions` numbers. Texts longer than the window are cut. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  /** Tokens of each text, without any template. */
  count(texts: readonly string[]): Promise<number[]>;
  readonly embedding: { dimensions: number /** of the embedder's weights */; digest: string };
  /** For /metrics and /readyz. */
  load(): ModelLoad;
  /** Saves the caches of all sessions, then ends the process. */
  close(): Promise<void>;
}
