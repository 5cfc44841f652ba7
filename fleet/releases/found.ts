/** A repository whose keys are all in one place: for trying things out, where a ceremony would have nobody to hold it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { begin, finish, signPayload } from './ceremony.ts';
import { createKeyFile, type HeldKey, loadKey } from './key-files.ts';
import { signAgain } from './making.ts';
import { publish } from './publish.ts';
import { keysFolder, versionsOf } from './repository.ts';
import { isRooted, onlineRoles, type Role, releaseRoles, roles } from './roles.ts';

export interface Founded {
  /** By role; for root and targets the first of them. */
  keys: Readonly<Record<Role, HeldKey>>;
}

/**
 * Each role has one key, in `keys/`: whoever copies that folder signs for this fleet.
 * @param passphrase null leaves them readable for whoever can read the files
 */
export function foundForTrial(
  folder: string,
  { now, passphrase }: { now: number; passphrase: string | null },
): Founded {
  if (versionsOf(folder, 'root').length > 0)
    throw new Refusal('conflict', `There is a repository in ${folder} already.`);
  mkdirSync(keysFolder(folder), { recursive: true, mode: 0o700 });
  const held = new Map<Role, HeldKey>();
  for (const role of roles) {
    const path = trialKeyFile(folder, role);
    createKeyFile(path, role, passphrase);
    held.set(role, loadKey(path, passphrase));
  }
  const keys = Object.fromEntries(held) as Record<Role, HeldKey>;
  const all = [...held.values()];
  const thresholds = new Map<Role, number>(roles.map((role) => [role, 1]));
  const change = { remove: [], thresholds, days: undefined, force: true, now };
  const rooted = begin(folder, 'root', { ...change, add: all.filter(({ role }) => isRooted(role)) });
  finish(folder, [signPayload(rooted, keys.root)]);
  const targets = begin(folder, 'targets', { ...change, add: all.filter(({ role }) => !isRooted(role)) });
  finish(folder, [signPayload(targets, keys.targets)]);
  for (const role of releaseRoles) signAgain(folder, role, { key: keys[role], now });
  publish(folder, { keys: onlineRoles.map((role) => keys[role]), now, force: true });
  return { keys };
}

/** Where a repository that was founded for a trial has a role's key. */
export const trialKeyFile = (folder: string, role: Role): string => join(keysFolder(folder), `${role}.key`);
