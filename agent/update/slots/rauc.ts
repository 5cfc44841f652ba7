/**
 * Driver for RAUC: which slot runs, which is next, which is good. RAUC is asked about the boot loader, and not to install: its
 * bundles are signed by keys of its own, while what we install was already verified against ours, so we write the slot's
 * device ourselves.
 */
import { z } from 'zod';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import type { Exec } from './exec.ts';
import { otherSlot, type Proof, type SlotName, type Slots, whyNot } from './slots.ts';
import { writeImage } from './write-image.ts';

const Slot = z.object({
  class: z.string(),
  device: z.string().startsWith('/dev/'),
  type: z.string(),
  bootname: z.string().nullable(),
  state: z.enum(['booted', 'active', 'inactive']),
  parent: z.string().nullable(),
  mountpoint: z.string().nullable(),
  boot_status: z.enum(['good', 'bad']).nullable(),
});
const Status = z.object({
  /** The boot name or the device that the kernel was started with: not always a slot's name, so it isn't used. */
  booted: z.string(),
  boot_primary: z.string().nullable(),
  slots: z.array(z.record(z.string(), Slot)),
});

interface Place {
  name: string;
  device: string;
  type: string;
  isBooted: boolean;
  isGood: boolean;
  mountpoint: string | null;
  /** Of its boot file; undefined where the system has none. */
  boot: { device: string; mountpoint: string | null } | undefined;
}
interface Told {
  places: Record<SlotName, Place>;
  next: SlotName | undefined;
}

export function createRaucSlots({ exec, disk }: { exec: Exec; disk: Disk }): Slots {
  const rauc = async (...args: string[]): Promise<string> => {
    const ran = await exec('rauc', args);
    if (ran.code === 0) return ran.stdout;
    throw new UpdateError('slot-failed', `rauc ${args.join(' ')} failed: ${lastLine(ran.stderr)}.`);
  };
  const look = async (): Promise<Told> => parse(await rauc('status', '--output-format=json'));
  const booted = async (): Promise<SlotName> => ((await look()).places.a.isBooted ? 'a' : 'b');

  return {
    async probe() {
      try {
        return prove(await look());
      } catch (error) {
        return { proven: false, says: whyNot(error) };
      }
    },
    booted,
    async next() {
      const { next } = await look();
      if (next === undefined) throw new UpdateError('slot-failed', 'RAUC does not know which slot is next.');
      return next;
    },
    async write({ root, boot }, signal) {
      const { places } = await look();
      const inactive = places[otherSlot(places.a.isBooted ? 'a' : 'b')];
      if (inactive.boot === undefined || inactive.mountpoint !== null || inactive.boot.mountpoint !== null)
        throw new UpdateError(
          'slot-failed',
          `The slot ${inactive.name} is in use, or has no place for its boot file.`,
        );
      // While it is half written nothing may start from it, whoever switches the device off and on.
      await rauc('status', 'mark-bad', inactive.name);
      await writeImage(disk, root, inactive.device, 'rw', signal);
      await writeImage(disk, boot, inactive.boot.device, 'rw', signal);
    },
    async activate(slot) {
      await rauc('status', 'mark-active', (await look()).places[slot].name);
      const { places, next } = await look();
      if (next !== slot)
        throw new UpdateError(
          'slot-failed',
          `RAUC was told that ${places[slot].name} is next, and says that it isn't.`,
        );
    },
    markGood: async () => void (await rauc('status', 'mark-good', 'booted')),
    async markBad(slot) {
      await rauc('status', 'mark-bad', (await look()).places[slot].name);
    },
  };
}

/** @throws UpdateError `slot-failed` for whatever is no system with two slots and one of them booted */
function parse(text: string): Told {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UpdateError('slot-failed', 'What RAUC says is no JSON.', { cause });
  }
  const status = Status.safeParse(json);
  if (!status.success) throw new UpdateError('slot-failed', "RAUC's status is of a form that is not known.");
  const all = status.data.slots.flatMap((slot) => Object.entries(slot));
  const systems = all.filter(([, { bootname }]) => bootname !== null).sort(([x], [y]) => (x < y ? -1 : 1));
  const [a, b, more] = systems.map(([name, slot]): Place => {
    const below = all.find(
      ([, { parent, class: kind }]) => parent === name && ['boot', 'kernel'].includes(kind),
    );
    return {
      name,
      device: slot.device,
      type: slot.type,
      isBooted: slot.state === 'booted',
      isGood: slot.boot_status === 'good',
      mountpoint: slot.mountpoint,
      boot: below && { device: below[1].device, mountpoint: below[1].mountpoint },
    };
  });
  if (!a || !b || more)
    throw new UpdateError('slot-failed', `RAUC knows ${systems.length} bootable slots, and not two.`);
  if (a.isBooted === b.isBooted)
    throw new UpdateError('slot-failed', 'RAUC does not know which slot is booted.');
  const next = [a, b].find(({ name }) => name === status.data.boot_primary);
  return { places: { a, b }, next: next && (next === a ? 'a' : 'b') };
}

/** What has to hold for a way back: the booted one good and next, and the other one ours to write. */
function prove({ places, next }: Told): Proof {
  const slot = places.a.isBooted ? 'a' : 'b';
  const [here, there] = [places[slot], places[otherSlot(slot)]];
  const against = !here.isGood
    ? `the booted slot ${here.name} is not marked good, so nothing is known to go back to`
    : next !== slot
      ? `${there.name} is next already: something else is being installed`
      : here.device === there.device
        ? 'both slots are one device'
        : there.mountpoint !== null
          ? `${there.name} is mounted at ${there.mountpoint}`
          : there.boot === undefined
            ? `${there.name} has no slot of class boot or kernel below it for its boot file`
            : undefined;
  return against === undefined ? { proven: true } : { proven: false, says: `By RAUC, ${against}.` };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
