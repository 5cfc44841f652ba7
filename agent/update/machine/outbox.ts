/** Words that wait for the agent to send them on: numbered files, which it removes. Whether anybody listens changes nothing. */
import { join } from 'node:path';
import { UpdateStatus } from '@rockpool/protocol/update/status';
import { z } from 'zod';
import { makeFolderDurably, writeDurably } from '../disk/durable.ts';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';

const most = 64;
/** Numbers are taken so many at a time: after a restart none is given twice, though the folder is empty. */
const taken = 1_000;

export interface Outbox {
  /** Durable on return. Words on the way make room for last words, and for newer ones. */
  put(word: UpdateStatus): Promise<void>;
}

/** The agent's half: names in order. What it can't read, or doesn't understand, is no word of ours. */
export const outboxNames = (names: readonly string[]): string[] =>
  names.filter((name) => /^\d{12}\.json$/.test(name)).sort();

export async function openOutbox(disk: Disk, updateFolder: string): Promise<Outbox> {
  const folder = join(updateFolder, 'outbox');
  await makeFolderDurably(disk, folder);
  for (const name of await disk.list(folder))
    if (name.endsWith('.partial')) await disk.remove(join(folder, name)); // cut off: told again where it matters
  const numbers = twoCopies(disk, join(updateFolder, 'machine/outbox'), (value) =>
    z.strictObject({ upTo: z.int().nonnegative() }).parse(value),
  );
  const inFolder = Number.parseInt(outboxNames(await disk.list(folder)).at(-1) ?? '-1', 10) + 1;
  let next = Math.max((await numbers.load()).value?.upTo ?? 0, inFolder);
  let upTo = next;

  const progressIn = async (names: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const name of names) {
      const bytes = await disk.read(join(folder, name));
      if (bytes && isProgress(bytes)) found.push(name);
    }
    return found;
  };
  const write = async (word: UpdateStatus): Promise<void> => {
    if (next >= upTo) {
      await numbers.save({ upTo: next + taken });
      upTo = next + taken;
    }
    const name = `${String(next).padStart(12, '0')}.json`;
    next += 1;
    await writeDurably(disk, join(folder, name), Buffer.from(JSON.stringify(word)));
  };

  const put = async (word: UpdateStatus): Promise<void> => {
    const names = outboxNames(await disk.list(folder));
    if (names.length >= most) {
      const [oldest] = await progressIn(names);
      if (oldest !== undefined) await disk.remove(join(folder, oldest));
      else if (word.outcome === undefined) return;
    }
    try {
      await write(word);
    } catch (error) {
      if (word.outcome === undefined) throw error;
      // A last word is worth more than all that were said on the way to it.
      for (const name of await progressIn(names)) await disk.remove(join(folder, name));
      await write(word);
    }
  };

  let before: Promise<unknown> = Promise.resolve();
  return {
    // One after the other, so that they are numbered in the order in which they were said.
    put(word) {
      const putting = before.then(() => put(word));
      before = putting.catch(() => undefined);
      return putting;
    },
  };
}

function isProgress(bytes: Buffer): boolean {
  try {
    return UpdateStatus.parse(JSON.parse(bytes.toString('utf8'))).outcome === undefined;
  } catch {
    return true; // nobody can read it: no last word of ours
  }
}
