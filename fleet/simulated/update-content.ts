/** What a demonstration's releases are made of: bytes of which the first line says how what runs from them will do. */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

const Head = z.strictObject({
  /** For a model: what it says to whatever it is asked. */
  answers: z.string().max(400),
  /** For anything else: whether it runs. */
  runs: z.boolean(),
});
export type Head = z.infer<typeof Head>;

export const headLimitBytes = 1_024;

export function makeContent(head: Head, bytes: number): Buffer {
  const line = Buffer.from(`${JSON.stringify(head)}\n`, 'utf8');
  return Buffer.concat([line, randomBytes(Math.max(0, bytes - line.byteLength))]);
}

/** @returns undefined for bytes that no demonstration made */
export function headOf(start: Buffer): Head | undefined {
  const end = start.indexOf('\n');
  if (end < 0 || end >= headLimitBytes) return undefined;
  try {
    return Head.safeParse(JSON.parse(start.subarray(0, end).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
