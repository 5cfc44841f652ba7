/** What one side puts in when it happens and the other takes out when it has time. */
import type { GenerateEvent } from './model.ts';

export interface EventStream<E extends GenerateEvent = GenerateEvent> extends AsyncIterable<E> {
  push(event: E): void;
  end(): void;
  fail(error: unknown): void;
  /** Neither ended nor failed. */
  isOpen(): boolean;
}

/** A reader who is slow gets more text at once, not more events. */
export function createStream<E extends GenerateEvent = GenerateEvent>(): EventStream<E> {
  let events: E[] = [];
  let state: { is: 'open' } | { is: 'ended' } | { is: 'failed'; error: unknown } = { is: 'open' };
  let wake: (() => void) | undefined;
  const change = (deed: () => void): void => {
    if (state.is !== 'open') return;
    deed();
    wake?.();
    wake = undefined;
  };
  return {
    push(event) {
      change(() => {
        const last = events.at(-1);
        if (last?.type === 'delta' && event.type === 'delta')
          events[events.length - 1] = { ...event, text: last.text + event.text };
        else events.push(event);
      });
    },
    end: () => change(() => (state = { is: 'ended' })),
    fail: (error) => change(() => (state = { is: 'failed', error })),
    isOpen: () => state.is === 'open',
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const ready = events;
        events = [];
        yield* ready;
        if (events.length > 0) continue;
        if (state.is === 'failed') throw state.error;
        if (state.is === 'ended') return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
