/** Which slot is on trial, from which boot on: kept twice, outside of the slots. */
import { z } from 'zod';
import { type TwoCopies, twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';

const Slot = z.enum(['a', 'b']);
const SlotTrial = z.strictObject({
  /** Of what was written there. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  slot: Slot,
  from: Slot,
  /** Of the boot in which it was switched to. While that lasts nothing can be said. */
  bootId: z.string(),
  uplinkBefore: z.enum(['none', 'online', 'offline']),
});
export type SlotTrial = z.infer<typeof SlotTrial>;
const SlotRecord = z.strictObject({ v: z.literal(1), trial: SlotTrial.nullable() });
export type SlotRecord = z.infer<typeof SlotRecord>;

export const slotTrialIn = (disk: Disk, path: string): TwoCopies<SlotRecord> =>
  twoCopies(disk, path, (value) => {
    const record = SlotRecord.safeParse(value);
    return record.success ? record.data : undefined;
  });
