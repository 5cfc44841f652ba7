/** The database of people: accounts, sign-ins, links, API keys and the throttle. Runs in the store's thread. */
import type { Database, Schema } from '../store/sqlite.ts';
import { accountsTable, openAccounts } from './accounts.ts';
import { invitesTable, openInvites } from './invites.ts';
import { keysTable, openKeys } from './keys.ts';
import { openSignIns, signInsTable } from './sign-ins.ts';
import { openThrottle, throttleTable } from './throttle.ts';

export const peopleSchema: Schema = {
  versions: [accountsTable + signInsTable + invitesTable + keysTable + throttleTable],
};

export function openPeople(db: Database) {
  const accounts = openAccounts(db);
  return {
    ...accounts,
    ...openSignIns(db),
    ...openInvites(db, accounts),
    ...openKeys(db),
    ...openThrottle(db),
  };
}

type PeopleRoom = ReturnType<typeof openPeople>;

/** The same functions as the main thread has them. */
export type People = {
  [K in keyof PeopleRoom]: (...args: Parameters<PeopleRoom[K]>) => Promise<ReturnType<PeopleRoom[K]>>;
};
