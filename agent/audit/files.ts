/** The audit folder: which files there are, in which order, the head beside them, and lines read from them. */
import { type FileHandle, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Head, maxLineBytes } from './chain.ts';

/** The file that is being written; full ones are renamed to `audit-<number of their last line>.jsonl`. */
export const activeFile = 'audit.jsonl';
const headFile = 'head.json';
const fullForm = /^audit-\d{15}\.jsonl$/;

export const fullFile = (lastSeq: number): string => `audit-${String(lastSeq).padStart(15, '0')}.jsonl`;

/** Oldest first, without the active one. */
export async function listFullFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => fullForm.test(name)).sort();
}

/** What is known to be on disk: the newest line, and where it ends in the active file. */
const StoredHead = Head.extend({ bytes: z.int().min(0) });
export type StoredHead = z.infer<typeof StoredHead>;

/** Undefined when there is none, or none that can be read. */
export async function loadHead(folder: string): Promise<StoredHead | undefined> {
  const text = await readFile(join(folder, headFile), 'utf8').catch(undefinedIfAbsent);
  if (text === undefined) return undefined;
  try {
    return StoredHead.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The old head or the new one is on disk, never half of one. */
export async function saveHead(folder: string, head: StoredHead): Promise<void> {
  const partial = join(folder, `${headFile}.partial`);
  await using file = await open(partial, 'w', 0o600);
  await file.writeFile(JSON.stringify(head));
  await file.datasync();
  await rename(partial, join(folder, headFile));
  await syncFolder(folder);
}

export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

export async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(undefinedIfAbsent))?.size;
}

export async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  return await open(path, 'r').catch(undefinedIfAbsent);
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

export interface RawLine {
  bytes: Buffer;
  /** Where the next line begins in the file. */
  end: number;
  /** False for what has no newline at its end, or is too long to be a line. */
  whole: boolean;
}

/** The lines of an open file from `start` on, in memory of one line at a time. The file is closed in the end. */
export async function* readLines(file: FileHandle, start = 0): AsyncGenerator<RawLine> {
  let rest: Buffer = Buffer.alloc(0);
  let end = start;
  for await (const piece of file.createReadStream({ start, highWaterMark: maxLineBytes })) {
    rest = Buffer.concat([rest, piece]);
    for (let newline = rest.indexOf(10); newline >= 0; newline = rest.indexOf(10)) {
      end += newline + 1;
      yield { bytes: rest.subarray(0, newline), end, whole: newline < maxLineBytes };
      rest = rest.subarray(newline + 1);
    }
    if (rest.length >= maxLineBytes) break;
  }
  if (rest.length > 0) yield { bytes: rest, end: end + rest.length, whole: false };
}
