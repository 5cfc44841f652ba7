/** Tries of the setup code while the database of people is closed: slowed down in memory, and one at a time. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import { addressBucket } from './guesses.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { SetupCodeHash } from './setup-code.ts';

const freeTries = 5;
const maxWaitMs = 15 * 60_000;
/** Whoever has more addresses than this is one attacker, and waits as one. */
const maxAddresses = 1_000;

interface Tries {
  wrong: number;
  openAt: number;
}

/** A restart forgives, and to restart it one has to stand before the device. */
export function createEarlyGuesses(label: SetupCodeHash, clock: Clock) {
  const inTurn = oneAtATime(8);
  const byAddress = new Map<string, Tries>();
  const bucketOf = (address: string): string => {
    const bucket = addressBucket(address);
    return byAddress.has(bucket) || byAddress.size < maxAddresses ? bucket : 'all others';
  };

  return {
    async isRight(code: string, address: string): Promise<boolean> {
      const bucket = bucketOf(address);
      return await inTurn(async () => {
        const before = byAddress.get(bucket) ?? { wrong: 0, openAt: 0 };
        refuseUntil(before.openAt, clock.now());
        // Counted before it is tried, so that whoever hangs up has tried too.
        const wrong = before.wrong + 1;
        byAddress.set(bucket, { wrong, openAt: clock.now() + waitMs(wrong) });
        if (!(await label.isOf(code))) {
          byAddress.set(bucket, { wrong, openAt: clock.now() + waitMs(wrong) });
          return false;
        }
        byAddress.delete(bucket);
        return true;
      });
    },
  };
}

const waitMs = (wrong: number): number =>
  wrong < freeTries ? 0 : Math.min(1_000 * 2 ** Math.min(wrong - freeTries, 20), maxWaitMs);

function refuseUntil(openAt: number, now: number): void {
  // A clock that is set back by hours must not close the door for hours.
  const leftMs = Math.min(openAt - now, maxWaitMs);
  if (leftMs <= 0) return;
  const retryAfterS = Math.ceil(leftMs / 1_000);
  throw new Refusal('too-many-requests', `Too many attempts; wait ${retryAfterS} seconds and try again.`, {
    retryAfterS,
  });
}
