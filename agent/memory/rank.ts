/** Which of the found facts are recalled, and in which order: two rankings fused, a floor, no contradictions. */

export interface Candidate {
  id: number;
  subject: string | null;
  /** Null when it or the question has no vector. */
  likeness: number | null;
  /** Of the words asked for, the part it holds. */
  share: number;
  /** Among those found by words, best first from 0; null when words didn't find it. */
  place: number | null;
}

/**
 * Below this nothing reaches a prompt. Measured with Pebble's embedder on 203 right pairs of question and fact
 * (an office's and a person's, 37 of them Chinese) and 2,588 pairs that don't belong together:
 *
 *   passing strength >= .25                   English   Chinese
 *   right fact, words shared                    99.3 %     100 %
 *   right fact, mostly meaning shared             90 %      90 %
 *   fact beside the right one                    6.4 %     4.1 %   (same sentence of another room or number)
 *   unanswerable, near miss in memory           13.8 %    13.0 %   (the same again: "ticket 88123" and 88213)
 *   fact about something else                      0 %       0 %
 *   question about nothing in memory               0 %       0 %   (poems, jokes, capitals, thanks)
 *
 * By cosine alone the last line is 10 % at any floor that keeps 90 % of the first two.
 */
const floor = 0.25;
/** What sharing all words adds to the likeness. */
const wordsWeigh = 0.15;
/**
 * Without vectors: half of the words. On the same pairs 97 % of the right English and 73 % of the right Chinese facts
 * pass, 4 % of those beside the right one, and .3 % of the unrelated.
 */
const wordsFloor = 0.5;

/** Of reciprocal rank fusion; its authors' constant. */
const k = 60;
/** The best by meaning stay even when words push them out of the fused top. */
const denseKept = 3;

/** How well a candidate fits: the same scale with and without vectors is not promised. */
export function strengthOf({ likeness, share }: Pick<Candidate, 'likeness' | 'share'>): number {
  return likeness === null ? share : likeness + wordsWeigh * share;
}

const passes = (candidate: Candidate): boolean =>
  strengthOf(candidate) >= (candidate.likeness === null ? wordsFloor : floor);

/** Best first, at most `limit`; of those that contradict each other only the newest. */
export function rank(candidates: readonly Candidate[], limit: number): Candidate[] {
  const passing = newestOfSubject(candidates.filter(passes));
  const dense = order(
    passing.filter((c) => c.likeness !== null),
    (c) => c.likeness ?? 0,
  );
  const worded = order(
    passing.filter((c) => c.place !== null),
    (c) => -(c.place ?? 0),
  );
  const fused = order(passing, (c) => reciprocal(dense, c) + reciprocal(worded, c));
  const kept = new Set(dense.slice(0, Math.min(denseKept, limit)));
  let room = limit - kept.size;
  return fused.filter((c) => kept.has(c) || room-- > 0);
}

function newestOfSubject(candidates: readonly Candidate[]): Candidate[] {
  const newest = new Map<string, number>();
  for (const { id, subject } of candidates) {
    if (subject !== null) newest.set(subject, Math.max(id, newest.get(subject) ?? 0));
  }
  return candidates.filter(({ id, subject }) => subject === null || newest.get(subject) === id);
}

/** Ties by id, the newer first. */
const order = (candidates: readonly Candidate[], by: (c: Candidate) => number): Candidate[] =>
  candidates.toSorted((a, b) => by(b) - by(a) || b.id - a.id);

function reciprocal(ranking: readonly Candidate[], candidate: Candidate): number {
  const at = ranking.indexOf(candidate);
  return at < 0 ? 0 : 1 / (k + at + 1);
}
