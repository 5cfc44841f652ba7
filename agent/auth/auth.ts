/** Who is this, may they: all that the agent knows about people, joined over the database in the store's thread. */
import { createPasswords, type Passwords } from '@rockpool/signing/passwords';
import type { Clock } from '../host/clock.ts';
import { createCredentials } from './credentials.ts';
import { createEntrance } from './entrance.ts';
import { createGuesses } from './guesses.ts';
import { createKeyRing } from './key-ring.ts';
import { createMembership, type OnRemoved } from './membership.ts';
import type { People } from './people.ts';
import type { SetupCodeHash } from './setup-code.ts';

export interface AuthParts {
  people: People;
  clock: Clock;
  /** The command line's own credential, made at random by the daemon and readable on the device only. */
  localCredential: string;
  /** What else goes when a person is removed: sessions, memory, documents. In this order, each finished before the next. */
  onRemoved: readonly OnRemoved[];
  passwords?: Passwords;
  /** Of the code on an appliance's label. */
  label?: SetupCodeHash | undefined;
}

export function createAuth({
  people,
  clock,
  localCredential,
  onRemoved,
  passwords = createPasswords(),
  label,
}: AuthParts) {
  const guesses = createGuesses(people, clock);
  return {
    credentials: createCredentials(people, clock, localCredential),
    ...createEntrance({ people, clock, passwords, guesses, label }),
    ...createMembership({ people, clock, passwords, guesses, onRemoved }),
    ...createKeyRing(people, clock),
  };
}

export type Auth = ReturnType<typeof createAuth>;
