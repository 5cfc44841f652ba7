/** The model's events and answers in the words of Chat Completions. */
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChunkDelta,
  CompletionUsage,
  FinishReason,
} from '@rockpool/protocol/openai';
import type { GenerateEvent, GenerateUsage } from '../../inference/model.ts';
import type { Answer, EndReason } from './answer.ts';

/** The same in every chunk of one answer. */
export interface ChunkHead {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

/** Before anything is said; clients build the message from this role. */
export const firstChunk = (head: ChunkHead): ChatCompletionChunk =>
  chunk(head, { role: 'assistant', content: '' });

export function chunksOf(
  event: GenerateEvent,
  head: ChunkHead,
  includeUsage: boolean,
): ChatCompletionChunk[] {
  switch (event.type) {
    case 'delta':
      return event.text === '' ? [] : [chunk(head, { content: event.text })];
    case 'tool-call':
      return [chunk(head, callDelta(event))];
    case 'tool-arguments':
      return [chunk(head, { tool_calls: [{ index: event.index, function: { arguments: event.text } }] })];
    case 'end':
      return [
        chunk(head, {}, finishReasons[event.reason]),
        ...(includeUsage ? [usageChunk(head, event.usage)] : []),
      ];
    default:
      return [];
  }
}

function callDelta({ index, id, name }: Extract<GenerateEvent, { type: 'tool-call' }>): ChunkDelta {
  return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] };
}

function chunk(head: ChunkHead, delta: ChunkDelta, finish: FinishReason | null = null): ChatCompletionChunk {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  };
}

/** A chunk of its own without choices: a client that finds usage beside text takes only one of them. */
const usageChunk = (head: ChunkHead, usage: GenerateUsage): ChatCompletionChunk => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [],
  usage: completionUsage(usage),
});

const finishReasons: Record<EndReason, FinishReason> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
};

export function completionUsage({
  promptTokens,
  cachedTokens,
  completionTokens,
}: GenerateUsage): CompletionUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

export function completionOf({ text, calls, reason, usage }: Answer, head: ChunkHead): ChatCompletion {
  const toolCalls = calls.map(({ id, name, arguments: json }) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: json },
  }));
  const message = {
    role: 'assistant' as const,
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasons[reason] }],
    usage: completionUsage(usage),
  };
}
