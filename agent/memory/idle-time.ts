/** Time in which nobody asks the model anything: what is done then is given up the moment somebody does. */
import type { GenerateEvent, GenerateRequest, Model } from '../inference/model.ts';

/** People read an answer and ask again: only after so long nobody is in the middle of it. */
const usualQuietMs = 5_000;

export interface IdleTime {
  /** For all who ask in a person's name. */
  readonly model: Model;
  isIdle(): boolean;
  /**
   * Runs `work` when it is idle now; the signal aborts the moment somebody asks. False: it was not begun, or given up.
   * One at a time: while one is done, another is not begun.
   */
  use(work: (signal: AbortSignal) => Promise<void>): Promise<boolean>;
  /** Gives up what is under way, waits for its end, and begins nothing more. */
  close(): Promise<void>;
}

class SomebodyAsks extends Error {
  override readonly name = 'SomebodyAsks';
}

/** @param now a monotonic clock, in milliseconds */
export function createIdleTime(model: Model, now: () => number, quietMs = usualQuietMs): IdleTime {
  let asking = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let under: { stop: AbortController; done: Promise<boolean> } | undefined;
  let closed = false;

  async function* generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    asking += 1;
    under?.stop.abort(new SomebodyAsks());
    try {
      yield* model.generate(request, signal);
    } finally {
      asking -= 1;
      askedAt = now();
    }
  }

  const isIdle = (): boolean => {
    const { running, waiting } = model.load();
    return !closed && asking === 0 && running + waiting === 0 && now() - askedAt >= quietMs;
  };

  async function begin(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await work(signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      under = undefined;
    }
  }

  return {
    model: withGenerate(model, generate),
    isIdle,
    async use(work) {
      if (under || !isIdle()) return false;
      const stop = new AbortController();
      const done = begin(work, stop.signal);
      under = { stop, done };
      return await done;
    },
    async close() {
      closed = true;
      under?.stop.abort(new SomebodyAsks());
      await under?.done.catch(() => undefined); // told to whoever began it
    },
  };
}

/** The same model but for this: its other members may be getters, or need themselves as `this`. */
const withGenerate = (model: Model, generate: Model['generate']): Model =>
  new Proxy(model, {
    get(target, name) {
      if (name === 'generate') return generate;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
