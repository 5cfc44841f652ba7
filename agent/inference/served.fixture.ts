/** A model without weights for tests of what happens around one: loads when told, says one sentence, dies when told. */

import { setImmediate as turn } from 'node:timers/promises';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ChatChoice } from './plan.ts';
import { modelDied, type Served } from './served.ts';

export interface Behaviour {
  says?: string;
  /** Loads only when `load` is called. */
  loadsLater?: boolean;
  unloadable?: Refusal;
  diesLoading?: boolean;
  diesAnswering?: boolean;
  /** Says nothing, for ever. */
  silent?: boolean;
}

export interface FakeServed extends Served {
  load(): void;
  readonly closed: boolean;
  /** Somebody's answer, which lasts until the returned function is called. */
  busy(): () => void;
}

export const aboutOf = ({ chatModel, id }: ChatChoice): ModelAbout => ({
  ...{ id: id ?? chatModel, label: chatModel, file: chatModel, bytes: 1, contextTokens: 2_048 },
  ...{ builtIn: false, digest: '0'.repeat(64), createdAt: 0 },
});

export function fakeServed(choice: ChatChoice, behaviour: Behaviour = {}): FakeServed {
  const ready = Promise.withResolvers<ModelAbout>();
  ready.promise.catch(() => undefined);
  const died = Promise.withResolvers<string>();
  let isUp = false;
  let closed = false;
  const under = new Set<Promise<void>>();
  const load = (): void => {
    isUp = true;
    ready.resolve(aboutOf(choice));
  };
  if (behaviour.unloadable) ready.reject(behaviour.unloadable);
  else if (behaviour.diesLoading) died.resolve('it was ended by SIGKILL');
  else if (!behaviour.loadsLater) load();
  return {
    ...{ choice, load, ready: ready.promise, died: died.promise, sequences: 2, heldBytes: 100 },
    embedding: { dimensions: 1, digest: 'embedder' },
    get closed() {
      return closed;
    },
    about: () => (isUp ? aboutOf(choice) : undefined),
    isUp: () => isUp && !closed,
    up: async () => void (await ready.promise),
    answer(_request, stream) {
      const aborted = Promise.withResolvers<never>();
      aborted.promise.catch(() => undefined);
      const speak = async (): Promise<void> => {
        for (const word of (behaviour.says ?? '').match(/\S+\s*/g) ?? []) {
          await turn();
          stream.push({ type: 'delta', text: word });
        }
        if (behaviour.silent) await aborted.promise;
        if (behaviour.diesAnswering) throw modelDied();
      };
      return { done: speak(), abort: () => aborted.reject(new Refusal('aborted', 'stopped')) };
    },
    settle: () => ({ done: Promise.resolve(), abort: () => undefined }),
    forget: async () => undefined,
    embed: async () => [],
    count: async () => [],
    async untilIdle(signal) {
      const left = Promise.withResolvers<never>();
      left.promise.catch(() => undefined);
      signal.addEventListener('abort', () => left.reject(signal.reason), { once: true });
      signal.throwIfAborted();
      await Promise.race([Promise.all(under), left.promise]);
    },
    restarts: () => 0,
    async close() {
      closed = true;
    },
    busy() {
      const one = Promise.withResolvers<void>();
      under.add(one.promise);
      return one.resolve;
    },
  };
}
