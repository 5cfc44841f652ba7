/** OpenAI's Chat Completions, Embeddings and Models, as far as this device speaks them. Unknown fields are ignored. */
import { z } from 'zod';

/** Deeper JSON would be read by code that recurses, and more of it would take longer than others may wait. */
const maxSchemaDepth = 64;
const maxSchemaNodes = 20_000;

export const JsonSchema = z
  .record(z.string(), z.unknown())
  .refine(
    isModest,
    `must hold at most ${maxSchemaNodes} values, nested at most ${maxSchemaDepth} levels deep`,
  )
  .describe('a JSON Schema');

/** Level by level, so that no depth overflows the stack. */
function isModest(schema: unknown): boolean {
  let level: unknown[] = [schema];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    nodes += level.length;
    if (depth > maxSchemaDepth || nodes > maxSchemaNodes) return false;
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
  return true;
}

/** Which kinds of part can be read is decided where they are read, with a sentence for each that can't. */
export const ContentPart = z.object({
  type: z.string(),
  text: z.string().nullish(),
  refusal: z.string().nullish(),
});
export const Content = z.union([z.string(), z.array(ContentPart).max(1024)], {
  error: 'must be a string or an array of content parts',
});
export type Content = z.infer<typeof Content>;

const ToolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores or dashes');

export const ToolCall = z.object({
  id: z.string().min(1).max(256),
  type: z.literal('function').default('function'),
  function: z.object({ name: ToolName, arguments: z.string().describe('JSON') }),
});

export const ChatCompletionMessage = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: Content.nullish(),
  refusal: z.string().nullish(),
  name: z.string().max(64).nullish().describe('tells speakers of one role apart'),
  tool_calls: z.array(ToolCall).max(128).nullish().describe('of an assistant message'),
  tool_call_id: z.string().max(256).nullish().describe('of a tool message'),
  function_call: z.unknown().optional(),
});
export type ChatCompletionMessage = z.infer<typeof ChatCompletionMessage>;

export const FunctionTool = z.object({
  type: z.string(),
  function: z
    .object({
      name: ToolName,
      description: z.string().nullish(),
      parameters: JsonSchema.nullish(),
    })
    .optional(),
});

export const ToolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    z.object({ type: z.literal('function'), function: z.object({ name: ToolName }) }),
  ],
  { error: "must be 'none', 'auto', 'required' or one function by name" },
);

export const ResponseFormat = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('text') }),
    z.object({ type: z.literal('json_object') }),
    z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: JsonSchema.nullish() }) }),
  ],
  { error: "must be of type 'text', 'json_object' or 'json_schema'" },
);

const StopText = z.string().min(1, 'must not be empty').max(256);

/** The name of a model; left out, the loaded one. */
export const ModelName = z.string().min(1).max(256).nullish();
export const Temperature = z.number().min(0).max(2).nullish();
export const TopP = z.number().min(0).max(1).nullish();
export const TokenLimit = z.int().min(1).nullish();

export const ChatCompletionBody = z.object({
  model: ModelName,
  messages: z.array(ChatCompletionMessage).min(1).max(2048),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: TokenLimit,
  max_tokens: TokenLimit.describe('the older name of max_completion_tokens'),
  temperature: Temperature,
  top_p: TopP,
  stop: z
    .union([StopText, z.array(StopText).max(4)], {
      error: 'must be a string or up to four, none of them empty',
    })
    .nullish(),
  seed: z.int().nullish(),
  tools: z.array(FunctionTool).max(128).nullish(),
  tool_choice: ToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: ResponseFormat.nullish(),
  // What follows is read only to refuse what would change the answer and can't be done.
  n: z.number().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  modalities: z.array(z.string()).nullish(),
  verbosity: z.string().nullish(),
  audio: z.unknown().optional(),
  web_search_options: z.unknown().optional(),
  functions: z.unknown().optional(),
  function_call: z.unknown().optional(),
});
export type ChatCompletionBody = z.infer<typeof ChatCompletionBody>;

export const CompletionUsage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({ cached_tokens: z.int() }),
});
export type CompletionUsage = z.infer<typeof CompletionUsage>;

export const FinishReason = z.enum(['stop', 'length', 'tool_calls']);
export type FinishReason = z.infer<typeof FinishReason>;

export const ChatCompletion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int().describe('seconds since 1970'),
  model: z.string(),
  system_fingerprint: z.string().describe('changes with the weights'),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.null(),
        tool_calls: z.array(ToolCall).optional(),
      }),
      logprobs: z.null(),
      finish_reason: FinishReason,
    }),
  ),
  usage: CompletionUsage,
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

export const ChunkDelta = z.object({
  role: z.literal('assistant').optional(),
  content: z.string().optional(),
  tool_calls: z
    .array(
      z.object({
        index: z.int(),
        id: z.string().optional(),
        type: z.literal('function').optional(),
        function: z.object({ name: z.string().optional(), arguments: z.string() }),
      }),
    )
    .optional(),
});
export type ChunkDelta = z.infer<typeof ChunkDelta>;

export const ChatCompletionChunk = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  system_fingerprint: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      delta: ChunkDelta,
      logprobs: z.null(),
      finish_reason: FinishReason.nullable(),
    }),
  ),
  usage: CompletionUsage.optional().describe('in the last chunk, when it was asked for'),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

/** Texts of one embeddings request, characters of one text, and characters of all of them. */
export const maxEmbeddingTexts = 2048;
export const maxEmbeddingChars = 32_000;
export const maxEmbeddingTotalChars = 1_000_000;

export const EmbeddingsBody = z.object({
  model: ModelName,
  input: z.union(
    [
      z.string(),
      z.array(z.string()).max(maxEmbeddingTexts),
      z.array(z.number()).describe('tokens: refused'),
      z.array(z.array(z.number())).describe('tokens: refused'),
    ],
    { error: `must be a string or up to ${maxEmbeddingTexts} strings` },
  ),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
});
export type EmbeddingsBody = z.infer<typeof EmbeddingsBody>;

export const Embeddings = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]).describe('base64: little-endian 32-bit floats'),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});
export type Embeddings = z.infer<typeof Embeddings>;

export const ModelCard = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
});
export type ModelCard = z.infer<typeof ModelCard>;
export const ModelList = z.object({ object: z.literal('list'), data: z.array(ModelCard) });

export const OpenAiError = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});
