/** OpenAI's Responses, as far as this device speaks them: without anything that would be kept between requests. */
import { z } from 'zod';
import { Content, ContentPart, JsonSchema, ModelName, Temperature, TokenLimit, TopP } from './openai.ts';

/** One of several kinds; which fields a kind needs is said where it is read. */
export const InputItem = z.object({
  type: z.string().nullish().describe("left out: 'message'"),
  role: z.string().nullish(),
  content: Content.nullish(),
  call_id: z.string().max(256).nullish(),
  name: z.string().max(64).nullish(),
  arguments: z.string().nullish().describe('JSON'),
  output: z
    .union([z.string(), z.array(ContentPart).max(1024)], {
      error: 'must be a string or an array of content parts',
    })
    .nullish(),
});
export type InputItem = z.infer<typeof InputItem>;

const ResponsesTool = z.object({
  type: z.string(),
  name: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores or dashes')
    .optional(),
  description: z.string().nullish(),
  parameters: JsonSchema.nullish(),
});

const TextFormat = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('text') }),
    z.object({ type: z.literal('json_object') }),
    z.object({
      type: z.literal('json_schema'),
      name: z.string().max(64).default('answer'),
      schema: JsonSchema,
      strict: z.boolean().nullish(),
    }),
  ],
  { error: "must be of type 'text', 'json_object' or 'json_schema'" },
);

const ResponsesToolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    z.object({ type: z.literal('function'), name: z.string().min(1).max(64) }),
  ],
  { error: "must be 'none', 'auto', 'required' or one function by name" },
);

export const ResponsesBody = z.object({
  model: ModelName,
  input: z.union([z.string(), z.array(InputItem).min(1).max(2048)], {
    error: 'must be a string or an array of input items',
  }),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: TokenLimit,
  temperature: Temperature,
  top_p: TopP,
  tools: z.array(ResponsesTool).max(128).nullish(),
  tool_choice: ResponsesToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.object({ format: TextFormat.nullish(), verbosity: z.string().nullish() }).nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  store: z.boolean().nullish().describe("accepted and answered 'false': nothing is kept"),
  // What follows is read only to refuse what would change the answer and can't be done.
  previous_response_id: z.string().nullish(),
  conversation: z.unknown().optional(),
  background: z.boolean().nullish(),
  prompt: z.unknown().optional(),
  truncation: z.string().nullish(),
  top_logprobs: z.number().nullish(),
  include: z.array(z.string()).nullish(),
});
export type ResponsesBody = z.infer<typeof ResponsesBody>;

const Status = z.enum(['in_progress', 'completed', 'incomplete']);

export const OutputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.never()),
  logprobs: z.array(z.never()),
});
export const OutputMessage = z.object({
  type: z.literal('message'),
  id: z.string(),
  status: Status,
  role: z.literal('assistant'),
  content: z.array(OutputText),
});
export const OutputCall = z.object({
  type: z.literal('function_call'),
  id: z.string(),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status: Status,
});
export const OutputItem = z.discriminatedUnion('type', [OutputMessage, OutputCall]);
export type OutputText = z.infer<typeof OutputText>;
export type OutputMessage = z.infer<typeof OutputMessage>;
export type OutputCall = z.infer<typeof OutputCall>;
export type OutputItem = z.infer<typeof OutputItem>;

export const ResponseUsage = z.object({
  input_tokens: z.int(),
  input_tokens_details: z.object({ cached_tokens: z.int() }),
  output_tokens: z.int(),
  output_tokens_details: z.object({ reasoning_tokens: z.int() }),
  total_tokens: z.int(),
});
export type ResponseUsage = z.infer<typeof ResponseUsage>;

/** `Response` of OpenAI's specification; what isn't offered stands at its neutral value, as its clients expect. */
export const ResponseObject = z.object({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: z.int().nullable(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  background: z.literal(false),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.object({ reason: z.literal('max_output_tokens') }).nullable(),
  instructions: z.string().nullable(),
  max_output_tokens: z.int().nullable(),
  metadata: z.record(z.string(), z.string()),
  model: z.string(),
  output: z.array(OutputItem),
  parallel_tool_calls: z.boolean(),
  previous_response_id: z.null(),
  store: z.literal(false),
  temperature: z.number().nullable(),
  text: z.object({ format: z.record(z.string(), z.unknown()) }),
  tool_choice: ResponsesToolChoice,
  tools: z.array(z.record(z.string(), z.unknown())),
  top_p: z.number().nullable(),
  truncation: z.literal('disabled'),
  usage: ResponseUsage.nullable(),
});
export type ResponseObject = z.infer<typeof ResponseObject>;

/** The streamed events, each with `sequence_number` counted from 0. */
export type ResponseEvent =
  | { type: 'response.created' | 'response.in_progress'; response: ResponseObject }
  | { type: 'response.completed' | 'response.incomplete' | 'response.failed'; response: ResponseObject }
  | {
      type: 'response.output_item.added' | 'response.output_item.done';
      output_index: number;
      item: OutputItem;
    }
  | {
      type: 'response.content_part.added' | 'response.content_part.done';
      item_id: string;
      output_index: number;
      content_index: number;
      part: OutputText;
    }
  | {
      type: 'response.output_text.delta';
      item_id: string;
      output_index: number;
      content_index: number;
      delta: string;
      logprobs: never[];
    }
  | {
      type: 'response.output_text.done';
      item_id: string;
      output_index: number;
      content_index: number;
      text: string;
      logprobs: never[];
    }
  | { type: 'response.function_call_arguments.delta'; item_id: string; output_index: number; delta: string }
  | {
      type: 'response.function_call_arguments.done';
      item_id: string;
      output_index: number;
      name: string;
      arguments: string;
    };
