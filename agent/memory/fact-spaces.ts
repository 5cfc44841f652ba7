/** Namespaces: how much each holds and may hold. The database counts and refuses; this reads it and words it. */
import type { MemorySpace } from '@rockpool/protocol/memory';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';
import { usualQuotas } from './facts-table.ts';
import { type Namespace, ownOf } from './visible.ts';

export type { Namespace } from './visible.ts';

export interface Quota {
  facts: number;
  bytes: number;
}

export const namespaceOf = (personId: number | null): Namespace =>
  personId === null ? 'office' : ownOf(personId);

const kindOf = (name: Namespace): keyof typeof usualQuotas =>
  name === 'office' ? 'office' : name.startsWith('g') ? 'group' : 'person';

const columns = 'name, facts, current, bytes, max_facts AS maxFacts, max_bytes AS maxBytes';

export function openFactSpaces(db: Database) {
  const one = db.prepare<[Namespace], MemorySpace & { name: Namespace }>(
    `SELECT ${columns} FROM namespace WHERE name = ?`,
  );
  const all = db.prepare<[], MemorySpace & { name: Namespace }>(
    `SELECT ${columns} FROM namespace ORDER BY name`,
  );
  const limit = db.prepare<[Namespace, number, number]>(`
    INSERT INTO namespace (name, max_facts, max_bytes) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET max_facts = excluded.max_facts, max_bytes = excluded.max_bytes`);
  const remove = db.prepare<[Namespace]>('DELETE FROM namespace WHERE name = ? AND facts = 0');

  function space(name: Namespace): MemorySpace {
    const found = one.get(name);
    const { facts: maxFacts, bytes: maxBytes } = usualQuotas[kindOf(name)];
    if (!found) return { facts: 0, current: 0, bytes: 0, maxFacts, maxBytes };
    const { name: _, ...counts } = found;
    return counts;
  }

  return {
    space,
    /** Counts of every namespace that holds something: never a word of what. */
    spaces: (): (MemorySpace & { name: Namespace })[] => all.all(),
    /** @throws Refusal `conflict` when it holds more than that already */
    limit(name: Namespace, { facts, bytes }: Quota): MemorySpace {
      const held = space(name);
      if (held.facts > facts || held.bytes > bytes) {
        throw new Refusal(
          'conflict',
          `It holds ${held.facts} facts of ${held.bytes} bytes already; choose a limit of at least that.`,
        );
      }
      limit.run(name, facts, bytes);
      return space(name);
    },
    /** So much more may come, whatever its limit was: what nobody asked for is no reason to lose it. */
    widen: (name: Namespace, { facts, bytes }: Quota): void => {
      const held = space(name);
      if (held.facts + facts <= held.maxFacts && held.bytes + bytes <= held.maxBytes) return;
      const wider = {
        facts: Math.max(held.maxFacts, held.facts + facts),
        bytes: Math.max(held.maxBytes, held.bytes + bytes),
      };
      limit.run(name, wider.facts, wider.bytes);
    },
    /** Once it is empty. */
    remove: (name: Namespace): void => void remove.run(name),
  };
}

/** What the database refused, as a sentence; undefined when it is another failure. */
export function quotaReached(error: unknown): Refusal | undefined {
  const message = error instanceof Error ? error.message : '';
  if (!/CHECK constraint failed: quota_(?:facts|bytes)/.test(message)) return undefined;
  return new Refusal(
    'quota-reached',
    'This memory is full; forget something that is no longer needed, or ask an administrator for more room.',
    { cause: error },
  );
}
