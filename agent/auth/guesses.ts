/** Every attempt at a secret that a person types or follows: counted first, one at a time, forgiven when it was right. */
import { isIPv6 } from 'node:net';
import type { Clock } from '../host/clock.ts';
import { foldName } from './accounts.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { People } from './people.ts';
import { hashSecret } from './secrets.ts';
import type { Bucket } from './throttle.ts';

/** At an eighth of a second each, the last in line waits for about five seconds. */
const maxWaiting = 40;

/** Hashed, because people type passwords where the name belongs. */
export const nameBucket = (name: string): Bucket => `name:${hashSecret(foldName(name))}`;

/** An IPv6 host has its whole /64 to choose from, so that is what counts as one address. */
export function addressBucket(address: string): Bucket {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return `address:${plain}`;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? [] : Array<string>(8 - groups.length - after.length).fill('0');
  const network = [...groups, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16));
  return `address:${network.map((group) => group.toString(16)).join(':')}::/64`;
}

export interface Guesses {
  /**
   * Runs `attempt` when none of the buckets is closed; undefined from it means that the guess was wrong.
   * @throws Refusal `too-many-requests` or `busy`
   */
  make<T>(buckets: readonly Bucket[], attempt: () => Promise<T | undefined>): Promise<T | undefined>;
  /** For what hashes without guessing: takes its turn with the guesses. */
  inTurn<T>(run: () => Promise<T>): Promise<T>;
}

export function createGuesses(people: People, clock: Clock): Guesses {
  const inTurn = oneAtATime(maxWaiting);

  async function count<T>(buckets: readonly Bucket[], attempt: () => Promise<T | undefined>) {
    await people.countGuess(buckets, clock.now());
    let wrong = false;
    try {
      const found = await attempt();
      wrong = found === undefined;
      return found;
    } finally {
      if (!wrong) await people.uncountGuess(buckets);
    }
  }

  return {
    inTurn,
    async make(buckets, attempt) {
      // Before the queue too, so that whoever has to wait doesn't stand in others' way.
      await people.refuseUntilOpen(buckets, clock.now());
      return await inTurn(() => count(buckets, attempt));
    },
  };
}
