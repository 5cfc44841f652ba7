/** Looks at the device's posture at its start and on a schedule, and says what that means for people. */
import type { Posture, PostureFinding } from '@rockpool/protocol/posture';

/**
 * `closed`: it has not held since the start, and nobody is served. `open`: it holds. `paused`: it held, and holds no
 * more: who is in can read and leave, and nothing new is taken.
 */
export type PostureState = 'closed' | 'open' | 'paused';

export interface PostureWatch {
  state(): PostureState;
  /** Undefined before the first look ended. */
  last(): Posture | undefined;
  /** Looks now, or joins the look that is under way. */
  look(): Promise<Posture>;
  /** Resolves at the first look that finds what `enough` asks for. @throws the signal's reason */
  until(enough: (posture: Posture) => boolean, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface PostureWatchParts {
  read(): Promise<Posture>;
  /** Told after every look that ended otherwise than the one before. */
  changed(posture: Posture, state: PostureState): void;
  report(error: unknown): void;
  /** While it holds, and while somebody waits for it. */
  everyMs?: { open: number; closed: number };
}

export function createPostureWatch(parts: PostureWatchParts): PostureWatch {
  const { open, closed } = parts.everyMs ?? { open: 60_000, closed: 5_000 };
  const waiting = new Set<() => void>();
  let last: Posture | undefined;
  let state: PostureState = 'closed';
  let underWay: Promise<Posture> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function readOnce(): Promise<Posture> {
    const before = last && told(last);
    const posture = await parts.read().catch((error: unknown): Posture => {
      parts.report(error);
      // What can't be looked at doesn't hold.
      return { holds: false, findings: last?.findings ?? [] };
    });
    last = posture;
    state = next(state, posture.holds);
    if (told(posture) !== before) parts.changed(posture, state);
    for (const wake of waiting) wake();
    return posture;
  }

  function look(): Promise<Posture> {
    underWay ??= readOnce().finally(() => {
      underWay = undefined;
      clearTimeout(timer);
      if (!isClosed) timer = setTimeout(lookAgain, state === 'open' ? open : closed).unref();
    });
    return underWay;
  }
  const lookAgain = (): void => void look().catch(parts.report);

  return {
    state: () => state,
    last: () => last,
    look,
    async until(enough, signal) {
      let posture = await look();
      while (!enough(posture)) {
        signal.throwIfAborted();
        await nextLook(signal);
        posture = last ?? posture;
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await underWay;
    },
  };

  async function nextLook(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(signal.reason);
    waiting.add(resolve);
    signal.addEventListener('abort', stop, { once: true });
    // Somebody waits: the process lives as long as its next look is due.
    timer?.ref();
    await promise.finally(() => {
      waiting.delete(resolve);
      signal.removeEventListener('abort', stop);
    });
  }
}

const next = (state: PostureState, holds: boolean): PostureState => {
  if (holds) return 'open';
  return state === 'closed' ? 'closed' : 'paused';
};

/** Sentences tell the time too; what matters is which finding is in which state. */
const told = ({ findings }: Posture): string =>
  findings.map(({ code, state }) => `${code}=${state}`).join(' ');

/** Codes only: what anybody on the LAN may know. */
export const missingIn = (posture: Posture | undefined): PostureFinding['code'][] =>
  posture?.findings.filter(({ state }) => state === 'bad').map(({ code }) => code) ?? [];
