/**
 * Slots that are two folders: for a desk, for simulated devices, and for systems that are trees of files. The loader's part,
 * counting tries and falling back, is `startDirectory`, which whoever starts the system calls.
 */
import { join } from 'node:path';
import { makeFolderDurably } from '../disk/durable.ts';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import type { Exec } from './exec.ts';
import { otherSlot, type SlotName, type Slots, type SlotTrees } from './slots.ts';
import { writeImage } from './write-image.ts';

interface Loader {
  v: 1;
  /** What runs. */
  booted: SlotName;
  /** What is tried next, so often; null: it has proven itself. */
  next: SlotName;
  left: number | null;
  /** Whole, and not tried in vain. */
  usable: SlotName[];
}
const fresh: Loader = { v: 1, booted: 'a', next: 'a', left: null, usable: ['a'] };

export interface DirectoryParts {
  disk: Disk;
  folder: string;
  tries?: number;
  /** Where the slots are trees of files: runs `cp` and `sync`. */
  exec?: Exec;
}

export function createDirectorySlots({ disk, folder, tries = 3, exec }: DirectoryParts): Slots {
  const kept = loaderIn(disk, folder);
  const load = async (): Promise<Loader> => (await kept.load()).value ?? fresh;
  const change = async (to: (loader: Loader) => Loader): Promise<void> => {
    await makeFolderDurably(disk, folder);
    await kept.save(to(await load()));
  };
  const without =
    (slot: SlotName) =>
    (loader: Loader): Loader => ({
      ...loader,
      usable: loader.usable.filter((other) => other !== slot),
      next: loader.next === slot ? loader.booted : loader.next,
      left: loader.next === slot ? null : loader.left,
    });
  const withSlot =
    (slot: SlotName) =>
    (loader: Loader): Loader => ({
      ...loader,
      usable: [...new Set([...loader.usable, slot])],
    });

  return {
    async probe() {
      const { booted, next, left } = await load();
      return next === booted && left === null
        ? { proven: true }
        : { proven: false, says: `Slot ${next} is being tried already.` };
    },
    booted: async () => (await load()).booted,
    next: async () => (await load()).next,
    async write({ root, boot }, signal) {
      const slot = otherSlot((await load()).booted);
      await change(without(slot));
      const place = join(folder, slot);
      await disk.remove(place);
      await disk.makeFolder(place);
      await writeImage(disk, root, join(place, 'root.img'), 'new', signal);
      await writeImage(disk, boot, join(place, 'boot.img'), 'new', signal);
      for (const path of [place, folder]) await disk.syncFolder(path);
      await change(withSlot(slot));
    },
    async activate(slot) {
      if (!(await load()).usable.includes(slot))
        throw new UpdateError('slot-failed', `Nothing can start from slot ${slot}.`);
      await change((loader) => (loader.next === slot ? loader : { ...loader, next: slot, left: tries }));
    },
    markGood: () => change((loader) => ({ ...loader, next: loader.booted, left: null })),
    async markBad(slot) {
      const { usable } = await load();
      if (!usable.includes(otherSlot(slot)))
        throw new UpdateError('slot-failed', `Nothing would start in place of slot ${slot}.`);
      await change((loader) => ({ ...without(slot)(loader), next: otherSlot(slot), left: null }));
    },
    ...(exec === undefined ? {} : { trees: treesIn(exec) }),
  };

  function treesIn(run: Exec): SlotTrees {
    const tree = (slot: SlotName): string => join(folder, slot, 'tree');
    const ran = async (program: string, ...args: string[]): Promise<void> => {
      const { code, stderr } = await run(program, args);
      if (code !== 0) throw new UpdateError('disk', `${program} failed: ${stderr.trim().slice(-200)}`);
    };
    return {
      booted: async () => tree((await load()).booted),
      async copyBooted(signal) {
        const { booted } = await load();
        const slot = otherSlot(booted);
        await change(without(slot));
        await disk.remove(join(folder, slot));
        await disk.makeFolder(join(folder, slot));
        signal.throwIfAborted();
        await ran('cp', '--archive', '--reflink=auto', tree(booted), tree(slot));
        return tree(slot);
      },
      async finish() {
        const slot = otherSlot((await load()).booted);
        // The whole file system in one go: a tree has more files than one wants to name.
        await ran('sync', '--file-system', tree(slot));
        await change(withSlot(slot));
      },
    };
  }
}

/** What a boot loader does at every start. @returns the slot that runs now */
export async function startDirectory(disk: Disk, folder: string): Promise<SlotName> {
  const kept = loaderIn(disk, folder);
  const loader = (await kept.load()).value ?? fresh;
  const isSpent = loader.left === 0 || !loader.usable.includes(loader.next);
  const slot = isSpent ? otherSlot(loader.next) : loader.next;
  await kept.save({
    ...loader,
    booted: slot,
    next: slot,
    left: isSpent || loader.left === null ? null : loader.left - 1,
    usable: isSpent ? [slot] : loader.usable,
  });
  return slot;
}

const loaderIn = (disk: Disk, folder: string) => twoCopies<Loader>(disk, join(folder, 'loader'), parse);

function parse(value: unknown): Loader | undefined {
  const { v, booted, next, left, usable } = value as Partial<Loader>;
  const isSlot = (slot: unknown): slot is SlotName => slot === 'a' || slot === 'b';
  if (v !== 1 || !isSlot(booted) || !isSlot(next) || !Array.isArray(usable) || !usable.every(isSlot))
    return undefined;
  if (left !== null && (typeof left !== 'number' || !Number.isInteger(left) || left < 0)) return undefined;
  return { v, booted, next, left, usable };
}
