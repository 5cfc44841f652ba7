/** What a machine says on its serial console, as a file that grows; stories wait for marks in it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export class StoryError extends Error {
  override readonly name = 'StoryError';
}

export interface Serial {
  /** All that was said since the machine was last switched on. */
  text(): string;
  /** @returns the match of the first line that fits, looking from `from` on; throws with the end of the log when it takes too long */
  waitFor(mark: RegExp, options: WaitOptions): Promise<RegExpExecArray>;
}

export interface WaitOptions {
  withinMs: number;
  /** A length of `text()`, to look only at what came after. */
  from?: number;
  /** Tells that the machine is gone, so that nobody waits for one that can't speak. */
  isAlive?: () => boolean;
}

/** Kernel, firmware and systemd colour what they say, and place the cursor. */
const control = /\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]|\r/g;

export function openSerial(path: string): Serial {
  const text = (): string => readAll(path).replace(control, '');
  return {
    text,
    async waitFor(mark, { withinMs, from = 0, isAlive = () => true }) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const said = text();
        const match = mark.exec(said.slice(from));
        if (match) return match;
        const gone = !isAlive();
        if (gone || performance.now() > deadline) {
          const why = gone ? 'the machine stopped' : `${withinMs / 1000} s went by`;
          throw new StoryError(
            `${why} before the console said ${mark}; it said last:\n${said.slice(-2_500)}`,
          );
        }
        await sleep(50);
      }
    },
  };
}

function readAll(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const parts: Buffer[] = [];
    for (;;) {
      const part = Buffer.alloc(256 * 1024);
      const bytes = readSync(fd, part);
      if (bytes === 0) return Buffer.concat(parts).toString('utf8');
      parts.push(part.subarray(0, bytes));
    }
  } finally {
    closeSync(fd);
  }
}
