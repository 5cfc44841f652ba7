/** What outlives a power cut: the metadata that was verified last, whole, and the floor below which none is taken. */
import { z } from 'zod';
import { makeFolderDurably } from '../disk/durable.ts';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import { Floor } from './floor.ts';
import { hasCode } from './source.ts';
import type { Files } from './task.ts';
import { wordsOf } from './transport.ts';

export interface Kept {
  /** None at first, and where every copy is torn. */
  files: Files;
  floor: Floor | undefined;
  /** Copies that were there, and not whole. */
  damaged: number;
}

export interface Keeping {
  load(): Promise<Kept>;
  keep(files: Files): Promise<void>;
  raise(floor: Floor): Promise<void>;
}

const FileTexts = z.record(z.string(), z.string());

/**
 * All files of one verification are one record: new ones and old ones can't be mixed, whenever the power goes. The record
 * before it stays until the next one, and the floor is a record of its own: when both of the former are torn, it still says
 * what may not come back.
 */
export function openKeeping(disk: Disk, folder: string): Keeping {
  const trusted = twoCopies(disk, `${folder}/trusted`, (value) => FileTexts.safeParse(value).data);
  const floors = twoCopies(disk, `${folder}/floor`, (value) => Floor.safeParse(value).data);
  // Into both copies: one torn sector must not bring an older floor back.
  const raise = async (floor: Floor): Promise<void> => {
    await floors.save(floor);
    await floors.save(floor);
  };
  return {
    load: () =>
      onDisk(async () => {
        await makeFolderDurably(disk, folder);
        const files = await trusted.load();
        const floor = await floors.load();
        // One copy is gone: before the other one is, too.
        if (floor.value && floor.all.length < 2) await raise(floor.value);
        return {
          files: files.value ?? {},
          floor: floor.value,
          damaged: files.damaged + floor.damaged,
        };
      }),
    keep: (files) => onDisk(() => trusted.save(files)),
    raise: (floor) => onDisk(() => raise(floor)),
  };
}

/** @throws UpdateError `no-space`, `disk` for what the disk refuses */
export async function onDisk<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (cause) {
    if (!hasCode(cause)) throw cause;
    const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
    throw new UpdateError(isFull ? 'no-space' : 'disk', `The update folder: ${wordsOf(cause)}`, { cause });
  }
}
