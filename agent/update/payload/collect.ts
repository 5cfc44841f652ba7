/** What may go from the store: whatever no release that is kept needs, and what was begun and left for a week. */
import { join } from 'node:path';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';
import { onDisk } from './disk-error.ts';
import { bitmapOf, parseBitmap } from './partial.ts';

/** A device that was told of a release on Friday goes on with it on Monday. */
export const partialKeptMs = 7 * 86_400_000;

/** @param kept hashes; none of them is touched, in any form */
export async function collectStore(
  disk: Disk,
  folder: string,
  kept: ReadonlySet<string>,
  now: number,
): Promise<void> {
  const names = await disk.list(folder);
  const going: string[] = [];
  for (const name of names) {
    const hash = name.slice(0, 64);
    if (kept.has(hash)) continue;
    if (isBegun(name, hash) && (await isYoung(disk, join(folder, hash), now))) continue;
    going.push(name);
  }
  await onDisk('removing what nobody needs', async () => {
    for (const name of going) await disk.remove(join(folder, name));
    if (going.length > 0) await disk.syncFolder(folder);
  });
}

const isBegun = (name: string, hash: string): boolean =>
  name === `${hash}.partial` || name.startsWith(`${hash}.bitmap`);

/** By the device's clock, whichever way it was set since; a bitmap that nobody can read is of nobody's. */
async function isYoung(disk: Disk, path: string, now: number): Promise<boolean> {
  const { value } = await twoCopies(disk, bitmapOf(path), parseBitmap).load();
  return value !== undefined && Math.abs(now - value.at) < partialKeptMs;
}
