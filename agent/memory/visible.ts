/** Whom a fact reaches, as one word: a term of the word index and a partition of the vectors. */
import type { FactScope } from '@rockpool/protocol/memory';

export type Visible = `p${number}` | `p${number}past` | 'office' | 'officepast';

export const ownOf = (personId: number): Visible => `p${personId}`;

/** What a person is answered from: their own facts and the office's. */
export const seenBy = (personId: number): Visible[] => [ownOf(personId), 'office'];

/** History is listed to the same people, and is never recalled. */
export const pastSeenBy = (personId: number): Visible[] => [`p${personId}past`, 'officepast'];

export function visibleTo(fact: { owner: number; scope: FactScope; supersededAt: number | null }): Visible {
  const current = fact.scope === 'office' ? 'office' : (`p${fact.owner}` as const);
  return fact.supersededAt === null ? current : `${current}past`;
}
