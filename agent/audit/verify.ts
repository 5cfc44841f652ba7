/**
 * Checks the whole audit log against its chain.
 *
 * Found: any byte changed, any line removed, inserted, doubled or moved, in any file; a file missing or out of order;
 * lines cut off the end, as far as the head had followed (a second after they were written, at the latest when the
 * agent stopped); the head removed or changed.
 * Not found by this alone: lines of the last second before a power cut, when they are cut off together with the power;
 * the removal of the whole folder; and a chain written anew from the place of the change on, with its head, by someone
 * who may write to the folder. Against these two a head must be kept elsewhere: give it as `expected`.
 * The device's own findings at opening (`audit.torn`, `audit.head-missing`, `audit.end-missing`) come back as notes.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditLine, follow, genesis, type Head, maxLineBytes } from './chain.ts';
import { activeFile, listFullFiles, loadHead, openIfPresent, readLines } from './files.ts';

export type Verdict =
  | { ok: true; lines: number; head: Head; notes: AuditLine[] }
  | { ok: false; lines: number; file: string; line: number; why: string };

export interface VerifyOptions {
  /** A head that was noted elsewhere: its line must be there. */
  expected?: Head | undefined;
  signal?: AbortSignal | undefined;
}

/** More of the device's own lines than these tell nobody more. */
const maxNotes = 100;

/** May run while the log is written. `lines` are those that hold; `line` counts from 1 within `file`. */
export async function verifyAudit(
  folder: string,
  { expected, signal }: VerifyOptions = {},
): Promise<Verdict> {
  // Before the files: they may grow meanwhile, and only grow.
  const stored = await loadHead(folder);
  const witnesses = [stored, expected].filter((head) => head !== undefined);
  const notes: AuditLine[] = [];
  let head = genesis;
  let last = { file: activeFile, line: 0 };
  const broken = (why: string): Verdict => ({ ok: false, lines: head.seq, ...last, why });

  for await (const { name, lines, isActive } of filesInOrder(folder)) {
    last = { file: name, line: 0 };
    for await (const raw of lines) {
      signal?.throwIfAborted();
      last.line += 1;
      // Half a line at the very end is being written right now, or will be moved aside when the log is opened.
      if (!raw.whole && isActive && raw.bytes.length < maxLineBytes) break;
      const link = raw.whole ? follow(raw.bytes, head) : { broken: 'it is not a line of the audit log' };
      if ('broken' in link) return broken(link.broken);
      if (witnesses.some(({ seq, hash }) => seq === link.head.seq && hash !== link.head.hash)) {
        return broken('it is not the line that the head was made of');
      }
      head = link.head;
      if (link.line.via === 'device' && notes.length < maxNotes) notes.push(link.line);
    }
  }
  if (!stored && (head.seq > 0 || (await isUsed(folder))))
    return broken('the head (head.json) is missing or unreadable');
  const farthest = Math.max(0, ...witnesses.map(({ seq }) => seq));
  if (farthest > head.seq) return broken(`lines ${head.seq + 1} to ${farthest} are missing at the end`);
  return { ok: true, lines: head.seq, head, notes };
}

const isUsed = async (folder: string): Promise<boolean> => (await readdir(folder)).length > 0;

interface OpenedFile {
  name: string;
  lines: ReturnType<typeof readLines>;
  isActive: boolean;
}

/** Oldest first. The active one is opened first, so that it stays the last when it is renamed meanwhile. */
async function* filesInOrder(folder: string): AsyncGenerator<OpenedFile> {
  const active = await openIfPresent(join(folder, activeFile));
  try {
    const inode = (await active?.stat())?.ino;
    for (const name of await listFullFiles(folder)) {
      const file: FileHandle = await open(join(folder, name), 'r');
      if ((await file.stat()).ino === inode) await file.close();
      else yield { name, lines: readLines(file), isActive: false };
    }
    if (active) yield { name: activeFile, lines: readLines(active), isActive: true };
  } finally {
    await active?.close();
  }
}
