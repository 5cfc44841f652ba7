/**
 * One model takes another's place while people are served: beside it where memory allows, else after those who are being
 * answered have their answers. What can't be loaded, or doesn't answer as it must, leaves the old one where it was.
 */
import { TooBig } from '@rockpool/models/weights.ts';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ModelTried } from '@rockpool/protocol/update/agent-socket';
import type { GoldenPrompt } from '@rockpool/protocol/update/release';
import type { Clock } from '../host/clock.ts';
import { askGolden, type NotHeld, notHeld } from './golden.ts';
import type { ChatChoice, ModelPlan } from './plan.ts';
import type { Served } from './served.ts';

export interface Places {
  current(): Served;
  /** From now on people are answered by it, and what they wait for is it. */
  become(served: Served): void;
  /** Nobody new is answered until what it returns is called. */
  pause(): () => void;
  /** Resolves once nobody is being answered. @throws the signal's reason */
  drained(signal: AbortSignal): Promise<void>;
  /** @throws Refusal when these weights can't be run in so much memory */
  plan(choice: ChatChoice, freeBytes: number): ModelPlan;
  start(choice: ChatChoice, plan: ModelPlan): Served;
  /** As at the agent's own start: one that can't be run says so to whoever asks. */
  open(choice: ChatChoice): Served;
  /** It answers nobody new, and ends when the last one has the answer. */
  retire(served: Served): void;
  /** At once, whoever is being answered. */
  end(served: Served): Promise<void>;
  freeBytes(): number;
  /** What weights may take at most, whatever ends for them. */
  mostBytes: number;
  /** False where there is one process only, ever. */
  mayStandBeside: boolean;
  clock: Clock;
  log: { info(fields: object, message: string): void };
}

/** Loading 20 GB from a slow disk; a process that hangs is ended sooner. */
const loadLimitMs = 15 * 60_000;

/** @param golden null for one that was proven before */
export async function takeOver(
  choice: ChatChoice,
  golden: GoldenPrompt | null,
  places: Places,
  signal: AbortSignal,
): Promise<ModelTried> {
  const old = places.current();
  if (isSame(old.choice, choice) && old.isUp()) return await prove(old, golden, places, signal, true);
  const freeBytes = places.freeBytes();
  const alone = planned(choice, Math.min(freeBytes + old.heldBytes, places.mostBytes), places);
  if ('held' in alone) return alone;
  const beside = places.mayStandBeside && fitsIn(freeBytes, choice, alone, places);
  places.log.info({ beside, model: choice.id ?? choice.chatModel }, 'another model is loaded');
  const tried = beside
    ? await takeOverBeside(choice, alone, golden, places, signal)
    : await takeOverAlone(choice, golden, places, signal);
  if (tried.held) places.log.info(tried, 'another model answers');
  else places.log.info(tried, 'the other model is not taken');
  return tried;
}

export const isSame = (one: ChatChoice, other: ChatChoice): boolean =>
  one.chatModel === other.chatModel && one.adapter?.sha256 === other.adapter?.sha256;

async function takeOverBeside(
  choice: ChatChoice,
  plan: ModelPlan,
  golden: GoldenPrompt | null,
  places: Places,
  signal: AbortSignal,
): Promise<ModelTried> {
  const next = places.start(choice, plan);
  const tried = await prove(next, golden, places, signal, true);
  if (!tried.held) {
    await places.end(next);
    return tried;
  }
  const old = places.current();
  places.become(next);
  places.retire(old);
  return tried;
}

async function takeOverAlone(
  choice: ChatChoice,
  golden: GoldenPrompt | null,
  places: Places,
  signal: AbortSignal,
): Promise<ModelTried> {
  const old = places.current();
  const resume = places.pause();
  try {
    if (!(await isDrained(places, signal)))
      return notHeld('timeout', 'Answers under way did not end in time.');
    await places.end(old);
    let tried: ModelTried | undefined;
    try {
      tried = await loadAlone(choice, golden, places, signal);
      return tried;
    } finally {
      if (!tried?.held) await bringBack(old.choice, places);
    }
  } finally {
    resume();
  }
}

async function loadAlone(
  choice: ChatChoice,
  golden: GoldenPrompt | null,
  places: Places,
  signal: AbortSignal,
): Promise<ModelTried> {
  // Only now is it known how much memory there is.
  const plan = planned(choice, Math.min(places.freeBytes(), places.mostBytes), places);
  if ('held' in plan) return plan;
  const next = places.start(choice, plan);
  const tried = await prove(next, golden, places, signal, false);
  if (tried.held) places.become(next);
  else await places.end(next);
  return tried;
}

/** It was loaded before, so it can be; people wait until it is, and hear why if not. */
async function bringBack(choice: ChatChoice, places: Places): Promise<void> {
  const again = places.open(choice);
  places.become(again);
  await again.ready.catch(() => undefined); // told to all who ask
}

const isDrained = (places: Places, signal: AbortSignal): Promise<boolean> =>
  places.drained(signal).then(
    () => true,
    (error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    },
  );

function planned(choice: ChatChoice, freeBytes: number, places: Places): ModelPlan | NotHeld {
  try {
    return places.plan(choice, freeBytes);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return notHeld(isOfMemory(error) ? 'no-memory' : 'bad-content', error.message);
  }
}

/** Beside the old one it may not be smaller than it would be alone: that is how it stays. */
function fitsIn(freeBytes: number, choice: ChatChoice, { load }: ModelPlan, places: Places): boolean {
  const beside = planned(choice, freeBytes, places);
  if ('held' in beside) return false;
  return beside.load.sequences === load.sequences && beside.load.contextTokens === load.contextTokens;
}

async function prove(
  next: Served,
  golden: GoldenPrompt | null,
  { clock }: Places,
  signal: AbortSignal,
  beside: boolean,
): Promise<ModelTried> {
  const since = clock.now();
  const failure = await whyNotLoaded(next, signal);
  if (failure) return failure;
  const loadMs = clock.now() - since;
  if (!golden) return { held: true, beside, loadMs, answerMs: 0 };
  const asked = await askGolden(next, golden, clock, signal);
  return asked.held ? { held: true, beside, loadMs, answerMs: asked.answerMs } : asked;
}

async function whyNotLoaded(next: Served, signal: AbortSignal): Promise<NotHeld | undefined> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(loadLimitMs)]);
  const late = Promise.withResolvers<NotHeld>();
  const leave = (): void => late.resolve(notHeld('timeout', 'It was not loaded in time.'));
  if (over.aborted) leave();
  over.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([
      next.ready.then(() => undefined, unloadable),
      next.died.then((why) => notHeld('crashed', `Its process ended while it was loaded: ${why}.`)),
      late.promise,
    ]);
  } finally {
    over.removeEventListener('abort', leave);
  }
}

const unloadable = (error: unknown): NotHeld => {
  const says = error instanceof Error ? error.message : String(error);
  return notHeld(isOfMemory(error) ? 'no-memory' : 'bad-content', says);
};

/** What the library could not have of the machine it says in its own words. */
const isOfMemory = (error: unknown): boolean =>
  error instanceof Refusal && (error.cause instanceof TooBig || /\bmemory\b/i.test(error.message));
