/**
 * Driver for systemd-boot, which counts tries in the names of boot files: `rockpool-7-b+3.efi` may be tried three times, and
 * one without a count has proven itself. Two partitions hold roots; a boot file is signed for the root that it starts.
 */
import { join } from 'node:path';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import { type BootEntry, compareVersions, nameOf, order, parseEntry } from './boot-names.ts';
import { otherSlot, type Proof, type SlotName, type Slots, whyNot } from './slots.ts';
import { deviceAt, writeImage } from './write-image.ts';

export interface BootEntriesParts {
  disk: Disk;
  /** Where the loader's partition is mounted for this process. */
  esp: string;
  /** `/sys`, `/dev` and `/proc` are read below it. */
  system?: string;
  tries?: number;
}

const partitionOf: Record<SlotName, string> = { a: 'APP', b: 'APP_b' };
const loaderVendor = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** Of `LoaderFeatures`: the loader counts. */
const countsTries = 1n << 4n;

export function createBootEntrySlots({ disk, esp, system = '/', tries = 3 }: BootEntriesParts): Slots {
  const folder = join(esp, 'EFI/Linux');
  const at = (path: string): string => join(system, path);
  const variable = (name: string): Promise<Buffer | undefined> =>
    disk.read(at(`sys/firmware/efi/efivars/${name}-${loaderVendor}`));
  const entries = async (): Promise<readonly BootEntry[]> =>
    order((await disk.list(folder)).flatMap((name) => parseEntry(name) ?? []));
  const of = async (slot: SlotName): Promise<readonly BootEntry[]> =>
    (await entries()).filter((entry) => entry.slot === slot);
  const device = (slot: SlotName): string => at(`dev/disk/by-partlabel/${partitionOf[slot]}`);
  const staged = (slot: SlotName): string => join(folder, `rockpool-${slot}.staged`);
  const removeAll = async (slot: SlotName): Promise<void> => {
    for (const { file } of await of(slot)) await disk.remove(join(folder, file));
    await disk.remove(staged(slot));
    await disk.syncFolder(folder);
  };
  const rename = async (from: string, to: string): Promise<void> => {
    await disk.rename(join(folder, from), join(folder, to));
    await disk.syncFolder(folder);
  };

  /** By the partition that the verified root lies on: not by what the boot file's name promises. */
  const booted = async (): Promise<SlotName> => {
    const slaves = await disk.list(at('sys/class/block/dm-0/slaves'));
    const names = await Promise.all(
      slaves.map(
        async (name) => (await disk.read(at(`sys/class/block/${name}/uevent`)))?.toString('utf8') ?? '',
      ),
    );
    const found = names.flatMap((text) => /^PARTNAME=(APP(?:_b)?)$/m.exec(text)?.[1] ?? []);
    if (found.length !== 1 || slaves.length !== 1)
      throw failed('The running system was not started from one of the two root partitions.');
    return found[0] === partitionOf.a ? 'a' : 'b';
  };
  const next = async (): Promise<SlotName> => {
    const [first] = await entries();
    if (first === undefined) throw failed("There is no boot file on the loader's partition.");
    return first.slot;
  };

  return {
    booted,
    next,
    async probe() {
      try {
        return await prove();
      } catch (error) {
        return no(whyNot(error));
      }
    },

    async write({ root, boot }, signal) {
      const slot = otherSlot(await booted());
      const bytes = await disk.read(boot.file);
      if (bytes === undefined) throw new UpdateError('bad-bytes', 'The boot file is not in the store.');
      refuseOtherRoot(bytes, partitionOf[slot]);
      for (const { file } of await of(otherSlot(slot)))
        refuseOlder(bytes, (await disk.read(join(folder, file))) ?? Buffer.alloc(0));
      // Its boot file goes first: what is half written must not be what a boot tries.
      await removeAll(slot);
      await writeImage(disk, root, await deviceAt(disk, device(slot)), 'rw', signal);
      await writeImage(disk, boot, staged(slot), 'new', signal);
      await disk.syncFolder(folder);
    },

    async activate(slot) {
      const all = await entries();
      const isStaged = (await disk.list(folder)).includes(`rockpool-${slot}.staged`);
      if (isStaged) {
        const number = Math.max(0, ...all.map((entry) => entry.number)) + 1;
        await rename(`rockpool-${slot}.staged`, nameOf({ number, slot, left: tries, done: 0 }));
      }
      if ((await next()) !== slot) throw failed(`The loader would not try slot ${slot} next.`);
    },

    async markGood() {
      const slot = await booted();
      const [entry] = await of(slot);
      if (entry === undefined) throw failed('The boot file of the running system is gone.');
      // The system does this itself once a boot is complete; whoever comes second finds it done.
      if (entry.left !== undefined) await rename(entry.file, nameOf({ number: entry.number, slot }));
    },

    async markBad(slot) {
      const others = await of(otherSlot(slot));
      if (!others.some((entry) => entry.left === undefined))
        throw failed(`Nothing that has proven itself would start in place of slot ${slot}.`);
      await removeAll(slot);
    },
  };

  async function prove(): Promise<Proof> {
    const features = await variable('LoaderFeatures');
    if (features === undefined || features.byteLength < 12 || !(features.readBigUInt64LE(4) & countsTries))
      return no('The boot loader does not count how often a system was tried.');
    const settings = await disk.read(join(esp, 'loader/loader.conf'));
    if (settings === undefined) return no(`The boot loader's partition is not mounted at ${esp}.`);
    // A default is taken although it has no tries left.
    if (
      /^\s*default\s/m.test(settings.toString('utf8')) ||
      (await variable('LoaderEntryDefault')) !== undefined
    )
      return no('The boot loader has a default that it starts however often that failed.');
    const slot = await booted();
    const [entry] = await of(slot);
    if (entry === undefined)
      return no("The boot file of the running system is not on the loader's partition.");
    if (entry.left !== undefined) return no('The running system has not proven itself yet.');
    if ((await next()) !== slot)
      return no('The other slot is next already: something else is being installed.');
    if ((await disk.readLink(device(otherSlot(slot)))) === undefined)
      return no(`There is no partition ${partitionOf[otherSlot(slot)]}.`);
    // A file made and taken away: nothing else shows that this account may write there.
    await (await disk.open(join(folder, 'rockpool.probe'), 'rw')).close();
    await disk.remove(join(folder, 'rockpool.probe'));
    return { proven: true };
  }
}

const no = (says: string): Proof => ({ proven: false, says });
const failed = (says: string): UpdateError => new UpdateError('slot-failed', says);

/** Signed and measured with the kernel: `rockpool.root=NAME,…`, or several names that it looks for its root in. */
function refuseOtherRoot(boot: Buffer, partition: string): void {
  const names = wordAfter(boot, 'rockpool.root=')?.split(',')[0]?.split('+') ?? [];
  if (!names.includes(partition))
    throw new UpdateError(
      'bad-content',
      `This boot file starts a root in ${names.join(' or ') || 'no partition'}, and here it would lie in ${partition}.`,
    );
}

/** The loader takes the newest version, by what stands in the boot file; among equals our number decides. */
function refuseOlder(boot: Buffer, other: Buffer): void {
  const [ours, theirs] = [boot, other].map((bytes) => wordAfter(bytes, '\nVERSION_ID=') ?? '');
  if (ours === undefined || theirs === undefined || compareVersions(ours, theirs) >= 0) return;
  throw new UpdateError('bad-content', `The loader would prefer the installed version ${theirs} to ${ours}.`);
}

function wordAfter(bytes: Buffer, key: string): string | undefined {
  const at = bytes.indexOf(key);
  if (at < 0) return undefined;
  return /^[^\s\0]*/.exec(bytes.toString('latin1', at + key.length, at + key.length + 256))?.[0];
}
