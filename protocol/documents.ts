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

/** Who may see it: its owner, the people of one group, or everyone on the device. */
export const DocumentScope = z.enum(['mine', 'group', 'office']);
export type DocumentScope = z.infer<typeof DocumentScope>;

const GroupName = z.string().trim().normalize('NFC').min(1, 'Give the group a name.').max(64);
export const GroupRef = z.object({ id: z.int(), name: z.string() });
export type GroupRef = z.infer<typeof GroupRef>;
/** People who share documents. Administrators make groups; whoever is in one sees who else is. */
export const Group = GroupRef.extend({ members: z.array(z.int()).describe('ids of people') });
export type Group = z.infer<typeof Group>;
const Members = z.array(z.int().min(1)).max(10_000);
export const GroupBody = z.strictObject({ name: GroupName, members: Members.default([]) });
export const GroupPatch = z.strictObject({ name: GroupName.optional(), members: Members.optional() });

export const DocumentKind = z.enum(['pdf', 'docx', 'xlsx', 'pptx', 'html', 'markdown', 'text', 'csv']);
export type DocumentKind = z.infer<typeof DocumentKind>;

export const Document = z.object({
  id: z.int(),
  name: z.string(),
  kind: DocumentKind.nullable().describe('null until it was sniffed'),
  bytes: z.int(),
  pages: z.int().nullable(),
  passages: z.int(),
  scope: DocumentScope,
  group: GroupRef.nullable().describe('whose it is, when the scope is `group`'),
  owner: z.string(),
  addedAt: z.int(),
  version: z.int().min(1).describe('how many contents it has had'),
  folder: z.string().nullable().describe('the watched folder it is kept in step with'),
  status: DocumentStatus,
  progress: z.number().min(0).max(1),
  problem: z.string().nullable().describe('one sentence that says what to do, when it failed'),
  problemCode: DocumentProblem.nullable().describe('the same for programs'),
});
export type Document = z.infer<typeof Document>;

/** Whom it is shared with from now on. */
export const DocumentPatch = z.strictObject({
  scope: DocumentScope,
  group: z.int().min(1).optional().describe('of which group, when the scope is `group`'),
});

/** One line of a document's history; the contents of earlier versions are not kept. */
export const DocumentVersion = z.object({
  version: z.int(),
  name: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  by: z.string(),
  at: z.int(),
});
export type DocumentVersion = z.infer<typeof DocumentVersion>;

/** Why a folder, or some of it, is not taken in: closed, so that a page can say it in any language. */
export const FolderProblem = z.enum(['away', 'emptied', 'full', 'quota', 'unreadable']);
export type FolderProblem = z.infer<typeof FolderProblem>;

/** A folder on the device whose files are documents, kept in step with it. */
export const Folder = z.object({
  id: z.int(),
  path: z.string(),
  scope: DocumentScope,
  group: GroupRef.nullable(),
  owner: z.string().describe('whose the documents are, when the scope is `mine`'),
  addedAt: z.int(),
  files: z.int().describe('files in it that are documents'),
  ready: z.int(),
  failed: z.int(),
  skipped: z.int().describe('files that are too large, or beyond how many a folder may have'),
  scannedAt: z.int().nullable(),
  scanning: z.boolean(),
  problem: FolderProblem.nullable().describe(
    '`away`: not there or not readable; `emptied`: empty, and another folder than before; its documents stay meanwhile',
  ),
});
export type Folder = z.infer<typeof Folder>;

export const FolderBody = z.strictObject({
  path: z.string().min(1).max(4_096).describe('on the device, absolute'),
  scope: DocumentScope,
  group: z.int().min(1).optional(),
  person: z.int().min(1).optional().describe('whose the documents are, when the scope is `mine`'),
});
export type FolderBody = z.infer<typeof FolderBody>;
export const FolderPatch = FolderBody.omit({ path: true });

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

/** What a search found: best first. */
export const PassageHit = z.object({
  passage: Passage,
  documentName: z.string(),
  byWords: z.boolean().describe('it has words of what was looked for; otherwise it means something like it'),
});
export type PassageHit = z.infer<typeof PassageHit>;

export const maxDocumentBytes = 64 * 1024 * 1024;
