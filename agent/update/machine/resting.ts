/** What the updater does while nothing is under way: tells how it ended, clears away what is left, and takes the next order. */
import type { InstallOrder } from '@rockpool/protocol/update/order';
import type { UpdatePhase } from '@rockpool/protocol/update/status';
import { appendHistory, historyFile } from './history.ts';
import type { Transaction } from './journal.ts';
import { limitMs, orderLimitMs, rollBacksMost } from './limits.ts';
import { choose, rolloutOf, type Wanted } from './orders.ts';
import { follow } from './transitions.ts';
import { own, type UnderWay } from './under-way.ts';
import { Stopped, Stuck, within } from './within.ts';
import { type Ending, likelyKind, word } from './words.ts';

/** The phases in which nothing is under way. */
export type Waiting = Extract<UpdatePhase, 'idle' | 'failed-safe'>;

export async function whileIdle(way: UnderWay, signal: AbortSignal): Promise<'done' | 'moved'> {
  await tellLastWords(way);
  await cleanUp(way, signal);
  const waiting = await own(way.orders.look());
  const { take, not, spent } = choose(waiting, way.journal.record.done);
  await endOrders(
    way,
    not.map(({ order, why }) => ({ order, ending: { outcome: 'cancelled', reason: why } })),
    spent,
  );
  if (take === undefined) return 'done';
  const order = installOf(way, take);
  if (order) await accept(way, take, order);
  else await endOrders(way, [{ order: take, ending: nothingBefore }]);
  return 'moved';
}

/** Nothing more is updated until a person says that it may be tried: then what could not be taken back is taken back first. */
export async function whileSafe(
  way: UnderWay,
  lookAt: (change: Partial<Transaction>) => Promise<void>,
): Promise<'done' | 'moved'> {
  await tellLastWords(way);
  const waiting = await own(way.orders.look());
  const { take, not, spent } = choose(waiting, way.journal.record.done);
  if (take && bySomebodyHere(take) && way.lookedAtFor !== take.id) {
    way.lookedAtFor = take.id; // once: if it fails again, somebody has to look again
    await lookAt({ attempts: rollBacksMost, later: false, deadline: null });
    return 'moved';
  }
  const ended = take ? [...not.map(({ order }) => order), take] : not.map(({ order }) => order);
  await endOrders(
    way,
    ended.map((order) => ({ order, ending: unsafe })),
    spent,
  );
  return 'done';
}

const unsafe: Ending = {
  outcome: 'refused',
  reason: 'slot-failed',
  says: 'An earlier update could be neither kept nor taken back: somebody has to look at this device first.',
};
const nothingBefore: Ending = {
  outcome: 'refused',
  reason: 'not-found',
  says: 'There is nothing that this device could go back to.',
};

const bySomebodyHere = (order: Wanted): boolean =>
  order.what === 'install' && order.order.rollout === null && order.order.again;

/** Going back is installing what was there before: the same signatures, the same floor, the same trial. */
function installOf(way: UnderWay, order: Wanted): InstallOrder | undefined {
  if (order.what === 'install') return order.order;
  const pair = way.parts.installed.pairOf(order.kind);
  if (pair === undefined) return undefined;
  // A rollout takes back what it brought, and nothing else.
  if (order.rollout !== null && pair.current.rollout !== order.rollout) return undefined;
  return { rollout: order.rollout, release: pair.previous.path, now: true, again: true, limits: {} };
}

async function accept(way: UnderWay, { id, takenAt }: Wanted, order: InstallOrder): Promise<void> {
  const { journal, orders, parts } = way;
  const kind = likelyKind(order.release);
  const phase = follow('idle', 'ordered') ?? 'accepted';
  const now = parts.clock.now();
  const txn: Transaction = {
    ...{ id, order, takenAt, kind, from: null, manifestSha256: null, release: null, attempts: 0 },
    ...{ reason: null, says: null, later: false, deadline: now + orderLimitMs(order.limits, 'fetchS') },
  };
  await own(journal.store({ phase, txn, litter: false, stores: 1 }));
  await own(orders.remove([id])); // after: a cut between the two leaves an order that is known to be taken
  parts.log.info({ txn: id, release: order.release, rollout: order.rollout }, 'an order was taken');
  await way.tell(word(txn, phase, now));
}

/** Orders that are not obeyed: said so, and gone. */
async function endOrders(
  way: UnderWay,
  ended: readonly { order: Wanted; ending: Ending }[],
  spent: readonly string[] = [],
): Promise<void> {
  const { journal, orders, parts } = way;
  if (ended.length > 0) {
    const words = ended.flatMap(({ order, ending }) => {
      const about = aboutOf(way, order);
      return about ? [word(about, journal.record.phase, parts.clock.now(), ending)] : [];
    });
    const ids = ended.map(({ order }) => order.id);
    const { untold, done, stores } = journal.record;
    await own(journal.store({ untold: [...untold, ...words], done: [...done, ...ids], stores }));
  }
  await own(orders.remove([...ended.map(({ order }) => order.id), ...spent]));
  await tellLastWords(way);
}

/** Undefined: nothing was ever installed that one could speak of. */
function aboutOf({ parts }: UnderWay, order: Wanted): Parameters<typeof word>[0] | undefined {
  const rollout = rolloutOf(order);
  if (order.what === 'install') {
    const { release } = order.order;
    return { id: order.id, kind: likelyKind(release), from: null, order: { rollout, release } };
  }
  const current = parts.installed.all().find(({ release }) => release.kind === order.kind);
  if (current === undefined) return undefined;
  const about = { rollout, release: current.path };
  return { id: order.id, kind: order.kind, from: current.path, order: about };
}

/** Once they are in the outbox they are no longer ours to keep. Until then they stay in the journal, whatever comes. */
export async function tellLastWords(way: UnderWay): Promise<void> {
  const { journal, parts, outbox } = way;
  const { untold, stores } = journal.record;
  if (untold.length === 0) return;
  try {
    for (const status of untold) {
      await outbox.put(status);
      await appendHistory(parts.disk, historyFile(parts.folder), status);
    }
  } catch (error) {
    parts.log.warn({ err: error, words: untold.length }, 'how it ended could not be told yet');
    return;
  }
  await own(journal.store({ untold: [], stores }));
}

/** What was staged and isn't in force, and what the store no longer needs. Does no harm if it stays. */
export async function cleanUp(
  way: UnderWay,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { journal, parts } = way;
  const { litter, txn, stores } = journal.record;
  if (!litter) return;
  const { installed, payload, appliers, clock, log } = parts;
  const release = txn?.release ?? null;
  const inForce = release && installed.current(release)?.manifestSha256 === txn?.manifestSha256;
  const bounds = { what: 'clearing away', limitMs: limitMs.discard, clock, signal };
  try {
    await within(bounds, async () => {
      if (release && !inForce) await appliers[release.kind]?.discard(release);
      const keep = installed.keep();
      if (keep) await payload.collect(keep);
    });
  } catch (error) {
    if (error instanceof Stuck) {
      await own(journal.store({ litter: false, stores })); // or the next process would be stuck in it as well
      throw error;
    }
    if (error instanceof Stopped) throw error;
    log.warn({ err: error }, 'what is left of it could not be cleared away yet');
    return;
  }
  await own(journal.store({ litter: false, stores }));
}
