/** Which of the found facts are recalled, and in which order: how well each fits, a floor, and the newer of two that disagree. */
import { tellsSameMatter } from './matter.ts';
import { conceptsOf, heldBy, isOfConcept, questionParts, sayingOf } from './question-parts.ts';

export interface Candidate {
  id: number;
  text: string;
  subject: string | null;
  /** Since when it is so, as far as is known. */
  at: number;
  /** Null when it or the question has no vector. In units of the embedder's own, see `usual.ts`. */
  likeness: number | null;
  /** Of the words asked for, the part it holds. */
  share: number;
  /** Among those found by words, best first from 0; null when words didn't find it. */
  place: number | null;
  importance: number;
  uses: number;
  /** How far it has paled: 0 for what stays as it is, towards 1 for what was an event or an appointment of long ago. */
  paled: number;
  /** It happened, or will happen once. */
  isEvent: boolean;
}

export interface Ranked extends Candidate {
  fit: number;
  /** It disagrees with older ones, and is so since `at`. */
  replaces: number[];
}

/** What the likeness of a right pair, as a rule, adds to holding all of what is asked for, which is 1. */
const likenessWeighs = 0.38;
/**
 * Below this nothing reaches a prompt, unless it is as near as `nearAlone`, in the embedder's own unit, and so needs no
 * word in common. On the tuning wordings of `evals/memory` and on the 500 pairs of `evals/retrieval.ts`:
 *
 *   floor, nearAlone        .6 .85   .5 .7   .5 .6   .4 .5   none
 *   recall@5, office          .974    .978    .978    .979   .979
 *   recall@5, pairs           .678    .726    .738    .786   .786
 *   told, near miss            .27     .46     .61     .86      1
 *   told, about nothing        .04     .12     .12     .32      1
 */
const floor = 0.5;
/**
 * What fits less than this part of what fits best only distracts: six entries cost a small model three times the time to
 * its first word that one does. Of 500 hand-written questions none lost its fact to this; entries fell from 1.74 to 1.38.
 */
const besideTheBest = 0.65;
const nearAlone = 0.7;
/** Without vectors: so much of what is asked for. */
const wordsFloor = 0.5;
/** Of what stands on top, so many are looked at for others that they replace. */
const compared = 16;
/** A newer fact about the same replaces an older one that fits better by no more than this. */
const replacesWithin = { asked: 0.9, matter: 0.75, partly: 0.4, alike: 0.3 };
/** Of the things asked for that the older holds, the newer must hold so many. */
const partlyThere = 0.6;

/** Ties are decided by these, and nothing else: all three together move a fact by less than a word does. */
const priors = { recency: 0.02, importance: 0.02, use: 0.01 };
/** By so much less does it fit when nothing of it is left. */
const paledWeighs = 0.06;
const halfLifeMs = 180 * 86_400_000;
const manyUses = 32;

/** How well a candidate fits by itself, without the question's words; see `forgetting.ts`. */
export function strengthOf({ likeness, share }: Pick<Candidate, 'likeness' | 'share'>): number {
  return likeness === null ? share : likenessWeighs * likeness + aloneWordsWeigh * share;
}
const aloneWordsWeigh = 0.15;

/** Best first, at most `limit`; of those that contradict each other only the newest. */
export function rank(candidates: readonly Candidate[], limit: number, asked = ''): Ranked[] {
  const parts = questionParts(asked, candidates);
  const assumed = assumedLikeness(candidates);
  const newestAt = candidates.reduce((newest, { at }) => Math.max(newest, at), 0);
  const { newest, replaced } = newestOfSubject(candidates);
  const weighed = newest.map((candidate): Weighed => {
    const held = heldBy(parts, candidate.text);
    // A question of nothing but words that all have is told by what the search found of them.
    const { part, worth } = parts.length > 0 ? held : { part: candidate.share, worth: candidate.share };
    const near = likenessWeighs * (candidate.likeness ?? assumed);
    return { candidate, held, fit: near + part + priorOf(candidate, newestAt), base: near + worth, worth };
  });
  const passing = weighed.filter(({ candidate, base, worth }) =>
    candidate.likeness === null ? worth >= wordsFloor : base >= floor || candidate.likeness >= nearAlone,
  );
  passing.sort((a, b) => b.fit - a.fit || b.candidate.id - a.candidate.id);
  const best = passing[0]?.fit ?? 0;
  // One that waits for its vector can't be as near as the best, and stands by its words.
  const close = passing.filter(
    ({ candidate, fit }) => candidate.likeness === null || fit >= besideTheBest * best,
  );
  const beside = weighed.filter((one) => !close.includes(one)).sort((a, b) => b.fit - a.fit);
  const told = folded(newerFirst(close, beside).slice(0, 3 * limit)).slice(0, limit);
  return told.map((one) => ({
    ...one.candidate,
    fit: one.fit,
    replaces: [...(replaced.get(one.candidate.id) ?? []), ...contradictedBy(one, told)],
  }));
}

/** Each by the newest that contradicts it, and by no other. */
function contradictedBy(one: Weighed, told: readonly Weighed[]): number[] {
  return told.flatMap((older) => {
    const newer = told.filter(({ candidate }) => candidate.at > older.candidate.at);
    const against = newer.filter((other) => contradicts(older, other));
    const newest = against.sort((a, b) => b.candidate.at - a.candidate.at)[0];
    return newest === one ? [older.candidate.id] : [];
  });
}

/**
 * While vectors are made anew, some candidates have one and some don't: one that waits for it is taken for as near as
 * the others that words found (or that anything did), and stands or falls by its words.
 */
function assumedLikeness(candidates: readonly Candidate[]): number {
  const near = candidates.filter(({ likeness }) => likeness !== null);
  const worded = near.filter(({ place }) => place !== null);
  const known = worded.length > 0 ? worded : near;
  return known.length === 0
    ? 0
    : known.reduce((sum, { likeness }) => sum + (likeness ?? 0), 0) / known.length;
}

interface Weighed {
  candidate: Candidate;
  held: ReturnType<typeof heldBy>;
  /** What orders it. */
  fit: number;
  /** What the floor is held against. */
  base: number;
  worth: number;
}

const priorOf = ({ at, importance, uses, paled }: Candidate, newestAt: number): number =>
  priors.recency * 2 ** (-(newestAt - at) / halfLifeMs) +
  priors.importance * (importance - 0.5) +
  priors.use * (Math.log2(1 + Math.min(uses, manyUses)) / Math.log2(1 + manyUses)) -
  paledWeighs * paled;

/** Those of one subject are another's word and the office's, say: what a person says replaces at once what they said before. */
function newestOfSubject(candidates: readonly Candidate[]) {
  const newest = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (candidate.subject === null) continue;
    const other = newest.get(candidate.subject);
    if (!other || isNewer(candidate, other)) newest.set(candidate.subject, candidate);
  }
  const replaced = new Map<number, number[]>();
  const kept = candidates.filter((one) => {
    const last = one.subject === null ? one : newest.get(one.subject);
    if (!last || last === one) return true;
    replaced.set(last.id, [...(replaced.get(last.id) ?? []), one.id]);
    return false;
  });
  return { newest: kept, replaced };
}

const isNewer = (a: Candidate, b: Candidate): boolean => a.at > b.at || (a.at === b.at && a.id > b.id);

/**
 * A newer fact about the same goes before the older one, however either is worded: both stay, because two wordings
 * don't prove that they are about the same.
 * @param beside what fits too badly to be told by itself, and may yet tell how what fits has changed
 */
function newerFirst(ranked: readonly Weighed[], beside: readonly Weighed[]): Weighed[] {
  const placed: Weighed[] = [];
  for (const one of [...ranked.slice(0, compared), ...beside]) {
    const older = placed.findIndex(
      (other) => other.candidate.at < one.candidate.at && one.fit >= other.fit - mayFitWorseBy(other, one),
    );
    if (older < 0 && !ranked.includes(one)) continue;
    placed.splice(older < 0 ? placed.length : older, 0, one);
  }
  return [...placed, ...ranked.slice(compared)];
}

/** Each thing once, however often and in whichever order of words it was said. */
function folded(ranked: readonly Weighed[]): Weighed[] {
  const said = new Set<string>();
  return ranked.filter(({ candidate }) => {
    const saying = sayingOf(candidate.text);
    return !said.has(saying) && said.add(saying);
  });
}

/**
 * Whether the older one may be taken for no longer so: stricter than which of them goes first, because nobody is told it
 * then. Both must hold all of the question that either holds, and give a value of one kind.
 */
function contradicts(
  { candidate: was, held: older }: Weighed,
  { candidate: is, held: newer }: Weighed,
): boolean {
  if (is.isEvent || was.isEvent || areTwoOfAKind(was.subject, is.subject)) return false;
  const names = [...older.names.keys()];
  if (names.length + older.concepts.length === 0) return false;
  const sameNames = names.length === newer.names.size && names.every((name) => newer.names.has(name));
  const both = older.concepts.filter((part) => newer.concepts.includes(part));
  return sameNames && both.length === older.concepts.length && tellsSameMatter(was.text, is.text, both);
}

/** "gate in lyon code" and "garage in lyon code": the same of two things, each with a name that the other lacks. */
function areTwoOfAKind(a: string | null, b: string | null): boolean {
  if (a === null || b === null || a === b) return false;
  const [ones, others] = [a.split(' '), b.split(' ')];
  if (ones.at(-1) !== others.at(-1)) return false;
  const lacks = (some: readonly string[], all: readonly string[]): boolean =>
    some.some((word) => !all.includes(word) && !saysWhich.has(word));
  return lacks(ones, others) && lacks(others, ones);
}
const saysWhich = new Set(
  'last latest next newest new old present current first our my the its had changed'.split(' '),
);

/** By how much the newer may fit worse and still go first; less than nothing when they aren't about the same. */
function mayFitWorseBy(older: Weighed, newer: Weighed): number {
  const { candidate: was } = older;
  const { candidate: is } = newer;
  // The server's code is newer than the gate's, and no newer code of the gate.
  const named = [...older.held.names.keys()].filter((name) => !newer.held.names.has(name));
  if (named.some((name) => !/^\p{Script=Han}$/u.test(name) && !isOfConcept(name, was.text)))
    return Number.NEGATIVE_INFINITY;
  if (areTwoOfAKind(was.subject, is.subject)) return Number.NEGATIVE_INFINITY;
  const asked = older.held.concepts;
  const both = asked.filter((part) => newer.held.concepts.includes(part));
  if (asked.length > 0 && both.length === asked.length) return replacesWithin.asked;
  if (older.held.names.size + both.length > 0 && tellsSameMatter(was.text, is.text, both))
    return replacesWithin.matter;
  if (asked.length > 0)
    return both.length >= partlyThere * asked.length ? replacesWithin.partly : Number.NEGATIVE_INFINITY;
  const said = conceptsOf(is.text);
  return [...conceptsOf(was.text)].some((concept) => said.has(concept))
    ? replacesWithin.alike
    : Number.NEGATIVE_INFINITY;
}
