/** A file system whose power can be cut before its nth change: after that, nothing more is written. */
import type * as Fs from 'node:fs';

export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

export interface Power {
  /** From now on; 0 is the next change. */
  cutAtChange(nth: number): void;
  restore(): void;
  /** Changes since the last restore. */
  changes(): number;
}

const changing = [
  'writeFileSync',
  'renameSync',
  'symlinkSync',
  'mkdirSync',
  'rmSync',
  'fsyncSync',
  'fchmodSync',
] as const;

/** For `vi.mock('node:fs', …)`: the real one, with a switch. */
export function withPower(fs: typeof Fs): typeof Fs & { power: Power } {
  let left = Number.POSITIVE_INFINITY;
  let changes = 0;
  const guarded = (name: (typeof changing)[number]) => {
    const real = fs[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]): unknown => {
      if (changes >= left) throw new PowerCut(`before ${name} of ${String(args[0])}`);
      changes += 1;
      return real(...args);
    };
  };
  const power: Power = {
    cutAtChange: (nth) => {
      [left, changes] = [nth, 0];
    },
    restore: () => {
      [left, changes] = [Number.POSITIVE_INFINITY, 0];
    },
    changes: () => changes,
  };
  return {
    ...fs,
    ...Object.fromEntries(changing.map((name) => [name, guarded(name)])),
    // A file that was opened for writing is there, and empty.
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      if (changes >= left && args[1] !== 'r') throw new PowerCut(`before opening ${String(args[0])}`);
      if (args[1] !== 'r') changes += 1;
      return fs.openSync(...args);
    },
    power,
  } as typeof Fs & { power: Power };
}
