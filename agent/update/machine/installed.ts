/** What this device committed to, what it had before, and what it tries just now: by this a lost journal is noticed. */
import { join } from 'node:path';
import { Release, type ReleaseKind, ReleasePath, Sha256 } from '@rockpool/protocol/update/release';
import { z } from 'zod';
import { makeFolderDurably } from '../disk/durable.ts';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';
import { Transaction } from './journal.ts';

export const InstalledRelease = z.strictObject({
  path: ReleasePath,
  manifestSha256: Sha256,
  release: Release,
  rollout: z.uuid().nullable(),
  committedAt: z.int(),
});
export type InstalledRelease = z.infer<typeof InstalledRelease>;

const Record = z.strictObject({
  v: z.literal(1),
  /** By kind, for there is one model and one system; a patch by its name too. */
  current: z.record(z.string(), InstalledRelease),
  previous: z.record(z.string(), InstalledRelease),
  trying: Transaction.nullable(),
  /** Both copies of an earlier record were damaged: there may be more than this one knows. */
  incomplete: z.boolean().default(false),
});
type Record = z.infer<typeof Record>;

export interface Installed {
  /** What a release would take the place of. */
  current(release: Pick<Release, 'kind' | 'name'>): InstalledRelease | undefined;
  /** Of a kind: what is in force, and what one could go back to. */
  pairOf(kind: ReleaseKind): { current: InstalledRelease; previous: InstalledRelease } | undefined;
  /** All that is in force. */
  all(): readonly InstalledRelease[];
  /** What must not be removed from the store; undefined when that isn't known any more, and nothing may be. */
  keep(): readonly Release[] | undefined;
  readonly trying: Transaction | null;
  /** Durable before a switch is thrown, and until it is committed or taken back. */
  try(txn: Transaction): Promise<void>;
  /** It is the one that is in force, and tried no more. */
  commit(entry: InstalledRelease): Promise<void>;
  triedNoMore(): Promise<void>;
}

export const placeOf = ({ kind, name }: Pick<Release, 'kind' | 'name'>): string =>
  kind === 'patch' ? `${kind}/${name}` : kind;

/** What is in force, for whoever only wants to know. Writes nothing. */
export async function committedIn(disk: Disk, updateFolder: string): Promise<readonly InstalledRelease[]> {
  const copies = twoCopies(disk, join(updateFolder, 'machine/installed'), (value) => Record.parse(value));
  return Object.values((await copies.load()).value?.current ?? {});
}

export async function openInstalled(disk: Disk, updateFolder: string): Promise<Installed> {
  const folder = join(updateFolder, 'machine');
  await makeFolderDurably(disk, folder);
  const copies = twoCopies(disk, join(folder, 'installed'), (value) => Record.parse(value));
  const { value, damaged } = await copies.load();
  let record: Record = value ?? { v: 1, current: {}, previous: {}, trying: null, incomplete: damaged > 0 };
  const save = async (change: Partial<Record>): Promise<void> => {
    const next = { ...record, ...change };
    await copies.save(next);
    record = next;
  };
  return {
    current: (release) => record.current[placeOf(release)],
    pairOf: (kind) =>
      Object.entries(record.previous)
        .filter(([, { release }]) => release.kind === kind)
        .flatMap(([place, previous]) => {
          const current = record.current[place];
          return current ? [{ current, previous }] : [];
        })
        .sort((a, b) => b.current.committedAt - a.current.committedAt)[0],
    all: () => Object.values(record.current),
    keep: () =>
      record.incomplete
        ? undefined
        : [...Object.values(record.current), ...Object.values(record.previous)].map(({ release }) => release),
    get trying() {
      return record.trying;
    },
    try: (txn) => save({ trying: txn }),
    async commit(entry) {
      const old = record.current[placeOf(entry.release)];
      if (old?.manifestSha256 === entry.manifestSha256) return save({ trying: null });
      await save(withIt(record, entry));
    },
    async triedNoMore() {
      if (record.trying) await save({ trying: null });
    },
  };
}

function withIt(record: Record, entry: InstalledRelease): Record {
  const place = placeOf(entry.release);
  const old = record.current[place];
  const stays = Object.entries(record.current).filter(
    ([other, { release }]) => other !== place && fits(release, entry.release),
  );
  return {
    ...record,
    current: { ...Object.fromEntries(stays), [place]: entry },
    previous: old ? { ...record.previous, [place]: old } : record.previous,
    trying: null,
  };
}

/** An adapter is noise on any other weights, and a new root file system has none of the old one's patches. */
function fits(old: Release, fresh: Release): boolean {
  if (old.kind === 'adapter' && fresh.kind === 'model') return old.base === fresh.artifact.sha256;
  return !(old.kind === 'patch' && fresh.kind === 'system');
}
