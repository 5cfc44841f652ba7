/** What is remembered: a fact, who said it, when, in which session, and what replaced it. */
import { z } from 'zod';

/** `mine` is seen by its owner only; `office` was made so on purpose by an admin and reaches everyone. */
export const FactScope = z.enum(['mine', 'office']);
export type FactScope = z.infer<typeof FactScope>;

export const Fact = z.object({
  id: z.int(),
  text: z.string(),
  scope: FactScope,
  saidBy: z.string().describe('the name of the person who said it'),
  saidAt: z.int().describe('milliseconds since 1970'),
  sessionId: z.string().nullable(),
  messageId: z.int().nullable(),
  supersededBy: z.int().nullable().describe('the newer fact, when this one is history'),
  supersededAt: z.int().nullable(),
});
export type Fact = z.infer<typeof Fact>;

export const maxFactChars = 2_000;
export const FactText = z.string().trim().min(1).max(maxFactChars);
export const FactBody = z.strictObject({ text: FactText, scope: FactScope.default('mine') });
export const FactPatch = z.strictObject({ text: FactText.optional(), scope: FactScope.optional() });

export const MemoryExport = z.object({
  format: z.literal('rockpool-memory'),
  version: z.literal(1),
  exportedAt: z.int(),
  facts: z.array(Fact),
});
export type MemoryExport = z.infer<typeof MemoryExport>;
