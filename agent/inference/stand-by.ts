/** Where people wait while one model takes another's place: before anything is recalled or composed for them, for both need a model. */
import { systemClock } from '../host/clock.ts';
import type { Queued } from './model.ts';
import { createQueue } from './queue.ts';
import { createStream } from './stream.ts';

export interface StandBy {
  shut(): void;
  open(): void;
  isShut(): boolean;
  /** Resolves when it is open. */
  opened(): Promise<void>;
  /** Ends when it is open; at once while it is. @throws Refusal `busy` when as many wait already as may */
  wait(person: string, signal: AbortSignal): AsyncGenerator<Queued>;
  waiting(): number;
  /** Sends everyone who waits away. */
  close(reason: Error): void;
}

/** @param inFront how many wait for the model itself: they come first */
export function createStandBy({ limit, inFront }: { limit: number; inFront(): number }): StandBy {
  const line = createQueue({ limit, clock: systemClock });
  let shut: PromiseWithResolvers<void> | undefined;
  return {
    shut() {
      shut ??= Promise.withResolvers();
      line.open(0);
    },
    open() {
      shut?.resolve();
      shut = undefined;
      line.open(Number.MAX_SAFE_INTEGER);
    },
    isShut: () => shut !== undefined,
    opened: () => shut?.promise ?? Promise.resolve(),
    async *wait(person, signal) {
      if (!shut) return;
      signal.throwIfAborted();
      const stream = createStream<Queued>();
      const ticket = line.enter(person, (place) =>
        stream.push({ type: 'queued', place: inFront() + place, waitMs: null, updating: true }),
      );
      const left = (): void => stream.fail(signal.reason);
      signal.addEventListener('abort', left, { once: true });
      ticket.admitted.then(stream.end, stream.fail);
      try {
        yield* stream;
      } finally {
        signal.removeEventListener('abort', left);
        ticket.leave();
      }
    },
    waiting: line.waiting,
    close(reason) {
      line.close(reason);
      shut?.resolve();
      shut = undefined;
    },
  };
}
