/** The deeds of the phases in which the device may run something else than it committed to. Each may be done twice. */
import { UpdateError } from '../parts.ts';
import { commitsMost, limitMs, orderLimitMs, rollBacksMost, trialPollMs } from './limits.ts';
import { asUpdateError } from './reasons.ts';
import {
  amend,
  endsTheProcess,
  type Move,
  own,
  releaseOf,
  type Turn,
  transactionOf,
  type UnderWay,
  uninterruptible,
} from './under-way.ts';

type Deed = (way: UnderWay, signal: AbortSignal) => Promise<Turn>;

/** The device was started since the record was written that this process woke with. */
const startedAnew = ({ woke, journal, parts }: UnderWay): boolean =>
  woke && journal.foundBootId !== parts.bootId;

export const activating: Deed = async (way, signal) => {
  const { attempts, order } = transactionOf(way);
  const { release, applier } = releaseOf(way);
  const { clock, installed } = way.parts;
  const inTrial = (later: boolean): Move => ({
    event: 'activated',
    change: { later, deadline: clock.now() + orderLimitMs(order.limits, 'trialS') },
  });
  // Cut off here: only the world knows whether the switch was thrown.
  if (way.woke && (await isInForce(way, signal)) === true) return inTrial(false);
  if (attempts < 1) throw new UpdateError('crashed', 'Each time it was switched to, the device was cut off.');
  await amend(way, { attempts: attempts - 1 });
  await own(installed.try(transactionOf(way)));
  const activate = { what: 'switching to it', limitMs: limitMs.activate };
  const when = await uninterruptible(way, activate, signal, (end) => applier.activate(release, end));
  return inTrial(when === 'later');
};

export const trial: Deed = async (way, signal) => {
  const { later } = transactionOf(way);
  const restarted = later && startedAnew(way);
  if (way.woke && (!later || restarted)) await countTrial(way);
  const { deadline } = transactionOf(way);
  const { applier, release } = releaseOf(way);
  // Taken once, at its beginning: a clock that is set in the middle of it ends no trial.
  const leftMs = (deadline ?? 0) - way.parts.clock.now();
  return uninterruptible(way, { what: 'its trial', limitMs: leftMs }, signal, async (end) => {
    const there = await isInForce(way, end);
    if (there === false && restarted)
      throw new UpdateError('crashed', 'The device started, and with the one before.');
    if (there !== true && later && !restarted) return 'later';
    // Not every switch outlives the power: it is thrown once more, and that was counted.
    if (there !== true && way.woke && !restarted) await applier.activate(release, end);
    if (there !== true) await comesIntoForce(way, later, end);
    await applier.prove(release, end);
    return { event: 'proven', change: { attempts: commitsMost, deadline: null, later: false } };
  });
};

/** That it isn't in force is for the proof to say, with a reason, unless a start of the device has to bring it. */
async function comesIntoForce(way: UnderWay, later: boolean, end: AbortSignal): Promise<void> {
  const { applier, release } = releaseOf(way);
  for (;;) {
    const now = await applier.inForce(release, end);
    if (now === true || (now === false && !later)) return;
    await way.parts.clock.sleep(trialPollMs, end);
    end.throwIfAborted();
  }
}

/** Whoever wakes in a trial was cut off in it: by the new one, or by the power. It gets its whole time again, but not forever. */
async function countTrial(way: UnderWay): Promise<void> {
  const { attempts, order } = transactionOf(way);
  if (attempts < 1) throw new UpdateError('crashed', 'It was cut off in each of its trials.');
  const deadline = way.parts.clock.now() + orderLimitMs(order.limits, 'trialS');
  await amend(way, { attempts: attempts - 1, deadline, later: false });
}

/** Nothing below the applier's own word may lead back: once it is written down as installed, it is. */
export const committing: Deed = async (way, signal) => {
  const { order } = transactionOf(way);
  const { release, manifestSha256 } = releaseOf(way);
  const { clock, installed } = way.parts;
  const written = installed.trying === null && installed.current(release)?.manifestSha256 === manifestSha256;
  if (!written && way.woke) await countCommit(way);
  if (!written && !(await appliersWord(way, signal))) return 'again';
  const path = order.release;
  const entry = { path, manifestSha256, release, rollout: order.rollout, committedAt: clock.now() };
  await own(installed.commit(entry));
  await own(way.floor.raise(path, { counter: release.counter, dataForm: release.dataForm }));
  await own(way.quarantine.forget(manifestSha256));
  return { event: 'committed', ending: { outcome: 'installed' } };
};

async function countCommit(way: UnderWay): Promise<void> {
  const { attempts } = transactionOf(way);
  if (attempts < 1) throw new UpdateError('crashed', 'Each time it was committed, the updater was cut off.');
  await amend(way, { attempts: attempts - 1 });
}

async function appliersWord(way: UnderWay, signal: AbortSignal): Promise<boolean> {
  const { attempts } = transactionOf(way);
  const { release, applier } = releaseOf(way);
  const commit = { what: 'committing', limitMs: limitMs.commit };
  try {
    await uninterruptible(way, commit, signal, () => applier.commit(release));
    return true;
  } catch (error) {
    if (endsTheProcess(error) || attempts <= 1) throw error;
    await notYet(way, error, signal);
    return false;
  }
}

export const rollingBack: Deed = async (way, signal) => {
  const { later, deadline } = transactionOf(way);
  if (later) {
    if (startedAnew(way) && (await isInForce(way, signal)) === false) return back(way);
    if (!startedAnew(way) && way.parts.clock.now() < (deadline ?? 0)) return 'later';
  }
  const { attempts, says } = transactionOf(way);
  if (attempts < 1)
    throw new UpdateError('slot-failed', `It could not be taken back${says === null ? '' : ` (${says})`}.`);
  // Before it, not after: a rollback that ends the device must not be tried forever.
  const limit = way.parts.clock.now() + limitMs.rollBack;
  await amend(way, { attempts: attempts - 1, later: false, deadline: limit });
  try {
    if ((await takeBack(way, signal)) === 'later') {
      await amend(way, { later: true });
      return 'later';
    }
    return await back(way);
  } catch (error) {
    if (endsTheProcess(error)) throw error;
    await notYet(way, error, signal, 0);
    return 'again';
  }
};

async function takeBack(way: UnderWay, signal: AbortSignal): Promise<'here' | 'later'> {
  const { release, manifestSha256, applier } = releaseOf(way);
  const rollBack = { what: 'going back', limitMs: limitMs.rollBack };
  const when = await uninterruptible(way, rollBack, signal, (end) => applier.rollBack(release, end));
  // What was installed once more, and failed, is also what was there before.
  const same = way.parts.installed.current(release)?.manifestSha256 === manifestSha256;
  if (when === 'here' && !same && (await isInForce(way, signal)) === true)
    throw new UpdateError('slot-failed', 'What was taken back is still in force.');
  return when;
}

async function back(way: UnderWay): Promise<Move> {
  const { reason, says } = transactionOf(way);
  const { manifestSha256 } = releaseOf(way);
  const why = reason ?? 'crashed';
  await own(way.quarantine.add({ manifestSha256, reason: why, at: way.parts.clock.now() }));
  await own(way.parts.installed.triedNoMore());
  return { event: 'rolled-back', ending: { outcome: 'rolled-back', reason: why, says: says ?? undefined } };
}

/** In all five minutes: the agent may have to start before it can be asked to go back. */
const pauseMs = 5_000;

/** One attempt less, where it wasn't counted before. */
async function notYet(way: UnderWay, error: unknown, signal: AbortSignal, counted = 1): Promise<void> {
  const { attempts } = transactionOf(way);
  const left = attempts - counted;
  if (counted > 0) await amend(way, { attempts: left });
  way.parts.log.warn({ err: asUpdateError(error), left, phase: way.journal.record.phase }, 'trying again');
  await way.parts.clock.sleep(pauseMs * 2 ** (rollBacksMost - left), signal);
}

/** Waits for an answer, for the agent may still be starting. Undefined: nobody can tell. */
async function isInForce(way: UnderWay, signal: AbortSignal): Promise<boolean | undefined> {
  const { release, applier } = releaseOf(way);
  const { clock, log } = way.parts;
  const until = clock.now() + limitMs.answer;
  for (;;) {
    const look = { what: 'asking what is in force', limitMs: limitMs.look };
    try {
      const answer = await uninterruptible(way, look, signal, (end) => applier.inForce(release, end));
      if (answer !== undefined || clock.now() >= until) return answer;
    } catch (error) {
      if (endsTheProcess(error)) throw error;
      log.warn({ err: error }, 'nobody can tell what is in force');
      if (clock.now() >= until) return undefined;
    }
    await clock.sleep(trialPollMs, signal);
  }
}
