/** Who acts on the fleet: setup, sign-in, roles, keys of programs. Every change of it stands in the audit. */
import type { Login, OperatorAsk, Role, Setup } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import { createPasswords, type Passwords } from '@rockpool/signing/passwords';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import {
  addOperator,
  demandAnotherAdmin,
  demandOperator,
  findOperator,
  hasOperators,
  listOperators,
  type Operator,
  removeOperator,
  setPassword,
  setRole,
  shown,
} from './accounts.ts';
import { type ApiKey, addKey, findKey, listKeys, removeKey } from './api-keys.ts';
import { addressBucket, createGuesses, nameBucket } from './guesses.ts';
import { includes } from './may.ts';
import { demandName, demandPassword } from './names.ts';
import { closeSession, closeSessionsOf, findSession, openSession } from './sessions.ts';
import { closeSetup, holdsSetupCode, openSetup } from './setup.ts';
import type { OperatorRow } from './tables.ts';

/** Who asks, after `whoIs` has looked. */
export interface Asker {
  /** As the audit names them: `anna`, or `anna (key grafana)`. */
  who: string;
  operatorId: number;
  name: string;
  role: Role;
  via: 'session' | 'key';
  /** Of the session or the key. */
  credentialId: number;
}

export interface SignIn {
  name: string;
  role: Role;
  /** The cookie's value; only its hash is kept. */
  cookie: string;
}

export interface NewApiKey extends ApiKey {
  /** Said this once. */
  key: string;
}

export interface Operators {
  /** Makes the one-time code of this start, to be printed; undefined when there is an operator already. */
  openSetup(): Promise<string | undefined>;
  needsSetup(): Promise<boolean>;
  /** @throws Refusal `conflict`, `wrong-code`, `too-many-requests` */
  setup(asked: z.infer<typeof Setup>, address: string): Promise<SignIn>;
  /** @throws Refusal `setup-needed`, `wrong-password`, `too-many-requests` */
  login(asked: z.infer<typeof Login>, address: string): Promise<SignIn>;
  logout(cookie: string): Promise<void>;
  /** By the cookie of a browser or the key of a program. @returns undefined for nobody */
  whoIs(shown: { cookie?: string | undefined; key?: string | undefined }): Promise<Asker | undefined>;
  list(): Promise<Operator[]>;
  add(asked: z.infer<typeof OperatorAsk>, who: string): Promise<Operator>;
  /** Another role, another password, or both; a new password signs them out everywhere. */
  change(
    name: string,
    to: { role?: Role | undefined; password?: string | undefined },
    who: string,
  ): Promise<Operator>;
  /** @throws Refusal `conflict` for the last admin */
  remove(name: string, who: string): Promise<void>;
  /** One's own; the other browsers are signed out. @throws Refusal `wrong-password` */
  changePassword(by: Asker, asked: { current: string; next: string }): Promise<void>;
  /** @param asked its role is one's own or a smaller one */
  createKey(
    by: Asker,
    asked: { label: string; role?: Role | undefined; ttlMs?: number | undefined },
  ): Promise<NewApiKey>;
  /** One's own; for an admin, everyone's. */
  listKeys(by: Asker): Promise<ApiKey[]>;
  revokeKey(by: Asker, id: number): Promise<void>;
}

export interface OperatorsParts {
  db: Kysely<Tables>;
  clock: Clock;
  /** Left out: at today's cost. */
  passwords?: Passwords;
}

export function createOperators({ db, clock, passwords = createPasswords() }: OperatorsParts): Operators {
  const guesses = createGuesses(db, clock);
  const hashed = (password: string, name: string): Promise<string> => {
    demandPassword(password, name);
    return guesses.inTurn(() => passwords.hash(password));
  };

  async function rowWith(name: string, password: string): Promise<OperatorRow | undefined> {
    const row = await findOperator(db, name);
    // An unknown name takes as long to refuse as a wrong password.
    const isRight = await passwords.isRight(password, row?.password ?? passwords.decoy());
    if (!isRight || !row || !passwords.isCheap(row.password)) return isRight ? row : undefined;
    // Made when hashes cost less; who knows the password gets today's.
    const dearer = await passwords.hash(password);
    await db
      .updateTable('operators')
      .set({ password: dearer })
      .where('id', '=', row.id)
      .where('password', '=', row.password)
      .execute();
    return { ...row, password: dearer };
  }

  /** Whoever was removed, or got another password, while theirs was looked at doesn't come in. */
  async function signIn(row: OperatorRow, action: string): Promise<SignIn> {
    const at = clock.now();
    return transact(db, async (tx) => {
      const now = await findOperator(tx, row.name);
      if (now?.id !== row.id || now.password !== row.password)
        throw new Refusal('not-signed-in', 'This account was changed a moment ago; sign in again.');
      await record(tx, {
        ...{ at, who: row.name, action, subject: `operator ${row.name}` },
      });
      return { name: now.name, role: now.role, cookie: await openSession(tx, now.id, at) };
    });
  }

  return {
    openSetup: () => openSetup(db, clock.now()),
    needsSetup: async () => !(await hasOperators(db)),

    async setup({ code, name, password }, address) {
      if (await hasOperators(db))
        throw new Refusal('conflict', 'This controller is set up already; sign in.');
      demandName(name);
      demandPassword(password, name);
      const row = await guesses.make([addressBucket(address)], async () => {
        if (!(await holdsSetupCode(db, code, clock.now()))) return undefined;
        const hash = await passwords.hash(password);
        const at = clock.now();
        return transact(db, async (tx) => {
          if (await hasOperators(tx)) throw new Refusal('conflict', 'Somebody was faster; sign in.');
          const made = await addOperator(tx, {
            ...{ name, role: 'admin', password: hash, created_at: at, created_by: 'setup code' },
          });
          await closeSetup(tx);
          return made;
        });
      });
      if (!row)
        throw new Refusal(
          'wrong-code',
          'That is not the setup code; it was printed when the controller last started, and is good for a day.',
        );
      return signIn(row, 'operator-setup');
    },

    async login({ name, password }, address) {
      if (!(await hasOperators(db)))
        throw new Refusal('setup-needed', 'There is no operator yet; make the first with the setup code.');
      const row = await guesses.make([nameBucket(name), addressBucket(address)], () =>
        rowWith(name, password),
      );
      if (!row) {
        await recordRefused(name, address);
        throw new Refusal('wrong-password', 'Name and password do not match; check both and try again.');
      }
      await guesses.forgive(nameBucket(name));
      return signIn(row, 'sign-in');
    },

    logout: (cookie) => closeSession(db, cookie),

    async whoIs({ cookie, key }) {
      const now = clock.now();
      if (key !== undefined) {
        const found = await findKey(db, key, now);
        if (!found) return undefined;
        const { operator, role, label, keyId } = found;
        return {
          ...{ who: `${operator.name} (key ${label})`, operatorId: operator.id, name: operator.name },
          // Whoever lost a role lost it for their programs too.
          ...{ role: includes(operator.role, role) ? role : operator.role, via: 'key', credentialId: keyId },
        };
      }
      const found = cookie === undefined ? undefined : await findSession(db, cookie, now);
      if (!found) return undefined;
      const { sessionId, operator } = found;
      return {
        ...{ who: operator.name, operatorId: operator.id, name: operator.name, role: operator.role },
        ...{ via: 'session', credentialId: sessionId },
      };
    },

    list: () => listOperators(db),

    async add({ name, role, password }, who) {
      demandName(name);
      const hash = await hashed(password, name);
      const at = clock.now();
      return transact(db, async (tx) => {
        const row = await addOperator(tx, { name, role, password: hash, created_at: at, created_by: who });
        // Added at the controller's own keyboard, so nobody needs the code any more.
        await closeSetup(tx);
        await record(tx, {
          ...{ at, who, action: 'operator-add', subject: `operator ${name}` },
          detail: { role },
        });
        return shown(row);
      });
    },

    async change(name, { role, password }, who) {
      const hash = password === undefined ? undefined : await hashed(password, name);
      const at = clock.now();
      const after = await transact(db, async (tx) => {
        const row = await demandOperator(tx, name);
        const deed = { at, who, subject: `operator ${row.name}` };
        if (role !== undefined && role !== row.role) {
          if (role !== 'admin') await demandAnotherAdmin(tx, row);
          await setRole(tx, row.id, role);
          await record(tx, { ...deed, action: 'operator-role', detail: { was: row.role, is: role } });
        }
        if (hash !== undefined) {
          await setPassword(tx, row.id, hash);
          await closeSessionsOf(tx, row.id);
          await record(tx, { ...deed, action: 'operator-password' });
        }
        return demandOperator(tx, name);
      });
      if (hash !== undefined) await guesses.forgive(nameBucket(name));
      return shown(after);
    },

    remove: (name, who) =>
      transact(db, async (tx) => {
        const row = await demandOperator(tx, name);
        await demandAnotherAdmin(tx, row);
        await removeOperator(tx, row.id);
        await record(tx, {
          ...{ at: clock.now(), who, action: 'operator-remove', subject: `operator ${row.name}` },
        });
      }),

    async changePassword(by, { current, next }) {
      demandPassword(next, by.name);
      const row = await guesses.make([nameBucket(by.name)], () => rowWith(by.name, current));
      if (!row) throw new Refusal('wrong-password', 'The current password is not right; try again.');
      await guesses.forgive(nameBucket(by.name));
      const hash = await hashed(next, by.name);
      await transact(db, async (tx) => {
        await setPassword(tx, row.id, hash);
        await closeSessionsOf(tx, row.id, by.via === 'session' ? by.credentialId : 0);
        await record(tx, {
          ...{ at: clock.now(), who: by.who, action: 'operator-password', subject: `operator ${row.name}` },
        });
      });
    },

    async createKey(by, { label, role = by.role, ttlMs }) {
      // Else a key that leaked makes itself another, and its end means nothing.
      if (by.via === 'key') throw new Refusal('forbidden', 'A program makes no keys; sign in to make one.');
      if (!includes(by.role, role))
        throw new Refusal('forbidden', `A key has no greater role than its owner's, which is ${by.role}.`);
      demandLabel(label);
      const at = clock.now();
      const expiresAt = ttlMs === undefined ? null : at + ttlMs;
      return transact(db, async (tx) => {
        const { id, key } = await addKey(tx, { label, role, operatorId: by.operatorId, at, expiresAt });
        await record(tx, {
          ...{ at, who: by.who, action: 'key-create', subject: `key ${id} ${label}` },
          detail: { role },
        });
        const made = (await listKeys(tx, by.operatorId)).find((one) => one.id === id);
        if (!made) throw new Error(`key ${id} was written and is not there`);
        return { ...made, key };
      });
    },

    listKeys: (by) => listKeys(db, by.role === 'admin' ? undefined : by.operatorId),

    async revokeKey(by, id) {
      await transact(db, async (tx) => {
        const label = await removeKey(tx, id, by.role === 'admin' ? undefined : by.operatorId);
        // Somebody else's key is, for whoever isn't admin, no key.
        if (label === undefined) throw new Refusal('not-found', 'There is no such key (any more).');
        await record(tx, {
          ...{ at: clock.now(), who: by.who, action: 'key-revoke', subject: `key ${id} ${label}` },
        });
      });
    },
  };

  /** Of names that exist only, which the throttle slows: nobody fills the disk by guessing names. */
  async function recordRefused(name: string, address: string): Promise<void> {
    const row = await findOperator(db, name);
    if (!row) return;
    await transact(db, (tx) =>
      record(tx, {
        ...{ at: clock.now(), who: 'someone unknown', action: 'sign-in-refused' },
        ...{ subject: `operator ${row.name}`, detail: { address } },
      }),
    );
  }
}

function demandLabel(label: string): void {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u.test(label))
    throw new Refusal(
      'bad-request',
      'A key is labelled with up to 63 letters, digits, spaces, dots and dashes.',
      { param: 'label' },
    );
}
