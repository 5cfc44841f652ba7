/** Who holds a cookie, an API key, or the command line's own credential. */
import type { Person, Principal } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { People } from './people.ts';
import { hashSecret, isSameHash } from './secrets.ts';

/** Tells who holds a credential; undefined when nobody does (any more). */
export interface Credentials {
  byCookie(value: string): Promise<Principal | undefined>;
  /** @param actAs heeded for the command line's own credential only: the name of the person it speaks for */
  byKey(value: string, actAs?: string): Promise<Principal | undefined>;
}

/** Whom the command line speaks for before anyone has an account. */
const nobodyYet: Person = { id: 0, name: 'local', role: 'admin', createdAt: 0 };

export function createCredentials(people: People, clock: Clock, localCredential: string): Credentials {
  const localHash = hashSecret(localCredential);

  async function local(actAs: string | undefined): Promise<Principal> {
    const named = actAs === undefined ? await people.firstAdmin() : await people.personByName(actAs);
    if (actAs !== undefined && !named) {
      throw new Refusal('not-found', `There is nobody called ${actAs}; see 'npx rockpool user list'.`);
    }
    return { person: named ?? nobodyYet, via: 'local', scopes: ['all'], credentialId: 0 };
  }

  return {
    async byCookie(value) {
      const found = await people.signInByHash(hashSecret(value), clock.now());
      return found && { person: found.person, via: 'cookie', scopes: ['all'], credentialId: found.signInId };
    },
    async byKey(value, actAs) {
      const hash = hashSecret(value);
      if (isSameHash(hash, localHash)) return await local(actAs);
      const found = await people.keyByHash(hash, clock.now());
      return found && { person: found.person, via: 'key', scopes: found.scopes, credentialId: found.keyId };
    },
  };
}
