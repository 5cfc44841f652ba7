/** What the agent and the model's process say to each other. Tokens travel unparsed: they are many and our own. */
import { type RefusalCode, refusals } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import type { GenerateEvent } from './model.ts';

const ToolCall = z.object({ id: z.string(), name: z.string(), arguments: z.string() });
const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string() }),
  z.object({
    role: z.literal('assistant'),
    content: z.string(),
    toolCalls: z.array(ToolCall).readonly().exactOptional(),
  }),
  z.object({
    role: z.literal('tool'),
    content: z.string(),
    toolCallId: z.string(),
    name: z.string().exactOptional(),
  }),
]);
const Messages = z.array(Message).readonly();
const JsonObject = z.record(z.string(), z.unknown());

const GenerateRequest = z.object({
  person: z.string(),
  session: z.string().exactOptional(),
  messages: Messages,
  maxTokens: z.int().min(1).exactOptional(),
  temperature: z.number().min(0).exactOptional(),
  topP: z.number().min(0).max(1).exactOptional(),
  stop: z.array(z.string()).readonly().exactOptional(),
  seed: z.number().exactOptional(),
  tools: z
    .array(z.object({ name: z.string(), description: z.string(), parameters: JsonObject }))
    .readonly()
    .exactOptional(),
  toolChoice: z.union([z.enum(['none', 'auto', 'required']), z.object({ name: z.string() })]).exactOptional(),
  parallelToolCalls: z.boolean().exactOptional(),
  format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('json') }),
      z.object({ type: z.literal('schema'), schema: JsonObject }),
    ])
    .exactOptional(),
});

export const Load = z.object({
  type: z.literal('load'),
  chatModel: z.string(),
  adapter: z.string().exactOptional().describe('a LoRA for the chat model'),
  embedModel: z.string(),
  cacheFolder: z.string(),
  cacheBytes: z.number(),
  alone: z.boolean().describe('nobody else saves there: what other weights left is deleted'),
  threads: z.int().min(1),
  sequences: z.int().min(1),
  contextTokens: z.int().min(1),
  gpu: z.union([z.enum(['auto', 'cuda', 'vulkan', 'metal']), z.literal(false)]),
});
export type Load = z.infer<typeof Load>;

/** To the model's process. */
export const Order = z.discriminatedUnion('type', [
  Load,
  z.object({
    type: z.literal('weights'),
    digest: z.string().describe('of the chat model and its adapter: whose caches these are'),
  }),
  z.object({ type: z.literal('generate'), id: z.int(), request: GenerateRequest }),
  z.object({ type: z.literal('settle'), id: z.int(), session: z.string(), messages: Messages }),
  z.object({ type: z.literal('abort'), id: z.int() }),
  z.object({ type: z.literal('forget'), id: z.int(), session: z.string() }),
  z.object({ type: z.literal('embed'), id: z.int(), texts: z.array(z.string()).readonly() }),
  z.object({ type: z.literal('count'), id: z.int(), texts: z.array(z.string()).readonly() }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('close') }),
]);
export type Order = z.infer<typeof Order>;

const RefusalOnWire = z.object({
  code: z.custom<RefusalCode>((code) => typeof code === 'string' && code in refusals),
  message: z.string(),
});
export type RefusalOnWire = z.infer<typeof RefusalOnWire>;

/** From the model's process, all but `Told`. */
export const Report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded'), contextTokens: z.int(), dimensions: z.int(), runsOn: z.string() }),
  z.object({ type: z.literal('unloadable'), message: z.string() }),
  z.object({
    type: z.literal('ended'),
    id: z.int(),
    refusal: RefusalOnWire.exactOptional(),
    value: z.unknown(),
  }),
  z.object({ type: z.literal('pong'), passes: z.int(), busy: z.boolean() }),
]);
export type Report = z.infer<typeof Report>;

/** The hot one: everything that happened to all streams since the last. */
export interface Told {
  type: 'told';
  events: [id: number, event: GenerateEvent][];
}

export const isTold = (message: unknown): message is Told =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'told';
