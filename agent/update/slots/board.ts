/** The device as a release may ask for one: its processor, its board's own words, its Jetson Linux. */
import { totalmem } from 'node:os';
import { readBoard, readRelease } from '../../host/jetson/board.ts';
import type { Sysfs } from '../../host/jetson/sysfs.ts';
import { type Board, UpdateError } from '../parts.ts';

/** @throws UpdateError `not-for-us` on a processor that no release is made for */
export async function boardHere(
  sysfs: Sysfs,
  arch: string = process.arch,
  memoryBytes: number = totalmem(),
): Promise<Board> {
  if (arch !== 'x64' && arch !== 'arm64')
    throw new UpdateError('not-for-us', `There are no releases for a processor of kind ${arch}.`);
  return {
    arch,
    board: await readBoard(sysfs),
    l4t: await readRelease(sysfs),
    memoryMiB: Math.floor(memoryBytes / 2 ** 20),
  };
}
