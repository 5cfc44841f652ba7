/** Turns under way: one per session, each stoppable, and all of them waited for when the agent ends. */
import { Refusal } from '@rockpool/protocol/refusal';
import { stopped } from './stopped.ts';

/** A session that is taken for one turn. */
export interface Lane {
  /** Aborts when the reader leaves, the session is deleted or the agent ends; the reason is a `Refusal`. */
  readonly signal: AbortSignal;
  leave(): void;
}

export interface Running {
  /** @throws Refusal `conflict` while another turn is under way in the session, `busy` while the agent ends */
  enter(session: string, personId: number, reader: AbortSignal): Lane;
  /** What is done after an answer, while nobody waits for it; its failure is told to `failed`. */
  afterwards(work: Promise<unknown>): void;
  /** Ends the turn of a session, if there is one, and waits until what was said is on disk. */
  stop(session: string): Promise<void>;
  /** Ends all turns of a person. */
  stopPerson(personId: number): Promise<void>;
  /** Refuses new turns, gives those under way `graceMs` to end, then ends them; returns when everything is on disk. */
  drain(graceMs: number): Promise<void>;
  count(): number;
}

interface Entered {
  personId: number;
  stop: AbortController;
  left: Promise<void>;
}

export function createRunning(failed: (error: unknown) => void): Running {
  const lanes = new Map<string, Entered>();
  const work = new Set<Promise<void>>();
  let draining = false;

  const end = async (entered: Iterable<Entered>, reason: Refusal): Promise<void> => {
    const all = [...entered];
    for (const { stop } of all) stop.abort(reason);
    await Promise.all(all.map(({ left }) => left));
  };

  return {
    enter(session, personId, reader) {
      if (draining) throw restarting();
      if (lanes.has(session)) {
        throw new Refusal(
          'conflict',
          'This chat is being answered already; wait for the answer or stop it first.',
        );
      }
      const stop = new AbortController();
      const { promise: left, resolve } = Promise.withResolvers<void>();
      lanes.set(session, { personId, stop, left });
      const leave = (): void => {
        lanes.delete(session);
        resolve();
      };
      return { signal: AbortSignal.any([reader, stop.signal]), leave };
    },

    afterwards(promise) {
      const settled: Promise<void> = promise
        .then(() => undefined, failed)
        .finally(() => work.delete(settled));
      work.add(settled);
    },

    async stop(session) {
      const entered = lanes.get(session);
      if (entered) await end([entered], stopped());
    },

    async stopPerson(personId) {
      const theirs = [...lanes.values()].filter((entered) => entered.personId === personId);
      await end(theirs, stopped());
    },

    async drain(graceMs) {
      draining = true;
      const ended = Promise.all([...lanes.values()].map(({ left }) => left));
      await within(graceMs, ended);
      await end(lanes.values(), restarting());
      await Promise.all(work);
    },

    count: () => lanes.size,
  };
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

const restarting = (): Refusal =>
  new Refusal('busy', 'The device is restarting; send it again in a minute.', { retryAfterS: 30 });
