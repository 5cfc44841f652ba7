/** The response object of the Responses API: what was asked, said back, and what came of it. */
import type {
  OutputItem,
  ResponseObject,
  ResponsesBody,
  ResponseUsage,
} from '@rockpool/protocol/openai-responses';
import type { GenerateUsage } from '../../inference/model.ts';

export interface ResponseHead {
  id: string;
  createdAt: number;
  model: string;
  body: ResponsesBody;
  /** Seconds since 1970. */
  now(): number;
}

export interface Ending {
  status: ResponseObject['status'];
  usage?: GenerateUsage;
  error?: { code: string; message: string };
}

export function responseObject(head: ResponseHead, output: OutputItem[], ending: Ending): ResponseObject {
  const { status, usage, error } = ending;
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAt,
    completed_at: status === 'completed' ? head.now() : null,
    status,
    error: error ?? null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    model: head.model,
    output,
    usage: usage ? responseUsage(usage) : null,
    ...saidBack(head.body),
    // Nothing is kept between requests.
    background: false,
    previous_response_id: null,
    store: false,
    truncation: 'disabled',
  };
}

function saidBack(body: ResponsesBody) {
  return {
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    temperature: body.temperature ?? null,
    text: { format: body.text?.format ?? { type: 'text' } },
    tool_choice: body.tool_choice ?? ('auto' as const),
    // The grammar holds every call to its schema, asked or not.
    tools: (body.tools ?? []).map((tool) => ({ ...tool, strict: true })),
    top_p: body.top_p ?? null,
  };
}

function responseUsage({ promptTokens, cachedTokens, completionTokens }: GenerateUsage): ResponseUsage {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}
