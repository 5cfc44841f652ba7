/**
 * The audit log: one line per turn and per admin action, in `audit.jsonl`, append-only, each carrying the hash of the
 * one before. What `verifyAudit` finds, and what it can't, stands in verify.ts.
 */
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../host/clock.ts';
import { AuditEntry, type Head, link } from './chain.ts';
import { activeFile, fullFile, saveHead, syncFolder } from './files.ts';
import { findEnd } from './opening.ts';

export type { AuditEntry } from './chain.ts';

export interface Audit {
  /** Resolves when the line is on disk, and would still be there if power were cut now. */
  record(entry: AuditEntry): Promise<void>;
}

export interface AuditLog extends Audit {
  /** The newest line that is on disk: whoever writes it down elsewhere can tell later whether lines were taken away. */
  head(): Head;
  /** Waits for what was recorded, and seals the end with the head. */
  close(): Promise<void>;
}

export interface AuditOptions {
  /** The active file is closed and the next one begun once it is this long. */
  fullBytes?: number;
  /** The head follows the newest line at most this much later. */
  headAfterMs?: number;
}

interface Waiting {
  entry: AuditEntry;
  resolve(): void;
  reject(error: unknown): void;
}

/** What is written by one fdatasync at most. */
const maxBatch = 256;

/**
 * Opens the log in `folder`; a line torn by a power cut is moved aside and that is recorded.
 * One process at a time: whoever opens it holds the folder.
 */
export async function openAudit(
  folder: string,
  clock: Clock,
  { fullBytes = 64 * 1024 * 1024, headAfterMs = 1_000 }: AuditOptions = {},
): Promise<AuditLog> {
  const end = await findEnd(folder);
  let file = await open(join(folder, activeFile), 'a', 0o600);
  await syncFolder(folder);
  let head: Head = end.head;
  let bytes = end.bytes;
  let storedSeq = head.seq;
  let headTimer: NodeJS.Timeout | undefined;
  let headIsDue = false;
  const waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let unusable: Error | undefined;

  async function seal(): Promise<void> {
    await saveHead(folder, { ...head, bytes });
    storedSeq = head.seq;
    headIsDue = false;
  }

  /** Everything in the active file is on disk when this begins. A crash within is undone at opening, or complete. */
  async function rotate(): Promise<void> {
    const [active, full] = [join(folder, activeFile), join(folder, fullFile(head.seq))];
    await rename(active, full);
    try {
      await syncFolder(folder);
      await saveHead(folder, { ...head, bytes: 0 });
    } catch (cause) {
      await rename(full, active);
      throw cause;
    }
    await file.close();
    file = await open(active, 'a', 0o600);
    await syncFolder(folder);
    bytes = 0;
    storedSeq = head.seq;
  }

  async function append(entries: readonly AuditEntry[]): Promise<void> {
    if (unusable) throw unusable;
    if (headIsDue) await seal();
    if (bytes >= fullBytes) await rotate();
    let newest = head;
    const text = entries.map((entry) => {
      const { line, head: next } = link(entry, clock.now(), newest);
      newest = next;
      return line;
    });
    const lines = Buffer.from(text.join(''));
    await writeDurably(lines);
    head = newest;
    bytes += lines.length;
  }

  /** All of `lines`, or none: what the disk took before it failed is cut off again. */
  async function writeDurably(lines: Buffer): Promise<void> {
    try {
      await writeWhole(file, lines);
      await file.datasync();
    } catch (cause) {
      await file.truncate(bytes).catch((second: unknown) => {
        unusable = new Error('the audit log could be neither written nor cut back', { cause: second });
      });
      throw cause;
    }
  }

  /** One fdatasync for all who came while the last one ran. Tells each caller how it ended, and throws nothing. */
  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatch);
      try {
        await append(batch.map(({ entry }) => entry));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
    headTimer ??= setTimeout(sealLater, headAfterMs).unref();
  }

  function sealLater(): void {
    headTimer = undefined;
    headIsDue = head.seq > storedSeq;
    // When it fails, it is still due: whoever records next tries again first, and is told.
    if (headIsDue && !writing)
      writing = seal()
        .catch(() => undefined)
        .then(writeAll);
  }

  const record = (entry: AuditEntry): Promise<void> =>
    new Promise((resolve, reject) => {
      if (unusable) {
        reject(unusable);
        return;
      }
      // Refused alone, before it is in a batch with others.
      const parsed = AuditEntry.safeParse(entry);
      if (!parsed.success) {
        reject(parsed.error);
        return;
      }
      waiting.push({ entry: parsed.data, resolve, reject });
      writing ??= Promise.resolve().then(writeAll);
    });

  try {
    // The head follows them, so that a power cut here finds the same again.
    for (const entry of end.found) await record(entry);
  } catch (cause) {
    await file.close();
    throw cause;
  }

  return {
    record,
    head: () => head,
    async close() {
      await writing;
      unusable = new Error('the audit log is closed');
      clearTimeout(headTimer);
      try {
        await seal();
      } finally {
        await file.close();
      }
    },
  };
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
