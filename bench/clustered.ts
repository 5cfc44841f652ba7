/**
 * Vectors that lie as those of real texts do, for measuring: a mean that all share, topics, clusters of very different
 * sizes, in each a surface of 30 dimensions, and some noise. They are made here and stand for no text at all: recall on
 * real embeddings is measured by `npm run eval:memory`.
 */

export interface Clustered {
  /** The next vector, of length one; the same array every time. */
  next(): Float32Array;
  /** Near one of those made so far: moved along its surface and off it. */
  question(): Float32Array;
}

const surface = 30;
const surfaces = 200;
/** How much of a vector is shared by all, its cluster's, its own on the surface, and noise. */
const parts = { mean: 0.4, cluster: 0.6, own: 0.6, noise: 0.25 };
const moved = 0.35;

export function clustered(total: number, dimensions: number, seed = 7): Clustered {
  const random = numbers(seed);
  const normals = Float32Array.from({ length: 65_536 }, () => normal(random));
  const gauss = (): number => normals[(random() * 65_536) | 0] as number;
  const direction = (): Float32Array => unit(Float32Array.from({ length: dimensions }, gauss));

  const mean = direction();
  const clusters = Math.max(50, Math.floor(total / 200));
  const topics = Array.from({ length: Math.max(10, Math.floor(clusters / 20)) }, direction);
  const centres = Array.from({ length: clusters }, () => {
    const topic = topics[(random() * topics.length) | 0]!;
    return unit(direction().map((number, i) => 0.8 * number + 0.6 * topic[i]!));
  });
  const axes = Array.from({ length: surfaces }, () => Array.from({ length: surface }, direction));
  const decay = Array.from({ length: surface }, (_, i) => (i + 1) ** -0.25);
  const decayed = Math.sqrt(decay.reduce((sum, d) => sum + d * d, 0) / surface);
  const shares = Array.from({ length: clusters }, (_, i) => (i + 10) ** -0.7);
  const sum = shares.reduce((a, b) => a + b, 0);
  const pick = shareOf(shares.map((share) => share / sum));

  const vector = new Float32Array(dimensions);
  function place(cluster: number, own: Float32Array): Float32Array {
    const centre = centres[cluster]!;
    const noise = parts.noise / Math.sqrt(dimensions);
    for (let i = 0; i < dimensions; i += 1)
      vector[i] = parts.mean * mean[i]! + parts.cluster * centre[i]! + noise * gauss();
    for (const [j, axis] of axes[cluster % surfaces]!.entries()) {
      const along = (parts.own * own[j]!) / Math.sqrt(surface);
      for (let i = 0; i < dimensions; i += 1) vector[i]! += along * axis[i]!;
    }
    return unit(vector);
  }
  const ownOf = (): Float32Array => Float32Array.from(decay, (d) => (gauss() * d) / decayed);

  /** Some of those that were made, for questions. */
  const kept: { cluster: number; own: Float32Array }[] = [];
  let made = 0;
  return {
    next() {
      const cluster = pick(random());
      const own = ownOf();
      made += 1;
      if (kept.length < 2_000) kept.push({ cluster, own });
      else if (random() < kept.length / made) kept[(random() * kept.length) | 0] = { cluster, own };
      return place(cluster, own);
    },
    question() {
      const { cluster, own } = kept[(random() * kept.length) | 0]!;
      return place(
        cluster,
        own.map((number, j) => number + (moved * gauss() * decay[j]!) / decayed),
      ).slice();
    },
  };
}

/** In place. */
function unit(vector: Float32Array): Float32Array {
  let square = 0;
  for (const number of vector) square += number * number;
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < vector.length; i += 1) vector[i]! *= scale;
  return vector;
}

/** Which of unequal shares a number from 0 to 1 falls into. */
function shareOf(shares: readonly number[]): (random: number) => number {
  const ends = new Float64Array(shares.length);
  let sum = 0;
  for (const [i, share] of shares.entries()) ends[i] = sum += share;
  return (random) => {
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < random) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The same numbers from 0 to 1 for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
