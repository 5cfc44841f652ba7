/** What the update remembers of itself: one record, kept twice, durable before anything is done that it speaks of. */
import { join } from 'node:path';
import { InstallOrder } from '@rockpool/protocol/update/order';
import { Release, ReleaseKind, Sha256 } from '@rockpool/protocol/update/release';
import { UpdatePhase, UpdateReason, UpdateStatus } from '@rockpool/protocol/update/status';
import { z } from 'zod';
import { twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';

/** One attempt at one release. */
export const Transaction = z.strictObject({
  id: z.uuid(),
  order: InstallOrder,
  takenAt: z.int(),
  /** By the manifest; until that is read, what its role most likely holds. */
  kind: ReleaseKind,
  /** What is in force before it. */
  from: z.string().nullable(),
  /** Pins everything else. Null until it is resolved. */
  manifestSha256: Sha256.nullable(),
  release: Release.nullable(),
  /** How often it may still be started, committed or rolled back, by its phase. */
  attempts: z.int().nonnegative(),
  reason: UpdateReason.nullable(),
  says: z.string().nullable(),
  /** Of its phase; null where the phase has none of its own. */
  deadline: z.int().nullable(),
  /** What was switched comes into force with the next start of the device. */
  later: z.boolean(),
});
export type Transaction = z.infer<typeof Transaction>;

export const JournalRecord = z.strictObject({
  v: z.literal(1),
  phase: UpdatePhase,
  /** In `idle`, the last one. */
  txn: Transaction.nullable(),
  /** What the last transaction staged may still lie there. */
  litter: z.boolean(),
  /** Last words that are not in the outbox yet. */
  untold: z.array(UpdateStatus),
  /** The last that ended: an order that comes again is none. */
  done: z.array(z.uuid()),
  /** How many records this transaction has had. */
  stores: z.int().nonnegative(),
  bootId: z.string(),
  writtenAt: z.int(),
});
export type JournalRecord = z.infer<typeof JournalRecord>;

const doneMost = 32;
const untoldMost = 16;

export interface Journal {
  /** The last that is durable. */
  readonly record: JournalRecord;
  /** The boot that wrote what was found at the start. */
  readonly foundBootId: string | null;
  /** No copy was whole. */
  readonly lost: boolean;
  /** Durable on return; when it throws, the record before still holds. */
  store(change: Partial<JournalRecord>): Promise<void>;
}

export interface JournalParts {
  disk: Disk;
  /** Has to be there. */
  folder: string;
  bootId: string;
  now(): number;
}

export async function openJournal({ disk, folder, bootId, now }: JournalParts): Promise<Journal> {
  const copies = twoCopies(disk, join(folder, 'journal'), (value) => JournalRecord.parse(value));
  const { value, damaged } = await copies.load();
  let record = value ?? blank(bootId, now());
  return {
    get record() {
      return record;
    },
    foundBootId: value?.bootId ?? null,
    lost: value === undefined && damaged > 0,
    async store(change) {
      const next: JournalRecord = {
        ...record,
        stores: record.stores + 1,
        ...change,
        bootId,
        writtenAt: now(),
      };
      next.done = next.done.slice(-doneMost);
      next.untold = next.untold.slice(-untoldMost);
      await copies.save(next);
      record = next;
    },
  };
}

const blank = (bootId: string, now: number): JournalRecord => ({
  v: 1,
  phase: 'idle',
  txn: null,
  litter: false,
  untold: [],
  done: [],
  stores: 0,
  bootId,
  writtenAt: now,
});
