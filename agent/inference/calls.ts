/** Questions to the model's process that have one answer, by number. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { RefusalOnWire } from './wire.ts';

export interface PendingCalls {
  /** Sends under a new number and waits. */
  ask(send: (id: number) => void): { id: number; answer: Promise<unknown> };
  settle(id: number, value: unknown, refusal: RefusalOnWire | undefined): void;
  failAll(error: Error): void;
  /** Resolves once nobody waits for an answer. @throws the signal's reason */
  untilNone(signal: AbortSignal): Promise<void>;
}

export function createPendingCalls(): PendingCalls {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  return {
    ask(send) {
      lastId += 1;
      const id = lastId;
      const pending = Promise.withResolvers<unknown>();
      waiting.set(id, pending);
      send(id);
      return { id, answer: pending.promise };
    },
    settle(id, value, refusal) {
      const pending = waiting.get(id);
      waiting.delete(id);
      if (refusal) pending?.reject(new Refusal(refusal.code, refusal.message));
      else pending?.resolve(value);
    },
    failAll(error) {
      const failing = [...waiting.values()];
      waiting.clear();
      for (const pending of failing) pending.reject(error);
    },
    async untilNone(signal) {
      const left = Promise.withResolvers<never>();
      const leave = (): void => left.reject(signal.reason);
      signal.throwIfAborted();
      signal.addEventListener('abort', leave, { once: true });
      left.promise.catch(() => undefined);
      try {
        while (waiting.size > 0) {
          await Promise.race([
            Promise.allSettled([...waiting.values()].map((one) => one.promise)),
            left.promise,
          ]);
        }
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}
