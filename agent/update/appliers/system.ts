/**
 * How a system comes into force: its images in the slot that isn't booted, one restart of the device, and only when it has
 * shown that it does its work is that slot the one that stays. Until then the boot loader goes back by itself.
 */
import { join } from 'node:path';
import type { AgentState } from '@rockpool/protocol/update/agent-socket';
import type { Release } from '@rockpool/protocol/update/release';
import { makeFolderDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';
import { type Applier, UpdateError } from '../parts.ts';
import { otherSlot, type SlotImage, type Slots } from '../slots/slots.ts';
import { type AskState, type Holding, holds, type Pauses, unwell, usualHolding } from './health.ts';
import { type SlotTrial, slotTrialIn } from './slot-trial.ts';

export interface SystemApplierParts {
  disk: Disk;
  /** `system/` of the update folder. */
  folder: string;
  fileOf(artifact: Pick<SlotImage, 'sha256'>): string;
  slots: Slots;
  state: AskState;
  /** Asks for a restart of the device; returns before it happens. */
  reboot(): Promise<void>;
  /** Of this boot. */
  bootId: string;
  pauses: Pauses;
  holding?: Holding;
}

type SystemRelease = Extract<Release, { kind: 'system' }>;

export function createSystemApplier(parts: SystemApplierParts): Applier {
  const { slots, fileOf } = parts;
  const image = ({ sha256, bytes }: SystemRelease['root']): SlotImage => ({
    file: fileOf({ sha256 }),
    sha256,
    bytes,
  });
  return slotApplier(parts, {
    hashOf: (release) => systemRelease(release).root.sha256,
    check: (release) => void systemRelease(release),
    async place(release, signal) {
      const { root, boot } = systemRelease(release);
      await slots.write({ root: image(root), boot: image(boot) }, signal);
    },
    isIt: async () => undefined,
  });
}

/** What differs between what is put into slots. */
export interface SlotContent {
  hashOf(release: Release): string;
  /** @throws UpdateError `not-for-us` */
  check(release: Release): void;
  place(release: Release, signal: AbortSignal): Promise<void>;
  /** What else speaks against it once its slot runs. */
  isIt(release: Release): Promise<UpdateError | undefined>;
}

export function slotApplier(parts: Omit<SystemApplierParts, 'fileOf'>, content: SlotContent): Applier {
  const { disk, folder, slots, state, pauses, holding = usualHolding } = parts;
  const record = slotTrialIn(disk, join(folder, 'trial'));
  const onTrial = async (): Promise<SlotTrial | null> => (await record.load()).value?.trial ?? null;
  const trialOf = async (release: Release): Promise<SlotTrial | undefined> => {
    const trial = await onTrial();
    return trial?.hash === content.hashOf(release) ? trial : undefined;
  };
  /** Undefined: it was told to restart, and hasn't yet. */
  const runs = async (trial: SlotTrial): Promise<boolean | undefined> =>
    trial.bootId === parts.bootId ? undefined : (await slots.booted()) === trial.slot;

  return {
    async probe(release, signal) {
      content.check(release);
      const proof = await slots.probe(signal);
      if (!proof.proven) throw new UpdateError('no-slot', proof.says);
    },

    async stage(release, signal) {
      content.check(release);
      await makeFolderDurably(disk, folder);
      await content.place(release, signal);
    },

    async activate(release, signal) {
      const known = await trialOf(release);
      if (known !== undefined && (await runs(known)) === true) return 'here';
      // Once more, for something else may have used the slots since.
      if (known === undefined) {
        const proof = await slots.probe(signal);
        if (!proof.proven) throw new UpdateError('no-slot', proof.says);
      }
      const from = await slots.booted();
      const slot = otherSlot(from);
      const now = await state(signal);
      await record.save({
        v: 1,
        trial: {
          hash: content.hashOf(release),
          slot,
          from,
          bootId: parts.bootId,
          uplinkBefore: known?.uplinkBefore ?? now?.uplink ?? 'none',
        },
      });
      await slots.activate(slot);
      if ((await slots.next()) !== slot)
        throw new UpdateError('slot-failed', `Slot ${slot} was to be started next, and ${from} will be.`);
      await parts.reboot();
      return 'later';
    },

    async inForce(release) {
      const trial = await trialOf(release);
      return trial === undefined ? false : await runs(trial);
    },

    async prove(release, signal) {
      const trial = await trialOf(release);
      const running = trial && (await runs(trial));
      if (trial === undefined || running === false)
        throw new UpdateError(
          'not-that-version',
          `The device started from slot ${await slots.booted()}, which is not the one that was written.`,
        );
      if (running === undefined)
        throw new UpdateError('timeout', 'The device was to be restarted, and was not.');
      const other = await content.isIt(release);
      if (other !== undefined) throw other;
      const objection = async (now: AgentState | undefined) => unwell(now, trial.uplinkBefore);
      await holds(state, objection, pauses, holding, signal);
    },

    async commit(release) {
      const trial = await trialOf(release);
      // Done before, and cut off: the record goes last.
      if (trial === undefined) return;
      if ((await slots.booted()) !== trial.slot)
        throw new UpdateError('slot-failed', 'The slot that was proven is not the one that runs.');
      await slots.markGood();
      await record.save({ v: 1, trial: null });
    },

    async rollBack(release) {
      const trial = await trialOf(release);
      if (trial === undefined) return 'here';
      const booted = await slots.booted();
      // Also when the old one runs: the loader could still have tries left for the new one.
      if (trial.bootId !== parts.bootId || (await slots.next()) === trial.slot)
        await slots.markBad(trial.slot);
      if (booted === trial.slot) {
        if ((await slots.next()) !== trial.from)
          throw new UpdateError('slot-failed', `Slot ${trial.from} was to be started next, and will not be.`);
        await parts.reboot();
        return 'later';
      }
      await record.save({ v: 1, trial: null });
      return 'here';
    },

    async discard(release) {
      // What lies in the inactive slot can't start by itself; the next one is written over it.
      if ((await trialOf(release)) !== undefined) await record.save({ v: 1, trial: null });
    },
  };
}

function systemRelease(release: Release): SystemRelease {
  if (release.kind === 'system') return release;
  throw new UpdateError('not-for-us', `A release of kind ${release.kind} is no system.`);
}
