/** What is remembered: a fact, who said it, when, in which session, and what replaced it. */
import { z } from 'zod';

/** `mine` is seen by its owner only, `group` by the people of one; `office` was made so on purpose by an admin and reaches everyone. */
export const FactScope = z.enum(['mine', 'group', 'office']);
export type FactScope = z.infer<typeof FactScope>;

export const Fact = z.object({
  id: z.int(),
  text: z.string(),
  scope: FactScope,
  groupId: z.int().optional().describe('whose it is, when the scope is `group`'),
  saidBy: z.string().describe('the name of the person who said it'),
  saidAt: z.int().describe('milliseconds since 1970'),
  sessionId: z.string().nullable(),
  messageId: z.int().nullable(),
  supersededBy: z.int().nullable().describe('the newer fact, when this one is history'),
  supersededAt: z.int().nullable(),
});
export type Fact = z.infer<typeof Fact>;

/**
 * Whose word it is: its owner's, the agent's (it drew it from what a person said), somebody else's text that no person
 * has confirmed, or the device's own. Untrusted text is listed, and reaches no prompt.
 */
export const FactOrigin = z.enum(['owner', 'agent', 'untrusted', 'system']);
export type FactOrigin = z.infer<typeof FactOrigin>;

export const FactKind = z.enum(['fact', 'preference', 'episode', 'procedure']);
export type FactKind = z.infer<typeof FactKind>;

/** A message that a fact was said in. */
export const Evidence = z.object({ sessionId: z.string(), messageId: z.int(), at: z.int() });
export type Evidence = z.infer<typeof Evidence>;

const known = z.object({
  origin: FactOrigin,
  kind: FactKind,
  recordedAt: z.int().describe('since when it is known here'),
  validFrom: z.int().nullable().describe('since when it holds in the world; null: nobody said'),
  validUntil: z.int().nullable().describe('until when it holds in the world; null: nobody said'),
  importance: z.number().min(0).max(1),
  pinned: z.boolean(),
  uses: z.int().describe('how often it was brought to a question'),
  lastUsedAt: z.int().nullable(),
  evidence: z.array(Evidence).describe('the messages that it was said in'),
});
/** A fact with all that is known about it; what a message carries of it is less. */
export const FullFact = Fact.extend(known.shape);
export type FullFact = z.infer<typeof FullFact>;

export const maxFactChars = 2_000;
export const FactText = z.string().trim().min(1).max(maxFactChars);
const group = z.int().min(1).optional().describe('of which group, when the scope is `group`');
export const FactBody = z.strictObject({ text: FactText, scope: FactScope.default('mine'), group });
export const FactPatch = z.strictObject({
  text: FactText.optional(),
  scope: FactScope.optional(),
  group,
  confirmed: z
    .literal(true)
    .optional()
    .describe('I have read it and it is true: untrusted text becomes a fact'),
  pinned: z.boolean().optional(),
});

/** Version 1 knew less about a fact; what it lacks is what nobody said. */
export const ExportedFact = Fact.extend(known.partial().shape);
export type ExportedFact = z.infer<typeof ExportedFact>;

export const MemoryExport = z.object({
  format: z.literal('rockpool-memory'),
  version: z.union([z.literal(1), z.literal(2)]),
  exportedAt: z.int(),
  facts: z.array(ExportedFact),
});
export type MemoryExport = z.infer<typeof MemoryExport>;

/** How much of a namespace is used, and how much of it there may be. Counts only: never what is remembered. */
export const MemorySpace = z.object({
  facts: z.int().describe('with those that were replaced'),
  current: z.int(),
  bytes: z.int(),
  maxFacts: z.int(),
  maxBytes: z.int(),
});
export type MemorySpace = z.infer<typeof MemorySpace>;

/** How far the vectors are: whoever is `waiting` is found by words meanwhile. */
export const Reembedding = z.object({
  facts: z.int().describe('that are to have a vector'),
  waiting: z.int().describe('that have none yet'),
});
export type Reembedding = z.infer<typeof Reembedding>;

/** Memory as its reader sees it: there, or away since when and why. */
export const MemoryStatus = z.object({
  away: z
    .object({ since: z.int(), why: z.string(), restore: z.string().nullable() })
    .nullable()
    .describe('set when the database is damaged and was put aside; `restore` names the newest copy'),
  mine: MemorySpace.nullable(),
  office: MemorySpace.nullable(),
  embedding: Reembedding.nullable(),
});
export type MemoryStatus = z.infer<typeof MemoryStatus>;
