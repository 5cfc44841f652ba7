/** How each update ended: a line each, and each line holds the hash of the one before, so that none can be taken out unseen. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Sha256 } from '@rockpool/protocol/update/release';
import { UpdateStatus } from '@rockpool/protocol/update/status';
import { z } from 'zod';
import { writeDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';

export const HistoryLine = z.strictObject({
  seq: z.int().nonnegative(),
  /** Of the line before, as it stands; null before the very first. */
  before: Sha256.nullable(),
  status: UpdateStatus,
});
export type HistoryLine = z.infer<typeof HistoryLine>;

export interface HistoryFound {
  lines: readonly HistoryLine[];
  /** Number of the first line that doesn't follow from the one before it; null when all do. */
  brokenAt: number | null;
  /** Bytes that are whole lines; what comes after was cut off by a power cut. */
  wholeBytes: number;
  lastHash: string | null;
}

const most = 512;
const kept = 256;
export const historyFile = (updateFolder: string): string => join(updateFolder, 'machine/history.jsonl');

const hashOf = (line: string): string => createHash('sha256').update(line).digest('hex');

export async function readHistory(disk: Disk, path: string): Promise<HistoryFound> {
  const bytes = (await disk.read(path)) ?? Buffer.alloc(0);
  const lines: HistoryLine[] = [];
  let [brokenAt, wholeBytes, lastHash]: [number | null, number, string | null] = [null, 0, null];
  for (;;) {
    const end = bytes.indexOf('\n', wholeBytes);
    if (end < 0) break;
    const text = bytes.toString('utf8', wholeBytes, end);
    const line = parse(text);
    if (line === undefined) break;
    if (lines.length > 0 && line.before !== lastHash) brokenAt ??= line.seq;
    lines.push(line);
    lastHash = hashOf(text);
    wholeBytes = end + 1;
  }
  return { lines, brokenAt, wholeBytes, lastHash };
}

function parse(text: string): HistoryLine | undefined {
  try {
    return HistoryLine.parse(JSON.parse(text));
  } catch {
    return undefined; // torn: whoever wrote it was told that it wasn't durable, and writes it again
  }
}

/** Durable on return. What is there as the last word of this transaction is not said twice. */
export async function appendHistory(disk: Disk, path: string, status: UpdateStatus): Promise<void> {
  const found = await readHistory(disk, path);
  const last = found.lines.findLast((line) => line.status.txn === status.txn);
  if (last && last.status.outcome === status.outcome) return;
  const seq = (found.lines.at(-1)?.seq ?? -1) + 1;
  const line = JSON.stringify({ seq, before: found.lastHash, status } satisfies HistoryLine);
  if (found.lines.length < most) return append(disk, path, found.wholeBytes, line);
  const old = (await disk.read(path))?.toString('utf8', 0, found.wholeBytes) ?? '';
  const lines = [
    ...old
      .split('\n')
      .slice(0, -1)
      .slice(-kept + 1),
    line,
  ];
  await writeDurably(disk, path, Buffer.from(`${lines.join('\n')}\n`));
}

async function append(disk: Disk, path: string, at: number, line: string): Promise<void> {
  const file = await disk.open(path, 'rw');
  try {
    if ((await file.size()) !== at) await file.truncate(at);
    await file.write(Buffer.from(`${line}\n`), at);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(join(path, '..'));
}
