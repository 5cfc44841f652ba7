/** The nights as a person may see them, and what they may take back. */
import type { MemoryNight, NightUndo } from '@rockpool/protocol/nights';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { type Namespace, namespaceOf } from '../fact-spaces.ts';
import type { Consolidation } from './consolidation.ts';
import type { NightAccount } from './nights.ts';

export type Nights = ReturnType<typeof createNights>;

/** @param restored what came back may wait for its vectors */
export function createNights(consolidation: Pick<Consolidation, 'nights' | 'undo'>, restored: () => void) {
  return {
    /** Newest first: one's own, the office's, and for administrators how much it was of all others. */
    async list(person: Person): Promise<MemoryNight[]> {
      const told = new Map<string, MemoryNight>();
      for (const one of await consolidation.nights()) {
        const whose = whoseIs(one.name, person);
        if (whose === 'others' && person.role !== 'admin') continue;
        const key = `${one.night}/${whose}`;
        told.set(key, added(told.get(key), one, whose));
      }
      return [...told.values()];
    },

    /** How many facts are as they were. @throws Refusal `not-found`, `forbidden` */
    async undo(person: Person, night: number, { whose }: NightUndo): Promise<number> {
      if (whose === 'everyone' && person.role !== 'admin') {
        throw new Refusal('forbidden', 'Only an administrator may take a night back for everyone; ask one.');
      }
      const names = whose === 'everyone' ? undefined : [namespaceOf(person.id)];
      const count = await consolidation.undo(night, names);
      if (count === undefined) {
        throw new Refusal(
          'not-found',
          'There is nothing of that night to take back; it may be too long ago.',
        );
      }
      restored();
      return count;
    },
  };
}

function whoseIs(name: Namespace, person: Person): MemoryNight['whose'] {
  if (name === 'office') return 'office';
  return name === namespaceOf(person.id) ? 'mine' : 'others';
}

function added(sum: MemoryNight | undefined, one: NightAccount, whose: MemoryNight['whose']): MemoryNight {
  return {
    ...{ night: one.night, beganAt: one.beganAt, endedAt: one.endedAt, whose },
    merged: (sum?.merged ?? 0) + one.merged,
    compacted: (sum?.compacted ?? 0) + one.compacted,
    evicted: (sum?.evicted ?? 0) + one.evicted,
    refused: (sum?.refused ?? 0) + (one.outcome === 'refused' ? 1 : 0),
    undone: (sum?.undone ?? 0) + (one.undoneAt === null ? 0 : 1),
  };
}
