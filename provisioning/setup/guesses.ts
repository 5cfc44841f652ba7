/** Slows guessing of the label's code: per address and in total, over restarts of this process. */
import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';

/** A clock that only goes forward from the start of the system; a board's clock of day jumps when it learns the time. */
export interface Uptime {
  seconds(): number;
}

interface Limit {
  /** Wrong ones before the first wait. */
  free: number;
  longestS: number;
  /** One wrong one is forgiven in this time. */
  forgivenS: number;
}

/**
 * An address waits ever longer, and while many err together each that did so more than once or twice waits half a minute
 * besides. One that hardly erred doesn't: a laptop can have all addresses of its LAN, and would keep the technician
 * out for as long as it likes. What it gains is some hundred guesses, of 2³⁹ codes.
 */
const limits = {
  address: { free: 5, longestS: 900, forgivenS: 300 },
  total: { free: 30, longestS: 30, forgivenS: 60 },
} as const satisfies Record<string, Limit>;

/** The bucket of all together. */
const total = 'total';

/** As often as an honest finger slips. */
const slips = 2;

/** Addresses remembered; the one that waits shortest makes room. */
const mostAddresses = 512;

const Bucket = z.strictObject({ wrong: z.number().min(0), at: z.number(), openAt: z.number() });
type Bucket = z.infer<typeof Bucket>;
const Kept = z.record(z.string(), Bucket);

export interface Guesses {
  /** Seconds until this address may try. */
  waitS(address: string): number;
  /**
   * Counts a guess as wrong before it is made, so that ending this process while it is checked forgives nothing.
   * @returns whether `isRight` said so
   * @throws Refusal `too-many-requests` without having asked
   */
  make(address: string, isRight: () => Promise<boolean>): Promise<boolean>;
}

/** @param file in a folder that ends with the boot, as `uptime` does */
export function openGuesses(file: string, uptime: Uptime): Guesses {
  const buckets = new Map<string, Bucket>(Object.entries(load(file)));
  let last: Promise<unknown> = Promise.resolve();

  function wrongOf(key: string): number {
    const { wrong, at, openAt } = buckets.get(key) ?? { wrong: 0, at: 0, openAt: 0 };
    return Math.max(0, wrong - Math.max(0, uptime.seconds() - Math.max(at, openAt)) / limitOf(key).forgivenS);
  }

  function waitOf(own: string): number {
    const now = uptime.seconds();
    const binding = wrongOf(own) > slips ? [own, total] : [own];
    const openAt = Math.max(...binding.map((key) => buckets.get(key)?.openAt ?? 0));
    // A sum of fractions is a hair more than it should be, and would cost a whole second.
    return Math.max(0, Math.ceil(openAt - now - 0.001));
  }

  function refuseUntilOpen(own: string): void {
    const retryAfterS = waitOf(own);
    if (retryAfterS === 0) return;
    throw new Refusal(
      'too-many-requests',
      'Too many wrong codes; wait, then compare the code with the label.',
      {
        retryAfterS,
      },
    );
  }

  function change(own: string, by: (bucket: Bucket, limit: Limit, now: number) => Bucket): void {
    const now = uptime.seconds();
    for (const key of [total, own]) {
      const { openAt } = buckets.get(key) ?? { openAt: now };
      buckets.set(key, by({ wrong: wrongOf(key), at: now, openAt }, limitOf(key), now));
    }
    makeRoom();
    writeFileAtomically(file, JSON.stringify(Object.fromEntries(buckets)));
  }

  function makeRoom(): void {
    const soonest = [...buckets].filter(([key]) => key !== total).sort(([, a], [, b]) => a.openAt - b.openAt);
    for (const [key] of soonest.slice(0, Math.max(0, buckets.size - mostAddresses))) buckets.delete(key);
  }

  const count = (bucket: Bucket, limit: Limit, now: number): Bucket => {
    const wrong = Math.min(bucket.wrong + 1, limit.free + 10); // beyond the longest wait it would only be remembered longer
    return { wrong, at: now, openAt: now + waitAfter(wrong, limit) };
  };
  const uncount = (bucket: Bucket, _: Limit, now: number): Bucket => ({
    wrong: Math.max(0, bucket.wrong - 1),
    at: now,
    openAt: now,
  });

  async function guess(own: string, isRight: () => Promise<boolean>): Promise<boolean> {
    refuseUntilOpen(own);
    change(own, count);
    let right = true; // a check that could not be made was no guess
    try {
      right = await isRight();
    } finally {
      if (right) change(own, uncount);
    }
    return right;
  }

  return {
    waitS: (address) => waitOf(network(address)),
    make(address, isRight) {
      const own = network(address);
      refuseUntilOpen(own);
      // One at a time: what a guess costs in memory is bounded, and none runs ahead of the count.
      const mine = last.then(() => guess(own, isRight));
      last = mine.catch(() => undefined); // its outcome is its caller's
      return mine;
    },
  };
}

/** Whole ones: what is forgiven in a second must not make the next wait no longer than the last. */
function waitAfter(wrong: number, { free, longestS }: Limit): number {
  const beyond = Math.ceil(wrong) - free;
  return beyond < 0 ? 0 : Math.min(longestS, 2 ** (beyond + 1));
}

const limitOf = (key: string): Limit => (key === total ? limits.total : limits.address);

/** An IPv6 host has its whole /64 to choose from, so that is what counts as one address. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return `${[...groups, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/** What can't be read was cut short while written: the waits begin again, and the page still opens. */
function load(file: string): Record<string, Bucket> {
  if (!existsSync(file)) return {};
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}
