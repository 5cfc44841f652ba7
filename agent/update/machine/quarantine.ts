/** Releases that were tried here and failed, by the hash of their manifest: not tried again unless a person says so. */
import { join } from 'node:path';
import { Sha256 } from '@rockpool/protocol/update/release';
import { UpdateReason } from '@rockpool/protocol/update/status';
import { z } from 'zod';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';

const Quarantined = z.strictObject({ manifestSha256: Sha256, reason: UpdateReason, at: z.int() });
export type Quarantined = z.infer<typeof Quarantined>;
const Record = z.strictObject({ v: z.literal(1), releases: z.array(Quarantined) });

const most = 64;

export interface Quarantine {
  find(manifestSha256: string): Quarantined | undefined;
  add(release: Quarantined): Promise<void>;
  /** It was installed in the end. */
  forget(manifestSha256: string): Promise<void>;
}

export async function openQuarantine(disk: Disk, folder: string): Promise<Quarantine> {
  const copies = twoCopies(disk, join(folder, 'quarantine'), (value) => Record.parse(value));
  let releases = (await copies.load()).value?.releases ?? [];
  const save = async (next: Quarantined[]): Promise<void> => {
    await copies.save({ v: 1, releases: next });
    releases = next;
  };
  const others = (hash: string): Quarantined[] =>
    releases.filter(({ manifestSha256 }) => manifestSha256 !== hash);
  const find = (hash: string): Quarantined | undefined =>
    releases.find(({ manifestSha256 }) => manifestSha256 === hash);
  return {
    find,
    async add(release) {
      // The oldest are forgotten: who signs sixty-four bad releases has other troubles.
      await save([...others(release.manifestSha256), release].slice(-most));
    },
    async forget(hash) {
      if (find(hash)) await save(others(hash));
    },
  };
}
