/** What administrators and the command line do: invite, reset, give a role, add and remove people. */
import type { NewInvite, Person, Principal, Role } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Passwords } from '@rockpool/signing/passwords';
import type { Clock } from '../host/clock.ts';
import { type Guesses, nameBucket } from './guesses.ts';
import type { People } from './people.ts';
import { createSecret, hashSecret } from './secrets.ts';

/** Removes what one room keeps of a person. May be called again for the same person after a power cut. */
export type OnRemoved = (personId: number) => Promise<void>;

export interface MembershipParts {
  people: People;
  clock: Clock;
  passwords: Passwords;
  guesses: Guesses;
  onRemoved: readonly OnRemoved[];
}

export function createMembership({ people, clock, passwords, guesses, onRemoved }: MembershipParts) {
  const hashInTurn = (password: string): Promise<string> => guesses.inTurn(() => passwords.hash(password));

  /** The command line has no row before anyone has an account. */
  const makerOf = (by: Principal): number | null => (by.person.id === 0 ? null : by.person.id);

  async function finishRemoval(id: number): Promise<void> {
    for (const remove of onRemoved) await remove(id);
    await people.finishRemoval(id);
  }

  return {
    listPeople: (): Promise<Person[]> => people.listPeople(),
    listInvites: () => people.listInvites(clock.now()),

    async invite(by: Principal, role: Role): Promise<NewInvite> {
      const code = createSecret();
      const link = { hash: hashSecret(code), by: makerOf(by), at: clock.now() };
      return { ...(await people.addInvite(link, role)), code, path: `/join/${code}` };
    },

    /** Changes nothing until the link is used; then the person's sign-ins end. */
    async reset(by: Principal, personId: number): Promise<NewInvite> {
      const code = createSecret();
      const link = { hash: hashSecret(code), by: makerOf(by), at: clock.now() };
      return { ...(await people.addReset(link, personId)), code, path: `/join/${code}` };
    },

    async revokeInvite(id: number): Promise<void> {
      if (!(await people.revokeInvite(id)))
        throw new Refusal('not-found', 'There is no such link (any more).');
    },

    setRole: (id: number, role: Role): Promise<Person> => people.setRole(id, role),

    async addPerson(asked: { name: string; role: Role; password: string }): Promise<Person> {
      const { name, role } = asked;
      return await people.addPerson({
        name,
        role,
        passwordHash: await hashInTurn(asked.password),
        at: clock.now(),
      });
    },

    /** For the command line: whoever holds the device may always let a person in again. */
    async setPassword(id: number, password: string): Promise<Person> {
      await people.setPassword(id, await hashInTurn(password));
      const person = await people.personById(id);
      if (!person) throw new Refusal('not-found', 'There is no such person (any more).');
      await people.openBucket(nameBucket(person.name));
      return person;
    },

    /** Shuts the person out first and forgets the row last, so that a power cut between leaves nothing behind. */
    async removePerson(id: number): Promise<void> {
      await people.beginRemoval(id);
      await finishRemoval(id);
    },

    /** To be called at the start: ends the removals that were cut off. */
    async finishRemovals(): Promise<void> {
      for (const id of await people.listLeaving()) await finishRemoval(id);
    },
  };
}
