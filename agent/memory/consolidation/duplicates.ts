/** Whether two sentences say the same: a wrong yes loses a memory, a wrong no costs a line. */
import type { FactOrigin } from '@rockpool/protocol/memory';

export interface Statement {
  id: number;
  text: string;
  subject: string | null;
  origin: FactOrigin;
  pinned: boolean;
  saidAt: number;
}

/** Nearer than this in meaning, with the same subject, and with none. */
const nearWithSubject = 0.95;
const nearWithout = 0.97;
/** Of the words of both, the part that both have. */
const sharedWithSubject = 0.6;
const sharedWithout = 0.75;

const fillers = new Set(
  'a an the is are was were am be of to for at in on our my we i it that this now currently please also just really very 的 了 是 在 我 们'.split(
    ' ',
  ),
);
const negations =
  /\b(?:not|no|never|without|n't|nobody|nothing|none|cannot)\b|n['’]t\b|不|没|無|无|非|别|未/giu;

/** @param cosine undefined when there is no vector: then only words count */
export function saysTheSame(a: Statement, b: Statement, cosine: number | undefined): boolean {
  const [of, and] = [contentOf(a.text), contentOf(b.text)];
  // "The code is 5" and "the code is 6", "Tea for Ana" and "Tea for Ida", "I eat meat" and "I don't".
  if (!equal(of.exact, and.exact) || of.negations !== and.negations) return false;
  if (of.words.size > 0 && equal(of.words, and.words)) return true;
  const hasSubject = a.subject !== null && a.subject === b.subject;
  if (a.subject !== null && b.subject !== null && !hasSubject) return false;
  const shared = [...of.words].filter((word) => and.words.has(word)).length;
  const share = shared / Math.max(1, new Set([...of.words, ...and.words]).size);
  if (cosine === undefined) return false;
  return hasSubject
    ? cosine >= nearWithSubject && share >= sharedWithSubject
    : cosine >= nearWithout && share >= sharedWithout;
}

/** Which of two that say the same stays: what is pinned, what a person said themselves, what was said last. */
export function better(a: Statement, b: Statement): Statement {
  const order =
    Number(b.pinned) - Number(a.pinned) || trust(b) - trust(a) || b.saidAt - a.saidAt || b.id - a.id;
  return order <= 0 ? a : b;
}

/** Only a person's word, and what was drawn from it, is tidied: what others wrote and what the device says stays as it is. */
export const mayBeTidied = ({ origin }: Pick<Statement, 'origin'>): boolean =>
  origin === 'owner' || origin === 'agent';

const trust = ({ origin }: Statement): number => (origin === 'owner' ? 1 : 0);

function contentOf(text: string): { words: Set<string>; exact: Set<string>; negations: number } {
  const said = text.normalize('NFKC');
  const plain = said.replace(/[.!?。！？…\s]+$/u, '');
  const tokens =
    plain.match(/\p{Script=Han}|[\p{L}\p{N}][\p{L}\p{N}'’@.:#/+_-]*[\p{L}\p{N}#]|[\p{L}\p{N}#]/gu) ?? [];
  const words = new Set<string>();
  const exact = new Set<string>();
  for (const [i, token] of tokens.entries()) {
    const lower = token.toLowerCase();
    // Numbers, names, and what is written in a way of its own are compared letter for letter.
    const isName = i > 0 && /^\p{Lu}/u.test(token) && token !== 'I' && !/^I['’]/u.test(token);
    if (/[\d@#/_]/u.test(token) || isName || /\p{Ll}\p{Lu}/u.test(token))
      exact.add(isName && !/\d/u.test(token) ? lower : token);
    if (!fillers.has(lower)) words.add(lower.replace(/(?<=\p{Ll}{3})(?:e?s|['’]s)$/u, ''));
  }
  return { words, exact, negations: plain.match(negations)?.length ?? 0 };
}

const equal = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one));
