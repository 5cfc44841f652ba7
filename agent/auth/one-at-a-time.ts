/** A short queue in front of what is too dear to do twice at once, such as hashing a password. */
import { Refusal } from '@rockpool/protocol/refusal';

export type OneAtATime = <T>(run: () => Promise<T>) => Promise<T>;

/** @param maxWaiting how many may stand in line; whoever comes after them is refused as `busy` */
export function oneAtATime(maxWaiting: number): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (run) => {
    if (waiting >= maxWaiting) {
      throw new Refusal('busy', 'Many people are signing in right now; try again in a few seconds.', {
        retryAfterS: 5,
        queueLength: waiting,
      });
    }
    waiting += 1;
    const mine = last.then(run).finally(() => {
      waiting -= 1;
    });
    // The next in line comes after this one, however it ends; its outcome is its caller's.
    last = mine.catch(() => undefined);
    return await mine;
  };
}
