/**
 * Driver for NVIDIA's nvbootctrl on boards with UEFI (Jetson Linux 35 and newer). Root and boot chain are switched together.
 * Where redundancy is not armed in the firmware, switching is accepted, does nothing, and ends with 0; partitions of both
 * names prove nothing either. So it is proven from the firmware's own variable, and what was switched is read again.
 */
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import type { Exec } from './exec.ts';
import { otherSlot, type Proof, type SlotName, type Slots, whyNot } from './slots.ts';
import { deviceAt, writeImage } from './write-image.ts';

const vendor = '781e084c-a330-417c-b678-38e696380cb9';
const variables = '/sys/firmware/efi/efivars';
const redundancy = `${variables}/RootfsRedundancyLevel-${vendor}`;
const statusOf: Record<SlotName, string> = {
  a: `${variables}/RootfsStatusSlotA-${vendor}`,
  b: `${variables}/RootfsStatusSlotB-${vendor}`,
};
const lastCapsule = '/sys/firmware/efi/esrt/entries/entry0/last_attempt_status';

export interface NvbootctrlParts {
  exec: Exec;
  /** Reads the firmware's variables too: an error there is none of the disk. */
  disk: Disk;
  /** Links to the slots' root partitions, and to what L4TLauncher starts. */
  roots?: Record<SlotName, string>;
  kernels?: Record<SlotName, string>;
}

const byLabel = (label: string): string => `/dev/disk/by-partlabel/${label}`;
const usualRoots = { a: byLabel('APP'), b: byLabel('APP_b') };
const usualKernels = { a: byLabel('A_kernel'), b: byLabel('B_kernel') };

export function createNvbootctrlSlots(parts: NvbootctrlParts): Slots {
  const { exec, disk, roots = usualRoots, kernels = usualKernels } = parts;
  const nvbootctrl = async (...args: string[]): Promise<string> => {
    const ran = await exec('nvbootctrl', args);
    if (ran.code === 0) return ran.stdout;
    throw new UpdateError(
      'slot-failed',
      `nvbootctrl ${args.join(' ')} failed: ${ran.stderr.trim().slice(0, 200)}.`,
    );
  };
  const info = async (): Promise<SlotsInfo> => parse(await nvbootctrl('-t', 'rootfs', 'dump-slots-info'));

  const activate = async (slot: SlotName): Promise<void> => {
    await nvbootctrl('-t', 'rootfs', 'set-active-boot-slot', slot === 'a' ? '0' : '1');
    const { active } = await info();
    if (active !== slot)
      throw new UpdateError(
        'slot-failed',
        `The firmware was told to start slot ${slot} next, said yes, and will start ${active}.`,
      );
  };

  return {
    async probe() {
      try {
        return await prove(disk, info, () => nvbootctrl('dump-slots-info'), [
          ...Object.values(roots),
          ...Object.values(kernels),
        ]);
      } catch (error) {
        return { proven: false, says: whyNot(error) };
      }
    },
    booted: async () => (await info()).current,
    next: async () => (await info()).active,
    async write({ root, boot }, signal) {
      const { current, active } = await info();
      // Half of a slot must not be what the next boot tries, and there is no way to say so but that the other one is.
      if (active !== current)
        throw new UpdateError('slot-failed', 'The slot that would be written is the next to be started.');
      await writeImage(disk, root, await deviceAt(disk, roots[otherSlot(current)]), 'rw', signal);
      await writeImage(disk, boot, await deviceAt(disk, kernels[otherSlot(current)]), 'rw', signal);
    },
    activate,
    // There is no other word for it since release 35: this one resets the count of tries for the slot that runs.
    markGood: async () => void (await nvbootctrl('verify')),
    async markBad(slot) {
      const { current, active } = await info();
      if (slot === current)
        throw new UpdateError('slot-failed', 'The slot that runs can be marked bad by its firmware only.');
      if (active !== current) await activate(current);
    },
  };
}

interface SlotsInfo {
  current: SlotName;
  active: SlotName;
  normal: Record<SlotName, boolean>;
}

async function prove(
  disk: Disk,
  info: () => Promise<SlotsInfo>,
  chains: () => Promise<string>,
  places: readonly string[],
): Promise<Proof> {
  const no = (says: string): Proof => ({ proven: false, says });
  const level = numberIn(await disk.read(redundancy));
  if (level === undefined || level === 0)
    return no(
      'The firmware has no redundancy of the root file system armed; that is done when the board is flashed.',
    );
  const { current, active, normal } = await info();
  if (current !== active) return no(`Slot ${active} is next already: something else is being installed.`);
  for (const slot of ['a', 'b'] as const) {
    const status = numberIn(await disk.read(statusOf[slot]));
    if (!normal[slot] || status !== 0)
      return no(
        `Slot ${slot} is marked as one that does not start, and only the firmware can take that back.`,
      );
  }
  // Both are switched together; apart they mean that a capsule or a fall-back was interrupted.
  const chain = parse(await chains());
  if (chain.current !== current || chain.active !== active)
    return no('The boot loader runs from another slot than the system does.');
  const capsule = (await disk.read(lastCapsule))?.toString('utf8').trim();
  if (capsule !== undefined && capsule !== '0')
    return no(`The firmware's last update of itself did not succeed (status ${capsule}).`);
  for (const place of places)
    if ((await disk.readLink(place)) === undefined) return no(`There is no partition ${place}.`);
  return { proven: true };
}

/** Four bytes of attributes go before a variable's value. */
const numberIn = (variable: Buffer | undefined): number | undefined =>
  variable !== undefined && variable.byteLength >= 8
    ? variable.readUInt32LE(4)
    : variable?.byteLength === 5
      ? variable.readUInt8(4)
      : undefined;

/** @throws UpdateError `slot-failed` for what is not understood whole: a guess here would be a guess about a boot */
function parse(text: string): SlotsInfo {
  const slotOf = (word: string): SlotName | undefined => {
    const letter = new RegExp(`^${word} (?:rootfs|bootloader) slot:\\s*([AB])\\s*$`, 'im').exec(text)?.[1];
    return letter === 'A' ? 'a' : letter === 'B' ? 'b' : undefined;
  };
  const current = slotOf('Current');
  const active = slotOf('Active');
  const count = /^num_slots:\s*(\d+)\s*$/m.exec(text)?.[1];
  const states = new Map(
    [...text.matchAll(/^slot:\s*([01]),\s*(?:retry_count:\s*\d+,\s*)?status:\s*(\w+)\s*$/gm)].map(
      ([, slot, state]) => [slot, state],
    ),
  );
  if (current === undefined || active === undefined || count !== '2' || states.size !== 2)
    throw new UpdateError('slot-failed', `nvbootctrl does not tell two slots: ${text.trim().slice(0, 120)}`);
  return { current, active, normal: { a: states.get('0') === 'normal', b: states.get('1') === 'normal' } };
}
