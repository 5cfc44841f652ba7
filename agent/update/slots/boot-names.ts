/** Names of boot files, and the order in which systemd-boot takes them. Pure. */
import type { SlotName } from './slots.ts';

export interface Numbered {
  /** Larger is newer; 0 for the one that the device was made with, whose name has none. */
  number: number;
  slot: SlotName;
  /** Undefined: it has proven itself. 0: it was tried in vain. */
  left?: number;
  done?: number;
}
export type BootEntry = Numbered & { file: string };

/** @returns undefined for a file that is none of ours */
export function parseEntry(file: string): BootEntry | undefined {
  const [, number, slot, left, done] =
    /^rockpool-(?:(\d{1,6})-)?([ab])(?:\+(\d{1,3})(?:-(\d{1,3}))?)?\.efi$/i.exec(file) ?? [];
  if (slot === undefined) return undefined;
  return {
    file,
    number: Number(number ?? 0),
    slot: slot.toLowerCase() === 'a' ? 'a' : 'b',
    ...(left === undefined ? {} : { left: Number(left), done: Number(done ?? 0) }),
  };
}

export const nameOf = ({ number, slot, left, done }: Numbered): string =>
  `rockpool-${number === 0 ? '' : `${number}-`}${slot}${left === undefined ? '' : `+${left}${done ? `-${done}` : ''}`}.efi`;

/** As the loader sorts: those without tries last, then the newest first. */
export const order = (entries: readonly BootEntry[]): readonly BootEntry[] =>
  entries.toSorted((x, y) => Number(x.left === 0) - Number(y.left === 0) || y.number - x.number);

/** Versions of dotted numbers. Others can't be told apart safely, and count as older than what is there. */
export function compareVersions(x: string, y: string): number {
  if (x === y) return 0;
  const [xs, ys] = [x, y].map((version) =>
    /^\d+(?:\.\d+)*$/.test(version) ? version.split('.').map(Number) : [],
  );
  if (!xs?.length || !ys?.length) return -1;
  for (let at = 0; at < Math.max(xs.length, ys.length); at += 1) {
    const difference = (xs[at] ?? -1) - (ys[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
