/** Who may change a fact that reaches others. */
import type { Fact } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Store } from '../store/store.ts';

export function demandAdmin({ role }: Person): void {
  if (role === 'admin') return;
  throw new Refusal(
    'forbidden',
    'Only an administrator may change what the whole office remembers; ask one.',
  );
}

/** The office's by administrators, a group's by who said it and by administrators in it. @throws Refusal `forbidden` */
export async function demandMayChange(
  facts: Pick<Store['memory'], 'ownerOf'>,
  person: Person,
  fact: Pick<Fact, 'id' | 'scope' | 'saidBy'>,
): Promise<void> {
  if (fact.scope === 'office') demandAdmin(person);
  if (fact.scope !== 'group' || person.role === 'admin') return;
  if ((await facts.ownerOf(fact.id)) === person.id) return;
  throw new Refusal(
    'forbidden',
    `Only ${fact.saidBy} or an administrator may change what the group remembers.`,
  );
}
