/** Drives one update after another through its phases. What it decides is in the tables; what it does, in the phases' deeds. */
import { join } from 'node:path';
import type { UpdatePhase } from '@rockpool/protocol/update/status';
import { makeFolderDurably } from '../disk/durable.ts';
import { UpdateError } from '../parts.ts';
import { openFloor } from './floor.ts';
import { type JournalRecord, openJournal, type Transaction } from './journal.ts';
import { rollBacksMost, storesMost } from './limits.ts';
import { openOrders } from './orders.ts';
import { openOutbox } from './outbox.ts';
import { accepted, fetching, prechecked, ready, resolved, staged, verified } from './preparing.ts';
import { openQuarantine } from './quarantine.ts';
import { asUpdateError, outcomeBefore } from './reasons.ts';
import { cleanUp, tellLastWords, type Waiting, whileIdle, whileSafe } from './resting.ts';
import { activating, committing, rollingBack, trial } from './switching.ts';
import { follow, mayBeCancelled } from './transitions.ts';
import {
  endsTheProcess,
  Interrupted,
  type MachineParts,
  type Move,
  own,
  type Turn,
  transactionOf,
  type UnderWay,
} from './under-way.ts';
import { countsWaking, wakes } from './wake.ts';
import { Stopped, Stuck } from './within.ts';
import { word } from './words.ts';

/**
 * `done`: nothing is under way, and nothing waits. `later`: what was switched to comes into force when the device starts
 * anew, or somebody else does; whoever isn't ended by that asks again in a while.
 */
export type Rest = 'done' | 'later';

export interface Machine {
  readonly phase: UpdatePhase;
  /** The one under way, or the last one. */
  readonly transaction: Transaction | null;
  /**
   * One phase.
   * @throws Stopped, when the signal says so; Stuck and Unrecorded, after which this process has to end
   */
  step(signal: AbortSignal): Promise<Rest | 'moved'>;
  /** Until it rests. Throws what `step` throws. */
  run(signal: AbortSignal): Promise<Rest>;
}

const deeds: Record<Exclude<UpdatePhase, Waiting>, (way: UnderWay, signal: AbortSignal) => Promise<Turn>> = {
  accepted,
  resolved,
  prechecked,
  fetching,
  verified,
  staged,
  ready,
  activating,
  trial,
  committing,
  'rolling-back': rollingBack,
};

/** Wakes where the last process ended. */
export async function openMachine(parts: MachineParts): Promise<Machine> {
  const way = await openWay(parts);
  await own(wake(way));

  const step = async (signal: AbortSignal): Promise<Rest | 'moved'> => {
    if (signal.aborted) throw new Stopped('told to end');
    const { phase } = way.journal.record;
    if (phase === 'idle') return whileIdle(way, signal);
    if (phase === 'failed-safe') return whileSafe(way, (change) => move(way, { event: 'looked-at', change }));
    const turn = await turnOf(way, phase, signal);
    if (turn !== 'again' && turn !== 'later') await move(way, turn);
    way.woke = false;
    return turn === 'later' ? 'later' : 'moved';
  };
  return {
    get phase() {
      return way.journal.record.phase;
    },
    get transaction() {
      return way.journal.record.txn;
    },
    step,
    async run(signal) {
      for (;;) {
        const rest = await step(signal);
        if (rest !== 'moved') return rest;
      }
    },
  };
}

async function openWay(parts: MachineParts): Promise<UnderWay> {
  const { disk, bootId, clock, installed, log } = parts;
  const folder = join(parts.folder, 'machine');
  await makeFolderDurably(disk, folder);
  const committed = installed.all().map(({ path, release: { counter, dataForm } }) => ({
    path,
    floor: { counter, dataForm },
  }));
  const outbox = await openOutbox(disk, parts.folder);
  const way: UnderWay = {
    parts,
    journal: await openJournal({ disk, folder, bootId, now: clock.now }),
    floor: await openFloor(disk, folder, committed),
    quarantine: await openQuarantine(disk, folder),
    orders: await openOrders(disk, parts.folder, (name) => log.warn({ name }, 'this is no order')),
    outbox,
    async tell(status) {
      try {
        await outbox.put(status);
      } catch (error) {
        // On purpose: whether anybody hears of it never changes how it ends.
        log.warn({ err: error, phase: status.phase }, 'this could not be told');
      }
    },
    trusted: undefined,
    verified: false,
    woke: true,
    lookedAtFor: undefined,
  };
  return way;
}

async function wake(way: UnderWay): Promise<void> {
  const { journal, orders, parts } = way;
  const { phase, txn } = journal.record;
  const { trying } = parts.installed;
  if (trying && (phase === 'idle' || mayBeCancelled(phase))) return wakeWithoutJournal(way, trying);
  if (journal.lost) parts.log.error({}, 'the journal was damaged, and nothing was under way');
  if (txn === null || phase === 'idle' || phase === 'failed-safe') return;
  await orders.remove([txn.id]); // cut off after it was written down as accepted
  const next = wakes[phase];
  parts.log.info({ txn: txn.id, phase, wakes: next }, 'an update was cut off');
  if (next !== phase || countsWaking.has(phase)) await journal.store({ phase: next });
}

/** Something was switched to, and the journal doesn't know of it: it was damaged, or is an older one. */
async function wakeWithoutJournal({ journal, parts }: UnderWay, trying: Transaction): Promise<void> {
  parts.log.error({ txn: trying.id }, 'the journal was lost while something was tried');
  const says = 'The journal was damaged while it was tried.';
  await journal.store({
    phase: 'rolling-back',
    stores: 1,
    txn: { ...trying, attempts: rollBacksMost, reason: 'crashed', says, later: false },
  });
}

async function turnOf(
  way: UnderWay,
  phase: Exclude<UpdatePhase, Waiting>,
  signal: AbortSignal,
): Promise<Turn> {
  try {
    if (turnsInCircles(way.journal.record)) throw new UpdateError('crashed', 'It was begun again too often.');
    return await deeds[phase](way, signal);
  } catch (error) {
    if (error instanceof Stuck) await moveOutOfReach(way, phase, error.cause);
    if (endsTheProcess(error)) throw error;
    return answerTo(way, error);
  }
}

/** Before this process ends: or the next one would be stuck in the same deed. */
async function moveOutOfReach(way: UnderWay, phase: UpdatePhase, why: unknown): Promise<void> {
  if (why instanceof Stopped) return; // told to end, and slow at it: the phase stays
  // Those two count their attempts themselves, and are tried again by the next process.
  if (phase !== 'committing' && phase !== 'rolling-back') await move(way, answerTo(way, why));
}

const answerTo = (way: UnderWay, error: unknown): Move =>
  error instanceof Interrupted
    ? { event: 'cancelled', ending: { outcome: 'cancelled', reason: error.by } }
    : failed(way, error);

/** Committing and going back have attempts of their own, and have to come to an end. */
const turnsInCircles = ({ phase, stores }: JournalRecord): boolean =>
  stores >= storesMost && phase !== 'committing' && phase !== 'rolling-back';

function failed(way: UnderWay, cause: unknown): Move {
  const { phase } = way.journal.record;
  const error = asUpdateError(cause);
  const { reason, message: says } = error;
  way.parts.log.warn({ err: error, phase, reason }, 'the update failed');
  if (mayBeCancelled(phase))
    return { event: 'failed', ending: { outcome: outcomeBefore(phase, reason), reason, says } };
  if (phase !== 'rolling-back') {
    const change = { reason, says, attempts: rollBacksMost, deadline: null, later: false };
    return { event: 'failed', change };
  }
  const why = transactionOf(way).reason ?? reason;
  return { event: 'failed', ending: { outcome: 'failed-safe', reason: why, says } };
}

async function move(way: UnderWay, { event, change = {}, ending }: Move): Promise<void> {
  const { journal, parts } = way;
  const { phase, untold, done } = journal.record;
  const next = follow(phase, event);
  if (next === undefined) throw new Error(`${event} in phase ${phase}`);
  const txn = { ...transactionOf(way), ...change };
  const status = word(txn, next, parts.clock.now(), ending);
  const ends = ending && {
    // The next order may be about the same bytes: what it doesn't need is cleared away when it ends.
    litter: ending.reason !== 'superseded',
    untold: [...untold, status],
    done: [...done, txn.id],
  };
  await own(journal.store({ phase: next, txn, ...ends }));
  parts.log.info({ txn: txn.id, release: txn.order.release, phase: next, event, ...ending }, 'update');
  if (ending === undefined) return way.tell(status);
  way.trusted = undefined;
  way.verified = false;
  await tellLastWords(way);
  if (next === 'idle') await cleanUp(way);
}
