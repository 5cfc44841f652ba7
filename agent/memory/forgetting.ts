/** Which of a person's own facts a "forget …" means: the ones that clearly match, or none. */
import type { Fact } from '@rockpool/protocol/memory';
import type { Store } from '../store/store.ts';
import type { FactEmbedding } from './embedding.ts';
import type { ToForget } from './noticed.ts';
import { standalone } from './sentences.ts';
import { keyOf, subjectOf } from './subject.ts';

/**
 * Far above the floor of recall: what is forgotten by mistake is gone, what is not found can be named better.
 * Measured with Pebble's embedder on 20 facts, half of them Chinese, each asked to be forgotten in other words: the right
 * one came first every time, 17 times with .45 ± .005 or more; 18 things that are in no fact reached .44 at most
 * (Monday's meeting where there is one on Thursday), the others .31.
 */
const floor = 0.45;
/** Others nearly as fitting are meant as well: "forget my allergy" with two allergies. */
const asGood = 0.03;
const maxByLikeness = 3;

type Facts = Pick<
  Store['memory'],
  'alike' | 'ownWorded' | 'ownAbout' | 'ownWithText' | 'ownWithWords' | 'forget'
>;

export function createForgetting(facts: Facts, embedding: Pick<FactEmbedding, 'vectors'>) {
  async function meant(
    personId: number,
    { about, everything }: ToForget,
    last: Fact | undefined,
  ): Promise<Fact[]> {
    if (about === null) return last ? [last] : [];
    if (everything) return await facts.ownWithWords(personId, about);
    return (await byName(personId, about)) ?? (await byLikeness(personId, about));
  }

  /** "That the alarm code is 4471", or "the alarm code". */
  async function byName(personId: number, about: string): Promise<Fact[] | undefined> {
    const exact = await facts.ownWithText(personId, standalone(about));
    if (exact.length > 0) return exact;
    for (const subject of new Set([subjectOf(standalone(about)), keyOf(about)])) {
      const found = subject ? await facts.ownAbout(personId, subject) : [];
      if (found.length > 0) return found;
    }
    return undefined;
  }

  async function byLikeness(personId: number, about: string): Promise<Fact[]> {
    const [embedded] = await embedding.vectors([about]);
    const worded = await facts.ownWorded(personId, about);
    const alike = await facts.alike(personId, { worded, embedded });
    const best = alike[0]?.score ?? 0;
    return alike
      .filter(({ score, words }) => (embedded ? score >= floor : words === 1) && score >= best - asGood)
      .slice(0, maxByLikeness)
      .map(({ fact }) => fact);
  }

  return {
    /** What was forgotten, as it was. */
    async forget(personId: number, wanted: readonly ToForget[], last: Fact | undefined): Promise<Fact[]> {
      const found = new Map<number, Fact>();
      for (const one of wanted) {
        for (const fact of await meant(personId, one, last)) found.set(fact.id, fact);
      }
      if (found.size > 0) await facts.forget([...found.keys()]);
      return [...found.values()];
    },
  };
}
