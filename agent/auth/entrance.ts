/** How a person comes in: setup code, password or one-time link in, a cookie out. */
import type { Invite, Person, Principal } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Passwords } from '@rockpool/signing/passwords';
import type { Clock } from '../host/clock.ts';
import { addressBucket, type Guesses, nameBucket } from './guesses.ts';
import type { People } from './people.ts';
import { createSecret, createSetupCode, hashSecret, hashSetupCode, isSameHash } from './secrets.ts';
import type { SetupCodeHash } from './setup-code.ts';

export interface SignIn {
  person: Person;
  /** The cookie's value; the device keeps its hash only. */
  cookie: string;
}

export interface EntranceParts {
  people: People;
  clock: Clock;
  passwords: Passwords;
  guesses: Guesses;
  /** Of the code on the device's label; left out, every start makes one of its own and prints it. */
  label?: SetupCodeHash | undefined;
}

const usedUp = 'This link was used, revoked or is too old; ask your administrator for a new one.';

export function createEntrance({ people, clock, passwords, guesses, label }: EntranceParts) {
  let setupHash: string | undefined;

  async function isSetupCode(code: string): Promise<boolean> {
    if (label) return await label.isOf(code);
    return setupHash !== undefined && isSameHash(hashSetupCode(code), setupHash);
  }

  async function signIn(person: Person): Promise<SignIn> {
    const cookie = createSecret();
    const isIn = await people.addSignIn(hashSecret(cookie), person.id, clock.now());
    if (!isIn) throw new Refusal('not-signed-in', 'This account was removed; ask your administrator.');
    return { person, cookie };
  }

  async function personWith(name: string, password: string): Promise<Person | undefined> {
    const person = await people.personByName(name);
    const stored = person && (await people.passwordHashOf(person.id));
    const isRight = await passwords.isRight(password, stored ?? passwords.decoy());
    if (!isRight || !person || !stored) return undefined;
    if (passwords.isCheap(stored)) await people.rehash(person.id, stored, await passwords.hash(password));
    return person;
  }

  return {
    /** Makes the one-time code of this start, to be printed; undefined when the label has it, or someone an account. */
    async openSetup(): Promise<string | undefined> {
      if (label || !(await people.isEmpty())) return undefined;
      const code = createSetupCode();
      setupHash = hashSetupCode(code);
      return code;
    },

    needsSetup: (): Promise<boolean> => people.isEmpty(),

    /** Whether somebody may know what only they may who set the device up; counts as a guess. */
    async holdsSetupCode(code: string, address: string): Promise<boolean> {
      if (!(await people.isEmpty())) return false;
      const held = await guesses.make([addressBucket(address)], async () =>
        (await isSetupCode(code)) ? true : undefined,
      );
      return held === true;
    },

    async setup(asked: { code: string; name: string; password: string }, address: string): Promise<SignIn> {
      if (!(await people.isEmpty())) throw new Refusal('conflict', 'This device is set up already; sign in.');
      const person = await guesses.make([addressBucket(address)], async () => {
        if (!(await isSetupCode(asked.code))) return undefined;
        const passwordHash = await passwords.hash(asked.password);
        return await people.addFirstAdmin({ name: asked.name, passwordHash, at: clock.now() });
      });
      if (!person) {
        throw new Refusal(
          'wrong-code',
          label
            ? "That is not the setup code; it stands on the device's label."
            : 'That is not the setup code; it was printed when the device last started.',
        );
      }
      return await signIn(person);
    },

    async login(asked: { name: string; password: string }, address: string): Promise<SignIn> {
      if (await people.isEmpty()) {
        throw new Refusal(
          'setup-needed',
          'Nobody has an account yet; make the first one with the setup code.',
        );
      }
      const name = nameBucket(asked.name);
      const person = await guesses.make([name, addressBucket(address)], () =>
        personWith(asked.name, asked.password),
      );
      if (!person)
        throw new Refusal('wrong-password', 'Name and password do not match; check both and try again.');
      await people.openBucket(name);
      return await signIn(person);
    },

    async logout(cookie: string): Promise<void> {
      await people.endSignIn(hashSecret(cookie));
    },

    /** What a link is for, so that the page can ask for the right things. */
    async inviteOf(code: string, address: string): Promise<Invite> {
      const invite = await guesses.make([addressBucket(address)], () =>
        people.inviteByHash(hashSecret(code), clock.now()),
      );
      if (!invite) throw new Refusal('not-found', usedUp);
      return invite;
    },

    async join(
      asked: { code: string; name?: string | undefined; password: string },
      address: string,
    ): Promise<SignIn> {
      const hash = hashSecret(asked.code);
      const person = await guesses.make([addressBucket(address)], async () => {
        const invite = await people.inviteByHash(hash, clock.now());
        if (!invite) return undefined;
        const passwordHash = await passwords.hash(asked.password);
        return await people.redeem({ hash, name: asked.name, passwordHash, at: clock.now() });
      });
      if (!person) throw new Refusal('wrong-code', usedUp);
      await people.openBucket(nameBucket(person.name));
      return await signIn(person);
    },

    /** Ends the person's other sign-ins; the one that asks stays. */
    async changePassword(by: Principal, asked: { current: string; next: string }): Promise<void> {
      const bucket = nameBucket(by.person.name);
      const done = await guesses.make([bucket], async () => {
        const person = await personWith(by.person.name, asked.current);
        if (!person) return undefined;
        const keep = by.via === 'cookie' ? by.credentialId : 0;
        await people.setPassword(person.id, await passwords.hash(asked.next), keep);
        return person;
      });
      if (!done) throw new Refusal('wrong-password', 'The current password is not right; try again.');
      await people.openBucket(bucket);
    },
  };
}
