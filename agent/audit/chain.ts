/** The chain of the audit log: a line carries the hash of the one before it. Pure. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const Plain = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);

/** Who did what, and how it ended. Never what was said: no message, no name of a document, no search. */
export const AuditEntry = z.strictObject({
  requestId: z.string().max(100).nullable().describe('null for what the device did by itself'),
  person: z.int().nullable().describe('the id of who asked; null when nobody was signed in'),
  via: z.enum(['cookie', 'key', 'local', 'none', 'device']),
  action: z.string().min(1).max(100),
  outcome: z.string().min(1).max(100).describe("'done', or the code of the refusal, or a turn's outcome"),
  session: z.string().max(100).optional(),
  detail: z.record(z.string().max(100), Plain).optional(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const AuditLine = AuditEntry.extend({ seq: z.int().min(1), at: z.int(), prev: hash, hash });
export type AuditLine = z.infer<typeof AuditLine>;

/** Where a chain ends: the number and the hash of its newest line. */
export const Head = z.object({ seq: z.int().min(0), hash });
export type Head = z.infer<typeof Head>;

/** What the first line follows. */
export const genesis: Head = { seq: 0, hash: '0'.repeat(64) };

/** A longer line is not one of ours; also what bounds the memory of whoever reads. */
export const maxLineBytes = 64 * 1024;

/** Makes the line that follows `after`. @throws ZodError when the entry is not one */
export function link(entry: AuditEntry, at: number, after: Head): { line: string; head: Head } {
  const content = { ...AuditEntry.parse(entry), seq: after.seq + 1, at, prev: after.hash };
  const head = { seq: content.seq, hash: sha256(canonical(content)) };
  const line = canonical({ ...content, hash: head.hash });
  if (Buffer.byteLength(line) >= maxLineBytes) throw new Error('an audit entry is longer than a line may be');
  return { line: `${line}\n`, head };
}

export type Link = { line: AuditLine; head: Head } | { broken: string };

/** Checks that `bytes` (without the newline) are the line that follows `after`, byte by byte. */
export function follow(bytes: Buffer, after: Head): Link {
  const line = parseLine(bytes);
  if (!line) return { broken: 'it is not a line of the audit log' };
  if (line.seq !== after.seq + 1) return { broken: wrongNumber(line.seq, after.seq + 1) };
  if (line.prev !== after.hash) return { broken: 'it does not follow the line before it' };
  const { hash: claimed, ...content } = line;
  // The bytes too: the same content written otherwise was not written by us.
  if (sha256(canonical(content)) !== claimed || !bytes.equals(Buffer.from(canonical(line)))) {
    return { broken: 'it was changed after it was written' };
  }
  return { line, head: { seq: line.seq, hash: claimed } };
}

/** The line as it stands, whether or not it belongs there. */
export function parseLine(bytes: Buffer): AuditLine | undefined {
  try {
    return AuditLine.safeParse(JSON.parse(bytes.toString())).data;
  } catch {
    return undefined; // not JSON: half a line, or garbage
  }
}

function wrongNumber(found: number, expected: number): string {
  if (found < expected) return `line ${found} stands where line ${expected} belongs`;
  return found === expected + 1
    ? `line ${expected} is missing`
    : `lines ${expected} to ${found - 1} are missing`;
}

/** One text for one value: keys in order, no spaces, nothing undefined. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
