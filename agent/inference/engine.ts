/** The language model for the rest of the agent: a queue in front of processes that may die, or make room for another, without taking us along. */
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ModelTried } from '@rockpool/protocol/update/agent-socket';
import type { GoldenPrompt } from '@rockpool/protocol/update/release';
import { systemClock } from '../host/clock.ts';
import { createAnswers } from './answers.ts';
import { createIdleWork } from './idle-work.ts';
import type { Model } from './model.ts';
import { forgetParked } from './parking.ts';
import { type ChatChoice, type ModelChoice, type ModelPlan, planModel } from './plan.ts';
import { createQueue } from './queue.ts';
import { refusedModel, type Served, startServed } from './served.ts';
import { createStandBy } from './stand-by.ts';
import { isSame, type Places, takeOver } from './takeover.ts';

export { embedderOf } from './plan.ts';

export interface ModelOptions extends ModelChoice {
  /** What serves instead when these weights can't. */
  otherwise?: ChatChoice;
  /** How many may wait. */
  queueLimit?: number;
  /** Of a model process that is a unit of its own; left out, it is our child. */
  socket?: string;
  log: Log;
}

export interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A model that another may take the place of. */
export interface ChangingModel extends Model {
  /** Which answers now, or will. */
  choice(): ChatChoice;
  /**
   * Loads it, asks it the golden prompt, and from then on people are answered by it; on failure the old one goes on. One at
   * a time. What was under way is answered to its end by the one that began it.
   * @param golden null for one that was proven before
   */
  change(choice: ChatChoice, golden: GoldenPrompt | null, signal: AbortSignal): Promise<ModelTried>;
  /** What a model may still take. */
  freeBytes(): number;
}

const usualQueueLimit = 64;

/** Begins at once; whether it can be done is what `ready` tells. */
export function startModel(options: ModelOptions): ChangingModel {
  const { log, cacheFolder, otherwise } = options;
  const sessionsFolder = join(options.sessionsIn ?? cacheFolder, 'sessions');
  const limit = options.queueLimit ?? usualQueueLimit;
  const queue = createQueue({ limit, clock: systemClock });
  const standing = createStandBy({ limit, inFront: queue.waiting });
  /** Every process that may still hold something. */
  const alive = new Set<Served>();
  let restarts = 0;
  let swaps = 0;
  const closing = new AbortController();
  let hasChanged = false;
  let changing: Promise<unknown> = Promise.resolve();

  const freeBytes = (): number =>
    options.availableBytes ?? (options.socket === undefined ? process.availableMemory() : freeForUnit());
  const plan = (choice: ChatChoice, availableBytes: number): ModelPlan =>
    planModel({ ...options, ...chosen(choice), availableBytes });

  const start = (choice: ChatChoice, planned: ModelPlan): Served => {
    const served = startServed(choice, planned, {
      ...{ cacheFolder, socket: options.socket },
      // What another one saved may be wanted again, until the next start.
      isAlone: () => !hasChanged,
      up(one, runsOn) {
        log.info(
          { contextTokens: one.about()?.contextTokens, sequences: one.sequences, runsOn },
          'model loaded',
        );
        if (one === current) open();
      },
      down(one, why) {
        log.error({ why }, 'model process died');
        if (one !== current) return;
        restarts += 1;
        queue.open(0);
      },
      givenUp: refused,
    });
    alive.add(served);
    return served;
  };
  /** The weights can't be run at all: told to everyone, unless there are others. */
  const refused = (one: Served, refusal: Refusal): void => {
    if (one !== current || closing.signal.aborted) return;
    if (!otherwise || isSame(one.choice, otherwise)) {
      queue.close(refusal);
      return;
    }
    log.error({ why: refusal.message }, 'the installed model is not usable; another one serves');
    void end(one);
    become(openChoice(otherwise));
  };
  const openChoice = (choice: ChatChoice): Served => {
    if (closing.signal.aborted) return refusedModel(choice, closed());
    try {
      return start(choice, plan(choice, freeBytes()));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!otherwise || isSame(choice, otherwise)) return refusedModel(choice, error);
      log.error({ why: error.message }, 'the installed model is not usable; another one serves');
      return openChoice(otherwise);
    }
  };
  const end = async (served: Served): Promise<void> => {
    await served.close();
    alive.delete(served);
  };
  const become = (served: Served): void => {
    current = served;
    if (served.isUp()) open();
    else queue.open(0);
  };
  const open = (): void => {
    if (!standing.isShut()) queue.open(current.sequences);
    idle.resume();
  };
  let current = openChoice(chosen(options));

  const idle = createIdleWork(
    () => current.isUp() && !standing.isShut() && queue.running() === 0 && queue.waiting() === 0,
    (session, messages) => current.settle(session, messages),
  );
  /** While another takes its place there will be one that answers, however long it takes. */
  const up = async (): Promise<void> => {
    for (;;) {
      await standing.opened();
      const asked = current;
      try {
        await asked.up();
        return;
      } catch (error) {
        if (asked === current && !standing.isShut()) throw error;
      }
    }
  };
  const readyOf = async (served: Served): Promise<ModelAbout> => {
    try {
      return await served.ready;
    } catch (error) {
      if (served === current) throw error;
      return await readyOf(current);
    }
  };
  const places: Places = {
    current: () => current,
    pause() {
      standing.shut();
      queue.open(0);
      return () => {
        standing.open();
        if (current.isUp()) open();
      };
    },
    ...{ become, plan, start, open: openChoice, freeBytes, clock: systemClock, log },
    async drained(signal) {
      // One that was admitted is not always at the model yet.
      for (;;) {
        await current.untilIdle(signal);
        if (queue.running() === 0) return;
        await pass(10, undefined, { signal });
      }
    },
    retire: (served) => void retire(served, end, log),
    end,
    mostBytes: options.availableBytes === undefined ? totalmem() * mostShare : Number.POSITIVE_INFINITY,
    mayStandBeside: options.socket === undefined,
  };
  const ask = createAnswers({ queue, up, current: () => current, isUpdating: standing.isShut, idle });
  return {
    get ready() {
      const ready = readyOf(current);
      ready.catch(() => undefined); // whoever doesn't wait for it hears the same when asking
      return ready;
    },
    about: () => current.about(),
    get embedding() {
      return current.embedding;
    },
    standBy: standing.wait,
    generate: ask,
    settle: (session, messages) => idle.add(session, messages),
    async forget(session) {
      idle.drop(session);
      // In memory first: what is still there could be parked again.
      await Promise.all([...alive].map((served) => served.forget(session)));
      forgetParked(sessionsFolder, session);
    },
    async embed(texts) {
      await up();
      return await current.embed(texts);
    },
    async count(texts) {
      await up();
      return await current.count(texts);
    },
    load: () => ({
      ...{ sequences: current.sequences, restarts, swaps },
      ...{ running: queue.running(), waiting: queue.waiting() + standing.waiting() },
    }),
    choice: () => current.choice,
    async change(choice, golden, signal) {
      hasChanged = true;
      const change = changing.then(async () => {
        const before = current.choice;
        const tried = await takeOver(choice, golden, places, AbortSignal.any([signal, closing.signal]));
        if (!isSame(before, current.choice)) swaps += 1;
        return tried;
      });
      changing = change.catch(() => undefined);
      return await change;
    },
    freeBytes,
    async close() {
      closing.abort(closed());
      idle.clear();
      standing.close(closed());
      queue.close(closed());
      await Promise.all([...alive].map(end));
      await changing; // which may just have started another
      await Promise.all([...alive].map(end));
    },
  };
}

/** Our own limit says nothing of another unit's: that one is four fifths of the device (rockpool-model.service). */
const mostShare = 0.8;
const freeForUnit = (): number => Math.min(freemem(), totalmem() * mostShare);

const closed = (): Refusal => new Refusal('model-failed', 'Rockpool is being closed; start it again.');

/** Of all options, what another model may have otherwise. */
const chosen = ({ chatModel, builtIn, id, sha256, adapter }: ChatChoice): ChatChoice => ({
  chatModel,
  ...(builtIn === undefined ? {} : { builtIn }),
  ...(id === undefined ? {} : { id }),
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(adapter === undefined ? {} : { adapter }),
});

async function retire(served: Served, end: (served: Served) => Promise<void>, log: Log): Promise<void> {
  try {
    await served.untilIdle(new AbortController().signal);
    await end(served);
    log.info({ model: served.choice.id ?? served.choice.chatModel }, 'the model before has ended');
  } catch (err) {
    log.error({ err }, 'the model before could not be ended');
  }
}
