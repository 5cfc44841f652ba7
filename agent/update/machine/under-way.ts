/** What the phases' deeds have before them: the rooms, the records, and the update that is under way. */
import type { Release } from '@rockpool/protocol/update/release';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import type { Log } from '../../host/log.ts';
import type { Disk } from '../disk.ts';
import type {
  Applier,
  Appliers,
  Board,
  Hours,
  Metadata,
  Payload,
  Trusted,
  TrustedRelease,
} from '../parts.ts';
import { UpdateError } from '../parts.ts';
import type { Floor } from './floor.ts';
import type { Installed } from './installed.ts';
import type { Journal, Transaction } from './journal.ts';
import { pollMs } from './limits.ts';
import { interruption, type Orders } from './orders.ts';
import type { Outbox } from './outbox.ts';
import type { Quarantine } from './quarantine.ts';
import type { Event } from './transitions.ts';
import { type MachineClock, Stopped, Stuck, within } from './within.ts';
import type { Ending } from './words.ts';

export interface MachineParts {
  metadata: Metadata;
  payload: Payload;
  appliers: Appliers;
  board: Board;
  hours: Hours;
  disk: Disk;
  /** The update folder. */
  folder: string;
  clock: MachineClock;
  /** Another one after every start of the device. */
  bootId: string;
  installed: Installed;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** What a deed came to. `again`: the same phase once more; `later`: nothing to do before the device started anew. */
export type Turn = Move | 'again' | 'later';
export interface Move {
  event: Event;
  change?: Partial<Transaction>;
  /** Where the event ends the update. */
  ending?: Ending;
}

/** A new order came, or somebody took this one back. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly by: 'superseded' | 'cancelled';

  constructor(by: 'superseded' | 'cancelled') {
    super(`it was ${by}`);
    this.by = by;
  }
}

/** Our own records can't be written: nothing more is done that they would have to speak of. The next process wakes where they are. */
export class Unrecorded extends Error {
  override readonly name = 'Unrecorded';
}

/** What no phase can answer: it ends the process. */
export const endsTheProcess = (error: unknown): boolean =>
  error instanceof Stopped || error instanceof Stuck || error instanceof Unrecorded;

export interface UnderWay {
  readonly parts: MachineParts;
  readonly journal: Journal;
  readonly floor: Floor;
  readonly quarantine: Quarantine;
  readonly orders: Orders;
  readonly outbox: Outbox;
  /** Words on the way: never fails. */
  tell(word: UpdateStatus): Promise<void>;
  /** What the repository said in this process; undefined after a start. */
  trusted: Trusted<TrustedRelease> | undefined;
  /** This process has read all of it back from the disk. */
  verified: boolean;
  /** True until this process has moved on from where it woke. */
  woke: boolean;
  /** The person's order for which a failed rollback was tried again. */
  lookedAtFor: string | undefined;
}

export function transactionOf({ journal }: UnderWay): Transaction {
  const { txn } = journal.record;
  if (txn === null) throw new Error(`phase ${journal.record.phase} without a transaction`);
  return txn;
}

/** From `resolved` on. */
export function releaseOf(way: UnderWay): { release: Release; manifestSha256: string; applier: Applier } {
  const { release, manifestSha256 } = transactionOf(way);
  if (release === null || manifestSha256 === null)
    throw new Error(`phase ${way.journal.record.phase} without a release`);
  return { release, manifestSha256, applier: applierOf(way, release) };
}

export function applierOf({ parts }: UnderWay, { kind }: Pick<Release, 'kind'>): Applier {
  const applier = parts.appliers[kind];
  if (applier) return applier;
  throw new UpdateError('not-for-us', `This device takes no releases of kind ${kind}.`);
}

/** For records of our own. */
export async function own<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (cause) {
    throw new Unrecorded('the updater can not write down what it does', { cause });
  }
}

export const amend = (way: UnderWay, change: Partial<Transaction>): Promise<void> =>
  own(way.journal.store({ txn: { ...transactionOf(way), ...change } }));

export type Attempt = { what: string; limitMs: number };

/** Whatever may be ended from outside: by a new order, by a cancel, or by more that the caller watches. */
export const interruptible = <T>(
  way: UnderWay,
  { what, limitMs }: Attempt,
  signal: AbortSignal,
  deed: (signal: AbortSignal) => Promise<T>,
  more: () => Error | undefined = () => undefined,
): Promise<T> =>
  within({ what, limitMs, clock: way.parts.clock, signal, watch: (end) => watch(way, more, end) }, deed);

/** For deeds that have to come to their end, or to their deadline. */
export const uninterruptible = <T>(
  { parts }: UnderWay,
  { what, limitMs }: Attempt,
  signal: AbortSignal,
  deed: (signal: AbortSignal) => Promise<T>,
): Promise<T> => within({ what, limitMs, clock: parts.clock, signal }, deed);

async function watch(way: UnderWay, more: () => Error | undefined, end: AbortSignal): Promise<Error> {
  const { id, order, takenAt } = transactionOf(way);
  const { done } = way.journal.record;
  while (!end.aborted) {
    const waiting = await own(way.orders.look());
    const by = interruption(waiting, { id, order, takenAt }, done);
    if (by) return new Interrupted(by);
    const other = more();
    if (other) return other;
    await way.parts.clock.sleep(pollMs, end);
  }
  return new Stopped('nobody asks any more');
}
