/** The key of a format that isn't finished: in memory only, gone with the power, found again by a program that was started anew. */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { z } from 'zod';

const Bootstrap = z.strictObject({ uuid: z.string(), key: z.string() });
export type Bootstrap = z.infer<typeof Bootstrap>;

export interface Memory {
  /** For what must touch no disk; made when it is asked for. @throws Error when it would be on a disk */
  folder(): string;
  bootstrap(): Bootstrap | null;
  keepBootstrap(bootstrap: Bootstrap): void;
  forgetBootstrap(): void;
}

/** statfs(2): tmpfs, ramfs. A key elsewhere would outlive this setup. */
const inMemory: readonly number[] = [0x01021994, 0x858458f6];

export function openMemory(path = '/run/rockpool-provision'): Memory {
  const file = join(path, 'bootstrap.json');
  const folder = (): string => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!inMemory.includes(statfsSync(path).type))
      throw new Error(`${path} is not in memory; mount a tmpfs at /run`);
    return path;
  };
  return {
    folder,
    bootstrap: () => (existsSync(file) ? Bootstrap.parse(JSON.parse(readFileSync(file, 'utf8'))) : null),
    keepBootstrap: (bootstrap) => {
      folder();
      // Whole or not at all: half of it, from a program that was killed, would be in the way until the next boot.
      writeFileAtomically(file, JSON.stringify(bootstrap));
    },
    forgetBootstrap: () => rmSync(file, { force: true }),
  };
}
