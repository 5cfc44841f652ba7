/** The uplink's state in a file beside the lock, so that `rockpool doctor` can tell it without asking the agent. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { UplinkState } from './uplink.ts';

const Told = z.object({
  state: z.enum(['waiting', 'connecting', 'online']),
  broker: z.string().nullable(),
  protocol: z.union([z.literal(5), z.literal(4)]).nullable(),
  since: z.number(),
  why: z.string().nullable(),
  controller: z.enum(['there', 'away', 'unknown']),
  spooled: z.int(),
  dropped: z.int(),
});

const fileIn = (home: string): string => join(home, 'run/uplink.json');

/** Written whole; not waited for on disk, since after a power cut it is wrong anyway. */
export function tellState(home: string, state: UplinkState): void {
  const file = fileIn(home);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.partial`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.partial`, file);
}

/** @returns undefined where none was told, or by another version */
export function toldState(home: string): UplinkState | undefined {
  try {
    return Told.safeParse(JSON.parse(readFileSync(fileIn(home), 'utf8'))).data;
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    )
      return undefined;
    throw error;
  }
}
