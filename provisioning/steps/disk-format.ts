/** A LUKS2 header on the data partition: over nothing, over an unfinished one of ours, or over what may be erased. */
import type { Config } from '../config.ts';
import { type Facts, hasSlot, headerOf } from '../facts/facts.ts';
import { diskOf, type Step } from './step.ts';

/** Below this neither a model nor a year of an office's conversations fits. */
const leastBytes = 512 * 1024 * 1024;

export const diskFormatStep: Step = {
  id: 'disk-format',
  title: 'Encrypt the data partition',
  why: 'Whoever takes the disk, or the whole device, must find nothing that can be read.',
  holds: (facts) => canGoOn(facts),
  refuses: (facts, config) => (canGoOn(facts) ? null : refusal(facts, config)),
  destroys: ({ disk }) => {
    if (disk?.content.kind === 'foreign') return `${disk.content.what} on ${disk.path}`;
    if (disk?.content.kind === 'luks2' && disk.content.header.mark === 'foreign')
      return `an encrypted volume of somebody else’s on ${disk.path}`;
    return null; // empty, or an earlier try of ours that nobody put anything on
  },
  seen: (facts) => {
    const header = headerOf(facts);
    if (!facts.disk) return 'There is no data partition.';
    return header
      ? `${facts.disk.path} is LUKS2 (${header.cipher}, ${header.keyBits} bit), ${header.mark}.`
      : `${facts.disk.path} holds ${facts.disk.content.kind === 'foreign' ? facts.disk.content.what : 'nothing'}.`;
  },
  async apply({ world, facts }) {
    await world.close();
    await world.format(diskOf(facts), facts.board);
  },
};

/** Finished by a person's word; or unfinished, and its random key is still in memory. Else it starts over. */
function canGoOn(facts: Facts): boolean {
  const header = headerOf(facts);
  if (header?.mark === 'kept') return true;
  return (
    header?.mark === 'unfinished' &&
    header.whole &&
    facts.bootstrapKeyFor === header.uuid &&
    hasSlot(header, 'bootstrap')
  );
}

function refusal({ disk, candidates }: Facts, config: Config): string | null {
  if (!disk) {
    const there = candidates.length > 0 ? `; there are ${candidates.join(', ')}` : '';
    return `No single partition is ${config.disk.data}${there}. Set disk.data to the one for the data.`;
  }
  const { content } = disk;
  const isUnfinished = content.kind === 'luks2' && content.header.mark === 'unfinished';
  // What hangs on an unfinished volume of ours is closed first; anything else there is somebody's.
  if (disk.usedAt.length > 0 && !isUnfinished)
    return `${disk.path} is in use at ${disk.usedAt.join(', ')}. Unmount it, or set disk.data to another partition.`;
  if (disk.readOnly) return `${disk.path} can only be read. Replace the drive, or lift its write protection.`;
  if (disk.sizeBytes < leastBytes)
    return `${disk.path} has ${Math.floor(disk.sizeBytes / 1024 / 1024)} MiB; the data needs 512 at least. Choose a larger partition.`;
  if (content.kind === 'empty' || isUnfinished || config.disk.erase) return null;
  const what = content.kind === 'foreign' ? content.what : 'an encrypted volume that is not this device’s';
  return `${disk.path} holds ${what}. If nobody needs it, set disk.erase = true; to move a device’s disk here, keep it and enter its recovery key instead.`;
}
