/** What is done for conversations while nobody waits: their caches settled, one at a time, given up when someone asks. */
import type { ChatMessage } from './model.ts';

export interface IdleWork {
  /** Resolves when it is done, or not wanted any more. */
  add(session: string, messages: readonly ChatMessage[]): Promise<void>;
  /** Someone asks something. @returns what to wait for when it is in the session that is being worked on */
  interrupt(session: string | undefined): Promise<void> | undefined;
  /** Perhaps nobody waits now. */
  resume(): void;
  drop(session: string): void;
  clear(): void;
}

export interface Deed {
  done: Promise<unknown>;
  abort(): void;
}

interface Wanted {
  messages: readonly ChatMessage[];
  done: PromiseWithResolvers<void>;
}

/** @param start begins to settle a session; its `done` rejects when it was aborted or failed */
export function createIdleWork(
  isIdle: () => boolean,
  start: (session: string, messages: readonly ChatMessage[]) => Deed,
): IdleWork {
  const wanted = new Map<string, Wanted>();
  let now: { session: string; deed: Deed; ended: Promise<void> } | undefined;

  const drop = (session: string): void => {
    wanted.get(session)?.done.resolve();
    wanted.delete(session);
  };
  const resume = (): void => {
    const [next] = wanted;
    if (!next || now || !isIdle()) return;
    const [session, work] = next;
    const deed = start(session, work.messages);
    // Failed or done, there is nothing more to gain; interrupted, it stays wanted.
    const finish = (stays: boolean): void => {
      now = undefined;
      if (!stays && wanted.get(session) === work) drop(session);
      resume();
    };
    let interrupted = false;
    const abort = (): void => {
      interrupted = true;
      deed.abort();
    };
    const ended = deed.done.then(
      () => finish(false),
      () => finish(interrupted),
    );
    now = { session, deed: { ...deed, abort }, ended };
  };
  return {
    add(session, messages) {
      drop(session);
      const done = Promise.withResolvers<void>();
      wanted.set(session, { messages, done });
      resume();
      return done.promise;
    },
    interrupt(session) {
      if (session !== undefined) drop(session);
      now?.deed.abort();
      return now && now.session === session ? now.ended : undefined;
    },
    resume,
    drop,
    clear() {
      for (const session of [...wanted.keys()]) drop(session);
    },
  };
}
