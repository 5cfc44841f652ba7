/** Slows whoever asks too often: buckets in memory, since a claim has 90 random bits and a restart gives nobody a chance. */
import { networkOf } from '../host/address.ts';
import type { Clock } from '../host/clock.ts';
import { EnrolRefusal } from './refusal.ts';

interface Limit {
  /** Requests that may come at once. */
  burst: number;
  /** One more is allowed after this time. */
  refillMs: number;
}

/**
 * Behind one address there may be an office that sets up twenty devices in an afternoon. Claims that are wrong cost
 * more, of which all addresses together have many: one that never erred is let in while others guess.
 */
const limits = {
  asks: { burst: 60, refillMs: 1_000 },
  errs: { burst: 10, refillMs: 30_000 },
  'all-err': { burst: 300, refillMs: 1_000 },
} as const satisfies Record<string, Limit>;

/** More addresses than this are not remembered; the one that was quiet for longest is forgotten first. */
const remembered = 20_000;

export interface Throttle {
  /** Before anything is done for it. @throws EnrolRefusal `too-many-requests` */
  demandPatience(address: string): void;
  /** It showed a claim, a proof or a name that is not right. */
  countError(address: string): void;
}

export function createThrottle(clock: Clock): Throttle {
  const levels = new Map<string, { level: number; at: number }>();

  function levelOf(key: string, { refillMs }: Limit): number {
    const found = levels.get(key);
    if (!found) return 0;
    // A clock that is set back refills nothing, and keeps nobody waiting until it is as late as it was.
    found.at = Math.min(found.at, clock.now());
    return Math.max(0, found.level - (clock.now() - found.at) / refillMs);
  }

  function add(key: string, limit: Limit): void {
    const level = Math.min(limit.burst, levelOf(key, limit) + 1);
    levels.delete(key);
    levels.set(key, { level, at: clock.now() });
    const [oldest] = levels.keys();
    if (levels.size > remembered && oldest !== undefined) levels.delete(oldest);
  }

  function demand(key: string, limit: Limit): void {
    const over = levelOf(key, limit) + 1 - limit.burst;
    if (over <= 0) return;
    const retryAfterS = Math.ceil((over * limit.refillMs) / 1_000);
    throw new EnrolRefusal('too-many-requests', `Too many requests; try again in ${retryAfterS} s.`, {
      retryAfterS,
    });
  }

  return {
    demandPatience(address) {
      const from = networkOf(address);
      demand(`asks ${from}`, limits.asks);
      demand(`errs ${from}`, limits.errs);
      if (levelOf(`errs ${from}`, limits.errs) > 0) demand('all-err', limits['all-err']);
      add(`asks ${from}`, limits.asks);
    },
    countError(address) {
      add(`errs ${networkOf(address)}`, limits.errs);
      add('all-err', limits['all-err']);
    },
  };
}
