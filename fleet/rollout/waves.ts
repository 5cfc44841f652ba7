/** Who belongs to which wave. Pure. */
import type { Wave } from '@rockpool/protocol/update/rollout';

/** How many devices have been told when each wave has: the last wave takes all that are left, whatever it says. */
export function ends(waves: readonly Wave[], total: number): number[] {
  let before = 0;
  return waves.map(({ devices, permille }, n) => {
    const asked = devices ?? Math.ceil((total * (permille ?? 0)) / 1_000);
    before = n === waves.length - 1 ? total : Math.min(total, Math.max(before, asked));
    return before;
  });
}

/** @param position in the rollout's order, from 0 */
export function waveAt(waveEnds: readonly number[], position: number): number {
  const wave = waveEnds.findIndex((end) => position < end);
  return wave === -1 ? waveEnds.length - 1 : wave;
}

/**
 * Who comes when the rollout has begun stands where its rank puts it, in the wave that runs at the earliest: it can't
 * make an earlier one wait for it.
 * @param lastRanks the highest rank that was planned into each wave; empty for one that has none
 */
export function waveOfLate(lastRanks: readonly string[], rank: string, running: number): number {
  const natural = lastRanks.findIndex((last) => rank <= last);
  return Math.max(natural === -1 ? lastRanks.length - 1 : natural, running);
}
