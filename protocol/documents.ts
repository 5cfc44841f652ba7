/** Documents that people add, and the passages they are cited by. */
import { z } from 'zod';

export const DocumentStatus = z.enum(['waiting', 'parsing', 'indexing', 'ready', 'failed']);
export type DocumentStatus = z.infer<typeof DocumentStatus>;

/** Why a file could not be read: closed, so that a page can say it in any language. */
export const DocumentProblem = z.enum([
  'empty',
  'no-text',
  'scan',
  'damaged',
  'locked',
  'too-many-pages',
  'too-much-text',
  'unpacks-too-far',
  'too-slow',
  'too-much-memory',
  'interrupted',
  'other-format',
  'archive',
  'picture',
  'recording',
  'no-document',
]);
export type DocumentProblem = z.infer<typeof DocumentProblem>;

export const Document = z.object({
  id: z.int(),
  name: z.string(),
  kind: z
    .enum(['pdf', 'docx', 'xlsx', 'pptx', 'html', 'markdown', 'text', 'csv'])
    .nullable()
    .describe('null until it was sniffed'),
  bytes: z.int(),
  pages: z.int().nullable(),
  passages: z.int(),
  scope: z.enum(['mine', 'office']),
  owner: z.string(),
  addedAt: z.int(),
  status: DocumentStatus,
  progress: z.number().min(0).max(1),
  problem: z.string().nullable().describe('one sentence that says what to do, when it failed'),
  problemCode: DocumentProblem.nullable().describe('the same for programs'),
});
export type Document = z.infer<typeof Document>;

export const Passage = z.object({
  id: z.int(),
  documentId: z.int(),
  index: z.int().describe('its place in the document, from 0'),
  page: z.int().nullable().describe('from 1; null where the format has no pages'),
  heading: z.string().describe('the headings above it, joined by " › ", or empty'),
  text: z.string(),
});
export type Passage = z.infer<typeof Passage>;

export const PassageView = z.object({
  document: Document,
  passages: z.array(Passage).describe('the cited passage with its neighbours, in order'),
  cited: z.int().describe('the id of the cited one'),
});
export type PassageView = z.infer<typeof PassageView>;

export const maxDocumentBytes = 64 * 1024 * 1024;
