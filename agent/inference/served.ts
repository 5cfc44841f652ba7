/** One model in a process of its own, and everything that is asked of that process. Who is served by which is decided elsewhere. */
import { digestOf } from '@rockpool/models/weights.ts';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { createPendingCalls } from './calls.ts';
import { type Child, connectChild, startChild } from './child.ts';
import type { Deed } from './idle-work.ts';
import { startLifeline } from './lifeline.ts';
import type { ChatMessage, GenerateRequest, Model } from './model.ts';
import { aboutModel, type ChatChoice, type ModelPlan } from './plan.ts';
import type { EventStream } from './stream.ts';
import type { Order, Report, Told } from './wire.ts';

export interface Served {
  readonly choice: ChatChoice;
  readonly embedding: Model['embedding'];
  /** How many it answers at once. */
  readonly sequences: number;
  /** What it takes of the memory, about. */
  readonly heldBytes: number;
  /** Resolves when it is loaded, and its weights are what they have to be. Rejects with a `Refusal` when that can't be. */
  readonly ready: Promise<ModelAbout>;
  /** Resolves when its process dies for the first time, with why. */
  readonly died: Promise<string>;
  /** What is loaded now, undefined while it is not. */
  about(): ModelAbout | undefined;
  isUp(): boolean;
  /** As `Lifeline.up`. */
  up(): Promise<void>;
  /** At once, whoever else is being answered. */
  answer(request: GenerateRequest, stream: EventStream): Deed;
  settle(session: string, messages: readonly ChatMessage[]): Deed;
  /** In memory only. */
  forget(session: string): Promise<void>;
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  count(texts: readonly string[]): Promise<number[]>;
  /** Resolves once nothing is under way. @throws the signal's reason */
  untilIdle(signal: AbortSignal): Promise<void>;
  restarts(): number;
  close(): Promise<void>;
}

/** What whoever started it wants to know. */
export interface ServedParts {
  cacheFolder: string;
  /** Of a process that is a unit of its own; left out, it is our child. */
  socket?: string | undefined;
  /** Whether nobody else's saved conversations in the same folder are wanted. */
  isAlone(): boolean;
  up(served: Served, runsOn: string): void;
  /** Its process died; it is started again after a pause. */
  down(served: Served, why: string): void;
  /** It will never be loaded. */
  givenUp(served: Served, refusal: Refusal): void;
}

export function startServed(choice: ChatChoice, plan: ModelPlan, parts: ServedParts): Served {
  const { sequences, contextTokens: planned } = plan.load;
  const died = Promise.withResolvers<string>();
  const ready = Promise.withResolvers<ModelAbout>();
  ready.promise.catch(() => undefined); // whoever doesn't wait for it hears the same when asking
  const digest = digestOf(plan.chat.path, parts.cacheFolder).then((hex) => demand(choice, hex));
  digest.catch((error: unknown) => failed(error));
  let about: ModelAbout | undefined;
  const streams = new Map<number, EventStream>();
  const calls = createPendingCalls();

  const tell = (events: Told['events']): void => {
    for (const [id, event] of events) streams.get(id)?.push(event);
  };
  const reports: { [T in Report['type']]: (report: Extract<Report, { type: T }>) => void } = {
    loaded: (report) => life.loaded(report),
    unloadable: ({ message }) => life.unloadable(message),
    ended: ({ id, value, refusal }) => calls.settle(id, value, refusal),
    pong: () => undefined,
  };
  const report = (said: Report): void => (reports[said.type] as (said: Report) => void)(said);
  const startLife = (): Child =>
    parts.socket === undefined
      ? startChild({ sequences, tell, report })
      : connectChild(parts.socket, { tell, report });

  const life = startLifeline({
    start: startLife,
    greet(send) {
      send({ ...plan.load, alone: parts.isAlone() });
      // Hashing goes on beside loading; the child waits with its caches until it knows whose they are.
      digest.then((hex) => send({ type: 'weights', digest: whose(choice, hex) }), failed);
    },
    onUp({ contextTokens, runsOn }) {
      digest.then((hex) => {
        about = aboutModel(plan, choice, contextTokens, hex);
        ready.resolve(about);
        parts.up(served, runsOn);
      }, failed);
    },
    onDown(why) {
      about = undefined;
      died.resolve(why);
      parts.down(served, why);
      calls.failAll(modelDied());
    },
    onGivenUp: failed,
  });

  let hasFailed = false;
  function failed(error: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    ready.reject(error);
    if (error instanceof Refusal) parts.givenUp(served, error);
  }

  const deed = (order: (id: number) => Order): Deed & { id: number } => {
    const { id, answer } = calls.ask((number) => life.send(order(number)));
    return { id, done: answer, abort: () => life.send({ type: 'abort', id }) };
  };
  const call = async <T>(order: (id: number) => Order, shape: z.ZodType<T>): Promise<T> => {
    await life.up();
    return shape.parse(await deed(order).done);
  };
  const served: Served = {
    ...{ choice, sequences, ready: ready.promise, died: died.promise, embedding: plan.embedding },
    heldBytes: plan.chat.bytes + sequences * planned * plan.chat.cacheBytesPerToken,
    about: () => about,
    isUp: () => life.isUp() && about !== undefined,
    up: life.up,
    answer(request, stream) {
      if (!life.isUp()) return { done: Promise.reject(modelDied()), abort: () => undefined };
      const { id, done, abort } = deed((number) => ({ type: 'generate', id: number, request }));
      streams.set(id, stream);
      return { done: done.finally(() => streams.delete(id)), abort };
    },
    settle: (session, messages) => deed((id) => ({ type: 'settle', id, session, messages })),
    async forget(session) {
      if (life.isUp()) await deed((id) => ({ type: 'forget', id, session })).done;
    },
    embed: (texts) => call((id) => ({ type: 'embed', id, texts }), z.array(z.instanceof(Float32Array))),
    count: (texts) => call((id) => ({ type: 'count', id, texts }), z.array(z.int())),
    untilIdle: calls.untilNone,
    restarts: life.restarts,
    async close() {
      await life.close();
      calls.failAll(modelDied());
    },
  };
  return served;
}

/** Two adapters of the same weights say different things: a conversation that one read is not the other's. */
const whose = ({ adapter }: ChatChoice, digest: string): string =>
  adapter ? `${digest} ${adapter.sha256}` : digest;

function demand({ sha256 }: ChatChoice, digest: string): string {
  if (sha256 === undefined || sha256 === digest) return digest;
  throw new Refusal('model-failed', 'The model on the disk is not the one that was installed.');
}

/** Stands in for weights that can't be run: the rest of the agent serves, and says why nothing is answered. */
export function refusedModel(choice: ChatChoice, refusal: Refusal): Served {
  const refuse = (): Promise<never> => Promise.reject(refusal);
  const ready = refuse();
  ready.catch(() => undefined);
  const refused = (): Deed => ({ done: refuse(), abort: () => undefined });
  return {
    ...{ choice, ready, sequences: 0, heldBytes: 0, embedding: { dimensions: 0, digest: '' } },
    died: new Promise(() => undefined),
    about: () => undefined,
    isUp: () => false,
    up: refuse,
    ...{ answer: refused, settle: refused, embed: refuse, count: refuse },
    forget: async () => undefined,
    untilIdle: async () => undefined,
    restarts: () => 0,
    close: async () => undefined,
  };
}

export function modelDied(): Refusal {
  return new Refusal(
    'model-failed',
    'The model stopped in the middle and is being started again; ask once more.',
  );
}
