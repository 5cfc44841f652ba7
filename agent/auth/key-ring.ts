/** API keys as people have them: made once and shown once, listed, revoked. */
import type { Key, NewKey, Principal, Scope } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { People } from './people.ts';
import { createApiKey, hashSecret } from './secrets.ts';

export function createKeyRing(people: People, clock: Clock) {
  return {
    async createKey(by: Principal, asked: { label: string; scopes: readonly Scope[] }): Promise<NewKey> {
      if (by.person.id === 0) {
        throw new Refusal(
          'setup-needed',
          "Make an account first: 'npx rockpool user add <name> --role admin'.",
        );
      }
      const key = createApiKey();
      const made = await people.addKey({
        hash: hashSecret(key),
        hint: `${key.slice(0, 5)}…${key.slice(-4)}`,
        label: asked.label,
        scopes: [...new Set(asked.scopes)],
        personId: by.person.id,
        at: clock.now(),
      });
      return { ...made, key };
    },

    async listKeys(by: Principal, { all = false }: { all?: boolean } = {}): Promise<Key[]> {
      if (all && by.person.role !== 'admin') {
        throw new Refusal('forbidden', "Only an administrator may see other people's keys; ask one.");
      }
      return await people.listKeys(all ? undefined : by.person.id);
    },

    /** One's own, or anyone's for an administrator. Somebody else's key is, for a member, no key. */
    async revokeKey(by: Principal, id: number): Promise<void> {
      const owner = by.person.role === 'admin' ? undefined : by.person.id;
      if (!(await people.revokeKey(id, owner))) {
        throw new Refusal('not-found', 'There is no such key (any more).');
      }
    },
  };
}
