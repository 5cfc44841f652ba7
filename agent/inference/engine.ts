/** The language model for the rest of the agent: a queue in front of a process that may die without taking us along. */
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@rockpool/models/weights.ts';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { systemClock } from '../host/clock.ts';
import { createAnswers, modelDied } from './answers.ts';
import { createPendingCalls } from './calls.ts';
import { connectChild, startChild } from './child.ts';
import { createIdleWork } from './idle-work.ts';
import { startLifeline } from './lifeline.ts';
import type { Model } from './model.ts';
import { forgetParked } from './parking.ts';
import { aboutModel, type ModelChoice, type ModelPlan, planModel } from './plan.ts';
import { createQueue } from './queue.ts';
import type { Order, Report, Told } from './wire.ts';

export { embedderOf } from './plan.ts';

export interface ModelOptions extends ModelChoice {
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

const usualQueueLimit = 64;

/** Begins at once; whether it can be done is what `ready` tells. */
export function startModel(options: ModelOptions): Model {
  try {
    return runModel(options, planModel({ ...options, ...(options.socket ? memoryOfUnit() : {}) }));
  } catch (error) {
    if (error instanceof Refusal) return refusedModel(error);
    throw error;
  }
}

/** Our own limit says nothing of another unit's: that one is four fifths of the device (rockpool-model.service). */
const memoryOfUnit = () => ({ availableBytes: Math.min(freemem(), totalmem() * 0.8) });

function runModel(options: ModelOptions, plan: ModelPlan): Model {
  const { log, cacheFolder } = options;
  const { sequences } = plan.load;
  const ready = Promise.withResolvers<ModelAbout>();
  ready.promise.catch(() => undefined); // whoever doesn't wait for it hears the same when asking
  const digest = digestOf(plan.chat.path, cacheFolder);
  digest.catch(ready.reject);
  let about: ModelAbout | undefined;

  const queue = createQueue({ limit: options.queueLimit ?? usualQueueLimit, clock: systemClock });
  const calls = createPendingCalls();
  const reports: { [T in Report['type']]: (report: Extract<Report, { type: T }>) => void } = {
    loaded: (report) => life.loaded(report),
    unloadable: ({ message }) => life.unloadable(message),
    ended: ({ id, value, refusal }) => calls.settle(id, value, refusal),
    pong: () => undefined,
  };
  const life = startLifeline({
    start: () => {
      const heard = {
        tell: (events: Told['events']) => answers.tell(events),
        report: (report: Report) => (reports[report.type] as (report: Report) => void)(report),
      };
      return options.socket === undefined
        ? startChild({ sequences, ...heard })
        : connectChild(options.socket, heard);
    },
    greet(send) {
      send(plan.load);
      // Hashing goes on beside loading; the child waits with its caches until it knows whose they are.
      digest.then((hex) => send({ type: 'weights', digest: hex }), ready.reject);
    },
    onUp({ contextTokens, runsOn }) {
      log.info({ contextTokens, sequences, runsOn }, 'model loaded');
      digest.then((hex) => {
        about = aboutModel(plan, options.builtIn ?? false, contextTokens, hex);
        ready.resolve(about);
        queue.open(sequences);
        idle.resume();
      }, ready.reject);
    },
    onDown(why) {
      log.error({ why }, 'model process died');
      about = undefined;
      queue.open(0);
      calls.failAll(modelDied());
    },
    onGivenUp(refusal) {
      ready.reject(refusal);
      queue.close(refusal);
    },
  });

  const idle = createIdleWork(
    () => life.isUp() && queue.running() === 0 && queue.waiting() === 0,
    (session, messages) => {
      const { id, answer } = calls.ask((number) =>
        life.send({ type: 'settle', id: number, session, messages }),
      );
      return { done: answer, abort: () => life.send({ type: 'abort', id }) };
    },
  );
  const answers = createAnswers({ queue, calls, life, idle });
  const call = async <T>(order: (id: number) => Order, shape: z.ZodType<T>): Promise<T> => {
    await life.up();
    return shape.parse(await calls.ask((id) => life.send(order(id))).answer);
  };
  return {
    ready: ready.promise,
    about: () => about,
    embedding: plan.embedding,
    generate: (request, signal) => answers.ask(request, signal),
    settle: (session, messages) => idle.add(session, messages),
    async forget(session) {
      idle.drop(session);
      // In memory first: what is still there could be parked again.
      if (life.isUp()) await calls.ask((id) => life.send({ type: 'forget', id, session })).answer;
      forgetParked(join(plan.load.cacheFolder, 'sessions'), session);
    },
    embed: (texts) => call((id) => ({ type: 'embed', id, texts }), z.array(z.instanceof(Float32Array))),
    count: (texts) => call((id) => ({ type: 'count', id, texts }), z.array(z.int())),
    load: () => ({
      sequences,
      running: queue.running(),
      waiting: queue.waiting(),
      restarts: life.restarts(),
    }),
    async close() {
      idle.clear();
      queue.close(new Refusal('model-failed', 'Rockpool is being closed; start it again.'));
      await life.close();
      calls.failAll(modelDied());
    },
  };
}

/** Stands in for weights that can't be run: the rest of the agent serves, and says why nothing is answered. */
function refusedModel(refusal: Refusal): Model {
  const refuse = (): Promise<never> => Promise.reject(refusal);
  const ready = refuse();
  ready.catch(() => undefined);
  return {
    ready,
    about: () => undefined,
    embedding: { dimensions: 0, digest: '' },
    // biome-ignore lint/correctness/useYield: it ends before the first event
    async *generate() {
      throw refusal;
    },
    settle: async () => undefined,
    forget: async () => undefined,
    embed: refuse,
    count: refuse,
    load: () => ({ sequences: 0, running: 0, waiting: 0, restarts: 0 }),
    close: async () => undefined,
  };
}
