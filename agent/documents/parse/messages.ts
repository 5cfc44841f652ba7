/** What the reading process and the agent tell one another. The reader met a stranger's bytes, so it is not believed blindly. */
import { Document, DocumentProblem } from '@rockpool/protocol/documents';
import { z } from 'zod';

export interface ReadRequest {
  file: string;
  name: string;
  limits: { pages: number; characters: number };
  passageLetters: number;
}

const maxTextChars = 100_000;

export const ReadEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('kind'), kind: Document.shape.kind.unwrap(), pages: z.int().nullable() }),
  z.object({
    type: z.literal('passages'),
    passages: z.array(
      z.object({
        page: z.int().min(1).nullable(),
        heading: z.string().max(maxTextChars),
        text: z.string().min(1).max(maxTextChars),
      }),
    ),
  }),
  z.object({ type: z.literal('read') }),
  z.object({ type: z.literal('problem'), problem: DocumentProblem, sentence: z.string().min(1).max(500) }),
]);
export type ReadEvent = z.infer<typeof ReadEvent>;
