/** How much a device may say: so that one that floods keeps only itself waiting. */

/** A backlog of seven days is some forty large batches; they pass at once, and a thousand small reports do too. */
const burst = 2_000;
const perSecond = 100;
/** A large message costs as much as many small ones. */
const bytesEach = 2_048;

export interface Flow {
  /** @returns 0 when it may pass, else after how many milliseconds it may; it is counted in any case */
  pass(device: string, bytes: number, now: number): number;
  /** Without counting it when it may not: for a message that won't be kept. */
  admits(device: string, bytes: number, now: number): boolean;
}

interface Bucket {
  /** What is left; below nothing, who comes has to wait. */
  left: number;
  at: number;
}

/** Who hasn't spoken for so long has a full bucket, and needs none. */
const fullAfterMs = (burst / perSecond) * 1_000;
const sweepFrom = 20_000;

export function createFlow(): Flow {
  const buckets = new Map<string, Bucket>();
  let sweepAt = sweepFrom;
  const fill = (device: string, now: number): Bucket => {
    const bucket = buckets.get(device) ?? { left: burst, at: now };
    // A clock that was set back fills nothing and takes nothing.
    const passed = Math.max(0, now - bucket.at) / 1_000;
    bucket.left = Math.min(burst, bucket.left + passed * perSecond);
    bucket.at = now;
    buckets.set(device, bucket);
    if (buckets.size > sweepAt) {
      for (const [name, { at }] of buckets) if (now - at > fullAfterMs) buckets.delete(name);
      sweepAt = Math.max(sweepFrom, buckets.size * 2);
    }
    return bucket;
  };
  return {
    pass(device, bytes, now) {
      const bucket = fill(device, now);
      bucket.left -= 1 + bytes / bytesEach;
      return bucket.left >= 0 ? 0 : Math.ceil((-bucket.left / perSecond) * 1_000);
    },
    admits(device, bytes, now) {
      const bucket = fill(device, now);
      const cost = 1 + bytes / bytesEach;
      if (bucket.left < cost) return false;
      bucket.left -= cost;
      return true;
    },
  };
}
