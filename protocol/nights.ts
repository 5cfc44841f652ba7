/** What was tidied in memory at night: counts, never what it was, and whether it was taken back. */
import { z } from 'zod';

export const MemoryNight = z.object({
  night: z.int(),
  beganAt: z.int().describe('milliseconds since 1970'),
  endedAt: z
    .int()
    .nullable()
    .describe('null while it goes on, or was cut short; the next night goes on with it'),
  whose: z.enum(['mine', 'office', 'others']).describe("'others' is told to administrators, as counts"),
  merged: z.int().describe('facts that said what a newer one says'),
  compacted: z.int().describe('old history that much newer history stands before'),
  evicted: z.int().describe('what a full memory had no room for'),
  refused: z.int().describe('memories of which too much would have gone; nothing of them was touched'),
  undone: z.int().describe('memories in which it was taken back'),
});
export type MemoryNight = z.infer<typeof MemoryNight>;

/** `mine`: only my own; `everyone`: all that the night touched, by administrators. */
export const NightUndo = z.strictObject({ whose: z.enum(['mine', 'everyone']).default('mine') });
export type NightUndo = z.infer<typeof NightUndo>;
