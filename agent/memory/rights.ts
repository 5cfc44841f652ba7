/** What a person may know and do about their memory as a whole, and what an admin may: counts and limits, no more. */
import type { FullFact, MemorySpace, MemoryStatus } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { Store } from '../store/store.ts';
import type { Whose } from './facts.ts';
import { demandMayChange } from './may.ts';

export interface RightsParts {
  facts: Store['memory'];
  store: Pick<Store['store'], 'memoryAway' | 'restoreMemory' | 'beginMemoryAnew'>;
  clock: Clock;
  /** Also what is still to be read of what they said. */
  forgetAll(person: Person): Promise<number>;
  /** After everything of somebody was erased: copies go too. */
  erased(): Promise<void>;
}

export interface OwnedSpace extends MemorySpace {
  /** Null: the office's, or a group's. */
  personId: number | null;
  groupId?: number;
}

export interface Limits {
  facts?: number | undefined;
  bytes?: number | undefined;
}

export type Rights = ReturnType<typeof createRights>;

export function createRights({ facts, store, clock, forgetAll, erased }: RightsParts) {
  /** @throws Refusal `not-found` for what is another's, as for what never was */
  async function own(person: Person, id: number): Promise<FullFact> {
    const fact = await facts.get(person.id, id);
    if (!fact) throw new Refusal('not-found', 'There is no such fact; it may have been forgotten.');
    await demandMayChange(facts, person, fact);
    return fact;
  }

  return {
    async status(person: Person): Promise<MemoryStatus> {
      const away = await store.memoryAway();
      if (away) {
        const { since, why, restore } = away;
        const isAdmin = person.role === 'admin';
        // Paths and damage are for whoever can do something about them.
        return {
          away: { since, why: isAdmin ? why : '', restore: isAdmin ? restore : null },
          ...{ mine: null, office: null, embedding: null },
        };
      }
      const [mine, office, embedding] = await Promise.all([
        facts.space(person.id),
        facts.space(null),
        facts.reembedding(),
      ]);
      return { away: null, mine, office, embedding };
    },

    /** The person has read it, and it is true: what others wrote becomes their own word. */
    async confirm(person: Person, id: number): Promise<FullFact> {
      const fact = await own(person, id);
      if (fact.origin === 'owner') return fact;
      await facts.confirm(id, person.id, clock.now());
      return await own(person, id);
    },

    async pin(person: Person, id: number, pinned: boolean): Promise<FullFact> {
      await own(person, id);
      await facts.pin(id, pinned);
      return await own(person, id);
    },

    /** Everything that only this person sees: facts, evidence, words, vectors, and the copies that held them. */
    async erase(person: Person): Promise<number> {
      const forgotten = await forgetAll(person);
      await erased();
      return forgotten;
    },

    /** @throws Refusal `forbidden` for whoever is no admin */
    async spaces(person: Person): Promise<OwnedSpace[]> {
      demandAdmin(person);
      return await facts.spaces();
    },
    /** What is left out stays as it is. */
    async limit(person: Person, whose: Whose, quota: Limits): Promise<OwnedSpace> {
      demandAdmin(person);
      const now = await facts.space(whose);
      const wanted = { facts: quota.facts ?? now.maxFacts, bytes: quota.bytes ?? now.maxBytes };
      const space = await facts.limit(whose, wanted);
      const isGroup = typeof whose === 'object' && whose !== null;
      return isGroup ? { personId: null, groupId: whose.group, ...space } : { personId: whose, ...space };
    },

    /** @returns the copy that took its place; people who were removed since are removed from it again */
    async restore(copy: string | null, people: readonly number[]): Promise<string> {
      const from = await store.restoreMemory(copy);
      const gone = (await facts.spaces()).flatMap(({ personId }) =>
        personId === null || people.includes(personId) ? [] : [personId],
      );
      for (const personId of gone) await facts.removePerson(personId);
      await facts.disband();
      return from;
    },
    beginAnew: (): Promise<void> => store.beginMemoryAnew(),
  };
}

function demandAdmin({ role }: Person): void {
  if (role === 'admin') return;
  throw new Refusal('forbidden', 'Only an administrator may do that; ask one.');
}
