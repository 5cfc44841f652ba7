/** How many requests a minute each API key may make: a bucket a key, refilled steadily. */
import type { Clock } from '../../host/clock.ts';

export interface Allowed {
  limit: number;
  remaining: number;
  /** Seconds until the bucket is full again. */
  resetS: number;
  /** Set: not now, but after so many seconds. */
  retryAfterS?: number;
}

export class Allowance {
  readonly #perMinute: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<number, { requests: number; at: number }>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  take(credentialId: number): Allowed {
    const limit = this.#perMinute;
    const left = this.#left(credentialId);
    if (left < 1)
      return {
        limit,
        remaining: 0,
        resetS: this.#secondsFor(limit - left),
        retryAfterS: this.#secondsFor(1 - left),
      };
    this.#forgetFull();
    this.#buckets.set(credentialId, { requests: left - 1, at: this.#clock.now() });
    return { limit, remaining: Math.floor(left - 1), resetS: this.#secondsFor(limit - left + 1) };
  }

  #left(credentialId: number): number {
    const bucket = this.#buckets.get(credentialId);
    if (!bucket) return this.#perMinute;
    // A clock that was set back gives nothing, and takes nothing.
    const minutes = Math.max(0, this.#clock.now() - bucket.at) / 60_000;
    return Math.min(this.#perMinute, bucket.requests + minutes * this.#perMinute);
  }

  /** A full bucket says nothing that a missing one doesn't. */
  #forgetFull(): void {
    for (const id of this.#buckets.keys()) if (this.#left(id) >= this.#perMinute) this.#buckets.delete(id);
  }

  #secondsFor(requests: number): number {
    return (requests * 60) / this.#perMinute;
  }
}
