/** The oldest that may run: by release name the highest security counter that was committed, and the highest form of data. Never lowered. */
import { join } from 'node:path';
import type { ReleasePath } from '@rockpool/protocol/update/release';
import { z } from 'zod';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';

const Floors = z.strictObject({
  v: z.literal(1),
  /** By `ROLE/NAME`: who changes a release's kind doesn't get under its floor. */
  names: z.record(
    z.string(),
    z.strictObject({ counter: z.int().nonnegative(), dataForm: z.int().nonnegative() }),
  ),
});

export interface FloorValue {
  counter: number;
  dataForm: number;
}

export interface Floor {
  /** Zero where nothing was committed. */
  of(path: ReleasePath): FloorValue;
  /** Both copies hold it on return. What is raised already is not written again. */
  raise(path: ReleasePath, to: FloorValue): Promise<void>;
}

export const floorName = (path: ReleasePath): string => path.split('/').slice(0, 2).join('/');

/** @param known what else is known to have been committed: should both copies be lost, it still holds */
export async function openFloor(
  disk: Disk,
  folder: string,
  known: readonly { path: ReleasePath; floor: FloorValue }[],
): Promise<Floor> {
  const copies = twoCopies(disk, join(folder, 'floor'), (value) => Floors.parse(value));
  const names = new Map<string, FloorValue>();
  const take = (name: string, value: FloorValue): boolean => {
    const old = names.get(name) ?? none;
    names.set(name, highest(old, value));
    return value.counter > old.counter || value.dataForm > old.dataForm;
  };
  const found = await copies.load();
  for (const record of found.all) {
    for (const [name, value] of Object.entries(record.names)) take(name, value);
  }
  const save = async (): Promise<void> => {
    for (let copy = 0; copy < 2; copy += 1) await copies.save({ v: 1, names: Object.fromEntries(names) });
  };
  const news = known.filter(({ path, floor }) => take(floorName(path), floor)).length;
  // One copy alone is not enough for what must never be forgotten.
  if (news > 0 || found.damaged > 0 || found.all.length === 1) await save();

  return {
    of: (path) => names.get(floorName(path)) ?? none,
    async raise(path, to) {
      const before = names.get(floorName(path));
      if (!take(floorName(path), to)) return;
      try {
        await save();
      } catch (error) {
        // Not durable, so not true: the next call has to write again.
        if (before) names.set(floorName(path), before);
        else names.delete(floorName(path));
        throw error;
      }
    },
  };
}

const none: FloorValue = { counter: 0, dataForm: 0 };
const highest = (a: FloorValue, b: FloorValue): FloorValue => ({
  counter: Math.max(a.counter, b.counter),
  dataForm: Math.max(a.dataForm, b.dataForm),
});
