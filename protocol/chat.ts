/** Sessions, messages, and the frames of one streamed turn (one JSON object a line). */
import { z } from 'zod';
import { Fact } from './memory.ts';

/** What an answer may point at: `n` is the number in `[n]`. */
export const Citation = z.object({
  n: z.int().min(1),
  kind: z.enum(['memory', 'document']),
  id: z.int().describe('the fact, or the passage'),
  documentId: z.int().nullable(),
  label: z
    .string()
    .describe(
      'what stands in the brackets of the context line: "handbook.pdf, p. 12" or "memory, 2026-03-02"',
    ),
  text: z.string(),
  before: z
    .object({ text: z.string(), until: z.int().describe('since when it is no longer so') })
    .optional()
    .describe('what a memory contradicts or put right: the newer one counts'),
});
export type Citation = z.infer<typeof Citation>;

export const Outcome = z.enum(['pending', 'complete', 'length', 'aborted', 'failed']);
export type Outcome = z.infer<typeof Outcome>;

export const Attachment = z.object({ documentId: z.int(), name: z.string() });
export type Attachment = z.infer<typeof Attachment>;

export const Message = z.object({
  id: z.int(),
  parentId: z.int().nullable(),
  from: z.enum(['person', 'assistant']),
  text: z.string(),
  at: z.int().describe('milliseconds since 1970'),
  outcome: Outcome,
  citations: z.array(Citation),
  attachments: z.array(Attachment),
  remembered: z.array(Fact).describe('what was remembered from this message'),
  siblings: z.array(z.int()).describe('all messages with the same parent, oldest first, this one included'),
});
export type Message = z.infer<typeof Message>;

export const Session = z.object({
  id: z.string(),
  title: z.string(),
  pinned: z.boolean(),
  archived: z.boolean(),
  createdAt: z.int(),
  updatedAt: z.int(),
});
export type Session = z.infer<typeof Session>;

export const SessionWithMessages = z.object({
  session: Session,
  messages: z.array(Message).describe('the branch that is shown, oldest first'),
});
export type SessionWithMessages = z.infer<typeof SessionWithMessages>;

export const SessionPatch = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  pinned: z.boolean().optional(),
  archived: z.boolean().optional(),
  leaf: z.int().optional().describe('show the branch that this message is on'),
});
export type SessionPatch = z.infer<typeof SessionPatch>;

/** Characters of one message; longer text belongs in a document. */
export const maxMessageChars = 32_000;

export const TurnBody = z.union([
  z.strictObject({
    text: z.string().trim().min(1).max(maxMessageChars),
    parentId: z
      .int()
      .nullable()
      .optional()
      .describe(
        'the message to follow; left out: the newest of the shown branch; null: start over (edit of the first message)',
      ),
    attachments: z.array(z.int()).max(20).default([]).describe('documents that this message is about'),
  }),
  z.strictObject({ regenerate: z.int().describe('the answer to give anew, as a sibling') }),
]);
export type TurnBody = z.infer<typeof TurnBody>;

export const Usage = z.object({
  promptTokens: z.int(),
  cachedTokens: z.int().describe('of the prompt, taken from the cache'),
  completionTokens: z.int(),
});
export type Usage = z.infer<typeof Usage>;

export const Frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('accepted'), turnId: z.string(), session: Session, message: Message }),
  z.object({
    type: z.literal('queued'),
    place: z.int().min(1),
    waitMs: z.int().nullable(),
    updating: z
      .literal(true)
      .optional()
      .describe('nobody is answered for a moment: another model takes the place of the one that answered'),
  }),
  z.object({
    type: z.literal('doing'),
    what: z.enum(['recalling', 'reading', 'answering']),
    done: z.int().optional().describe('prompt tokens evaluated, while reading'),
    total: z.int().optional(),
  }),
  z.object({ type: z.literal('remembered'), facts: z.array(Fact) }),
  z.object({ type: z.literal('forgotten'), facts: z.array(Fact) }),
  z.object({ type: z.literal('context'), citations: z.array(Citation) }),
  z.object({ type: z.literal('delta'), text: z.string() }),
  z.object({ type: z.literal('done'), message: Message, session: Session, usage: Usage.nullable() }),
  z.object({
    type: z.literal('failed'),
    error: z.object({ code: z.string(), message: z.string(), retryAfterS: z.number().optional() }),
    message: Message.nullable().describe('what was answered up to the failure'),
  }),
]);
export type Frame = z.infer<typeof Frame>;

export const SearchHit = z.object({
  session: Session,
  messageId: z.int(),
  from: z.enum(['person', 'assistant']),
  at: z.int(),
  snippet: z.array(z.object({ text: z.string(), hit: z.boolean() })),
});
export type SearchHit = z.infer<typeof SearchHit>;
