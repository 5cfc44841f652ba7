/** Whom a fact reaches, as one word: a term of the word index and a partition of the vectors. */
import type { FactOrigin, FactScope } from '@rockpool/protocol/memory';

export type Visible = `p${number}` | `p${number}past` | `p${number}unsure` | 'office' | 'officepast';

export const ownOf = (personId: number): Visible => `p${personId}`;

/** What a person is answered from: their own facts and the office's. */
export const seenBy = (personId: number): Visible[] => [ownOf(personId), 'office'];

/** History, and what others wrote and nobody confirmed: listed to the same people, and never recalled. */
export const pastSeenBy = (personId: number): Visible[] => [
  `p${personId}past`,
  'officepast',
  `p${personId}unsure`,
];

export function visibleTo(fact: {
  owner: number;
  scope: FactScope;
  supersededAt: number | null;
  origin?: FactOrigin;
}): Visible {
  const current = fact.scope === 'office' ? 'office' : (`p${fact.owner}` as const);
  if (fact.supersededAt !== null) return `${current}past`;
  return fact.origin === 'untrusted' && fact.scope === 'mine' ? `p${fact.owner}unsure` : current;
}
