/** Follows root's side for as long as the page is served: what it said last, and who wants to hear the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import type { SetupProgress } from '@rockpool/protocol/setup';
import type { Root } from './root.ts';

export interface Following {
  /** @throws Refusal `busy` until root's side has said something */
  now(): SetupProgress;
  /** Called with the newest now and with each that comes, until `signal` aborts. */
  listen(hear: (progress: SetupProgress) => void, signal: AbortSignal): void;
  close(): Promise<void>;
}

/** Both programs start at once, and root's may be replaced while the page is open. */
const againMs = 1_000;

export function followRoot(root: Pick<Root, 'watch'>, report: (error: unknown) => void): Following {
  const closing = new AbortController();
  const listeners = new Set<(progress: SetupProgress) => void>();
  let newest: SetupProgress | undefined;
  let silent = false;

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        for await (const progress of root.watch(closing.signal)) {
          silent = false;
          newest = progress;
          for (const hear of listeners) hear(progress);
        }
      } catch (error) {
        if (closing.signal.aborted) return;
        if (!silent) report(error); // once, not every second
        silent = true;
      }
      await sleep(againMs, undefined, { signal: closing.signal }).catch(() => undefined); // woken by closing
    }
  }
  const following = follow();

  return {
    now() {
      if (newest) return newest;
      throw new Refusal('busy', 'The device is still starting; this page goes on by itself.', {
        retryAfterS: 2,
      });
    },
    listen(hear, signal) {
      listeners.add(hear);
      signal.addEventListener('abort', () => listeners.delete(hear), { once: true });
      if (newest) hear(newest);
    },
    async close() {
      closing.abort();
      await following;
    },
  };
}
