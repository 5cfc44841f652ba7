/** Whom a fact reaches, as one word: a term of the word index and a partition of the vectors. */
import type { FactOrigin, FactScope } from '@rockpool/protocol/memory';

/** Of one person, of one group of people, or of everybody. */
export type Namespace = `p${number}` | `g${number}` | 'office';
export type Visible = Namespace | `${Namespace}past` | `p${number}unsure`;

export const ownOf = (personId: number): `p${number}` => `p${personId}`;
export const ofGroup = (groupId: number): `g${number}` => `g${groupId}`;

/** What a person is answered from: their own facts, those of their groups, and the office's. */
export const seenBy = (personId: number, groups: readonly number[]): Namespace[] => [
  ownOf(personId),
  'office',
  ...groups.map(ofGroup),
];

/** History, and what others wrote and nobody confirmed: listed to the same people, and never recalled. */
export const pastSeenBy = (personId: number, groups: readonly number[]): Visible[] => [
  ...seenBy(personId, groups).map((name): Visible => `${name}past`),
  `p${personId}unsure`,
];

export interface Reaching {
  owner: number;
  scope: FactScope;
  /** Whose it is, when the scope is `group`. */
  groupId?: number | null | undefined;
}

/** Where it counts, whether it is current or history. */
export function namespaceFor({ owner, scope, groupId }: Reaching): Namespace {
  if (scope === 'office') return 'office';
  return scope === 'group' && groupId != null ? ofGroup(groupId) : ownOf(owner);
}

export function visibleTo(fact: Reaching & { supersededAt: number | null; origin?: FactOrigin }): Visible {
  const current = namespaceFor(fact);
  if (fact.supersededAt !== null) return `${current}past`;
  return fact.origin === 'untrusted' && fact.scope === 'mine' ? `p${fact.owner}unsure` : current;
}
