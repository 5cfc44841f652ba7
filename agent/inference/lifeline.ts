/** Keeps the model's process alive: starts it, starts it again with growing pauses when it dies, gives up when it never loads. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Child } from './child.ts';
import type { Order, Report } from './wire.ts';

export type Loaded = Extract<Report, { type: 'loaded' }>;

export interface Lifeline {
  /** Resolves when the model is loaded. @throws Refusal `model-loading` when that takes long, `model-failed` when it never will */
  up(): Promise<void>;
  send(order: Order): void;
  /** What the child reports about itself. */
  loaded(report: Loaded): void;
  unloadable(message: string): void;
  isUp(): boolean;
  restarts(): number;
  pid(): number | undefined;
  close(): Promise<void>;
}

export interface LifelineOptions {
  start(): Child;
  /** The first orders of every life. */
  greet(send: (order: Order) => void): void;
  onUp(report: Loaded): void;
  onDown(why: string): void;
  /** It will never be loaded. */
  onGivenUp(refusal: Refusal): void;
}

const pausesMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Alive this long, a death is a new story. */
const stableMs = 60_000;
const mostFirstTries = 3;
/** How long someone who asks waits for the model before being told to come back. */
const patienceMs = 15_000;
const retryAfterS = 5;
const closeMs = 10_000;

export function startLifeline(options: LifelineOptions): Lifeline {
  let child: Child | undefined;
  let isUp = false;
  let everUp = false;
  let closing = false;
  let givenUp: Refusal | undefined;
  let restarts = 0;
  let deaths = 0;
  let upSince = 0;
  let pause: NodeJS.Timeout | undefined;
  let next = Promise.withResolvers<void>();
  next.promise.catch(() => undefined);

  const giveUp = (why: string): void => {
    givenUp = new Refusal(
      'model-failed',
      `The model can't be loaded: ${why}. Choose another file with --model.`,
    );
    options.onGivenUp(givenUp);
    next.reject(givenUp);
  };
  const start = (): void => {
    const life = options.start();
    child = life;
    options.greet(life.send);
    void life.ended.then(ended);
  };
  const ended = (why: string): void => {
    if (closing || givenUp) return;
    if (isUp) {
      next = Promise.withResolvers();
      next.promise.catch(() => undefined);
    }
    if (isUp && Date.now() - upSince > stableMs) deaths = 0;
    isUp = false;
    deaths += 1;
    options.onDown(why);
    if (!everUp && deaths >= mostFirstTries) {
      giveUp(why);
      return;
    }
    pause = setTimeout(
      () => {
        restarts += 1;
        start();
      },
      pausesMs[Math.min(deaths, pausesMs.length) - 1],
    );
  };
  start();

  return {
    async up() {
      if (givenUp) throw givenUp;
      if (closing) throw new Refusal('model-failed', 'The model is being closed; start Rockpool again.');
      if (isUp) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(stillLoading()), patienceMs);
      });
      await Promise.race([next.promise, late]).finally(() => clearTimeout(timer));
    },
    send: (order) => child?.send(order),
    loaded(report) {
      isUp = true;
      everUp = true;
      upSince = Date.now();
      options.onUp(report);
      next.resolve();
    },
    unloadable(message) {
      if (!everUp) giveUp(message);
      child?.kill(message);
    },
    isUp: () => isUp,
    restarts: () => restarts,
    pid: () => child?.pid,
    async close() {
      closing = true;
      clearTimeout(pause);
      next.reject(new Refusal('model-failed', 'The model is being closed; start Rockpool again.'));
      const life = child;
      if (!life) return;
      life.send({ type: 'close' });
      const timer = setTimeout(() => life.kill('it did not close'), closeMs);
      await life.ended;
      clearTimeout(timer);
    },
  };
}

export function stillLoading(): Refusal {
  return new Refusal('model-loading', `The model is still being loaded; try again in ${retryAfterS} s.`, {
    retryAfterS,
  });
}
