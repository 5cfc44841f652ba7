/** Finds the end of the audit log when it is opened, and moves aside what a power cut left after it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type AuditEntry, follow, genesis, type Head, parseLine } from './chain.ts';
import {
  activeFile,
  listFullFiles,
  loadHead,
  openIfPresent,
  readLines,
  type StoredHead,
  saveHead,
  sizeOf,
  syncFolder,
} from './files.ts';

export interface End {
  head: Head;
  /** How long the active file is. */
  bytes: number;
  /** What was found and is to be recorded as the first lines. */
  found: AuditEntry[];
}

/** After it returns, the active file exists and ends with a whole line. */
export async function findEnd(folder: string): Promise<End> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stored = await loadHead(folder);
  await undoHalfRotation(folder, stored);
  const active = join(folder, activeFile);
  await using file = await open(active, 'a+', 0o600);
  const size = (await file.stat()).size;
  const end = stored ? await endAfter(stored, file, active, size) : await endWithoutHead(folder, size);
  if (end.bytes < size) end.found.push(await moveAside(folder, end, size));
  return end;
}

/** Power was cut between the renaming of a full file and the head that says so: name it back, as it was. */
async function undoHalfRotation(folder: string, stored: StoredHead | undefined): Promise<void> {
  const active = join(folder, activeFile);
  if (!stored || stored.bytes === 0 || (await sizeOf(active)) !== undefined) return;
  const newest = (await listFullFiles(folder)).at(-1);
  if (newest === undefined) return;
  await rename(join(folder, newest), active);
  await syncFolder(folder);
}

async function endAfter(stored: StoredHead, file: FileHandle, active: string, size: number): Promise<End> {
  if (await isLineEnd(file, stored.bytes)) return { ...(await lastLinked(active, stored)), found: [] };
  // Lines that were on disk are gone. The chain goes on after them, so that the gap shows for ever.
  const { bytes } = await lastWhole(active);
  const found = [byDevice('audit.end-missing', { expectedBytes: stored.bytes, bytes: size })];
  return { head: stored, bytes, found };
}

async function isLineEnd(file: FileHandle, bytes: number): Promise<boolean> {
  if (bytes === 0) return true;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, bytes - 1);
  return bytesRead === 1 && buffer[0] === 10;
}

/** Either the very first start, or somebody removed the head: then go on after the newest line that there is. */
async function endWithoutHead(folder: string, size: number): Promise<End> {
  const newestFull = (await listFullFiles(folder)).at(-1);
  if (size === 0 && newestFull === undefined) {
    // Before the first line, so that from then on a missing head is somebody's deed.
    await saveHead(folder, { ...genesis, bytes: 0 });
    return { head: genesis, bytes: 0, found: [] };
  }
  const { head, bytes } = await lastWhole(join(folder, activeFile));
  const before = newestFull === undefined ? undefined : (await lastWhole(join(folder, newestFull))).head;
  return { head: head ?? before ?? genesis, bytes, found: [byDevice('audit.head-missing', {})] };
}

/** The last line that is linked to the head, which may be older than it by the lines of its last second. */
async function lastLinked(path: string, stored: StoredHead): Promise<{ head: Head; bytes: number }> {
  let last: { head: Head; bytes: number } = { head: stored, bytes: stored.bytes };
  for await (const raw of readLines(await open(path, 'r'), stored.bytes)) {
    const link = raw.whole ? follow(raw.bytes, last.head) : undefined;
    if (link && 'head' in link) last = { head: link.head, bytes: raw.end };
    // A rotation that failed late leaves a head that points before its own line.
    else if (raw.whole && (parseLine(raw.bytes)?.seq ?? Infinity) <= stored.seq) last.bytes = raw.end;
    else break;
  }
  return last;
}

/** The last line that has the form of one, linked or not: for when there is nothing to link it to. */
async function lastWhole(path: string): Promise<{ head: Head | undefined; bytes: number }> {
  let last: { head: Head | undefined; bytes: number } = { head: undefined, bytes: 0 };
  const file = await openIfPresent(path);
  if (!file) return last;
  for await (const raw of readLines(file)) {
    const line = raw.whole ? parseLine(raw.bytes) : undefined;
    if (line) last = { head: { seq: line.seq, hash: line.hash }, bytes: raw.end };
  }
  return last;
}

/** Kept, not thrown away: it may be half a line of a power cut, or somebody's work. */
async function moveAside(folder: string, { head, bytes }: { head: Head; bytes: number }, size: number) {
  const active = join(folder, activeFile);
  const torn = `torn-${head.seq + 1}-${size}.txt`;
  await pipeline(
    createReadStream(active, { start: bytes }),
    createWriteStream(join(folder, torn), { mode: 0o600, flush: true }),
  );
  await syncFolder(folder);
  await truncate(active, bytes);
  return byDevice('audit.torn', { bytes: size - bytes, file: torn });
}

const byDevice = (action: string, detail: NonNullable<AuditEntry['detail']>): AuditEntry => ({
  requestId: null,
  person: null,
  via: 'device',
  action,
  outcome: 'done',
  detail,
});
