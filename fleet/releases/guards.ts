/** What must never be signed, whoever asks: each rule returns one sentence for every breach. */

import { Refusal } from '@rockpool/protocol/refusal';
import { ReleasePath } from '@rockpool/protocol/update/release';
import { demandReleaseKey } from '@rockpool/signing/release-key';
import { endOf, keyIdOf, type PublicKey, type RootBody, type TargetsBody } from './documents.ts';
import {
  isReleaseRole,
  limitBytes,
  patternOf,
  type Role,
  rootedRoles,
  type TargetsRole,
  usualThreshold,
} from './roles.ts';

/** @throws Refusal with the first of them */
export function demandNone(problems: readonly string[]): void {
  if (problems[0] !== undefined) throw new Refusal('conflict', problems[0]);
}

/** Names become files, addresses and keys of objects: of clients that we don't write, too. */
export function problemsOfTargetName(name: string): string[] {
  if (name.length > 200)
    return [`A target's name has 200 characters at most; ${name.slice(0, 40)}… has more.`];
  if (name.startsWith('/')) return [`${name} is absolute; targets are named from the repository.`];
  const words = name.split('/');
  if (words.some((word) => word === '' || word === '.' || word === '..'))
    return [`${name} leads out of the repository.`];
  if (words.some((word) => ['__proto__', 'constructor', 'prototype'].includes(word)))
    return [`${name} holds a name that is taken by the language.`];
  if (words.some((word) => word.startsWith('-'))) return [`${name} begins with a dash, as options do.`];
  if (!words.every((word) => /^[0-9A-Za-z][0-9A-Za-z._+-]*$/.test(word)))
    return [`${name} holds what a shell or an address could take for something else.`];
  return [];
}

/** Under the right id, once, and such as an honest person would have. */
export function problemsOfKeys(keys: Readonly<Record<string, PublicKey>>): string[] {
  const seen = new Map<string, string>();
  return Object.entries(keys).flatMap(([keyid, key]) => {
    const hex = key.keyval.public;
    const before = seen.get(hex);
    seen.set(hex, keyid);
    if (before !== undefined)
      return [`One key stands there twice, as ${short(before)} and ${short(keyid)}: it would count as two.`];
    if (keyIdOf(key) !== keyid) return [`The key ${short(keyid)} stands under an id that is not its own.`];
    try {
      demandReleaseKey(hex);
      return [];
    } catch (error) {
      return [`The key ${short(keyid)} is not to be trusted: ${(error as Error).message}.`];
    }
  });
}

export interface Threshold {
  keyids: readonly string[];
  threshold: number;
}

export function problemsOfThreshold(role: Role, { keyids, threshold }: Threshold, force = false): string[] {
  if (new Set(keyids).size !== keyids.length) return [`${role} names one key twice: it would count as two.`];
  if (!Number.isInteger(threshold) || threshold < 1)
    return [`${role} needs one signature at least; a threshold of ${threshold} would need none.`];
  if (threshold > keyids.length)
    return [
      `${role} needs ${threshold} signatures and has ${keyids.length} ${keyids.length === 1 ? 'key' : 'keys'}; nobody could ever sign it.`,
    ];
  if (threshold < usualThreshold[role] && !force)
    return [
      `${role} must need ${usualThreshold[role]} signatures, so that one stolen key is not enough; to try things out, --force takes ${threshold}.`,
    ];
  return [];
}

export const problemsOfRoot = (root: RootBody, force = false): string[] => [
  ...problemsOfKeys(root.keys),
  ...rootedRoles.flatMap((role) => problemsOfThreshold(role, root.roles[role], force)),
  ...unknownKeys(root.keys, Object.entries(root.roles)),
];

const unknownKeys = (
  keys: Readonly<Record<string, PublicKey>>,
  held: readonly (readonly [string, Threshold])[],
): string[] => {
  const used = new Set(held.flatMap(([, { keyids }]) => keyids));
  return [
    ...held.flatMap(([role, { keyids }]) =>
      keyids
        .filter((id) => !Object.hasOwn(keys, id))
        .map((id) => `${role} names the key ${short(id)}, which is not there.`),
    ),
    ...Object.keys(keys)
      .filter((id) => !used.has(id))
      .map((id) => `The key ${short(id)} is there for no role.`),
  ];
};

/** A delegation signs its own paths alone, and hands nothing on: no path has two ways to it. */
export function problemsOfTree(
  documents: { [R in TargetsRole]?: TargetsBody | undefined },
  force = false,
): string[] {
  const { targets, ...released } = documents;
  const delegations = targets?.delegations;
  const names = delegations?.roles.map(({ name }) => name) ?? [];
  return [
    ...Object.entries(released).flatMap(([role, body]) =>
      (body?.delegations?.roles ?? []).map(
        ({ name }) =>
          `${role} hands ${name} on: a path would have two ways to it, which clients judge differently.`,
      ),
    ),
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `${name} is delegated twice: a path would have two ways to it.`),
    ...(delegations?.roles ?? []).flatMap((role) => [
      ...problemsOfThreshold(role.name, role, force),
      ...(role.paths.length === 1 && role.paths[0] === patternOf(role.name)
        ? []
        : [`${role.name} may sign ${patternOf(role.name)} alone, not ${role.paths.join(', ')}.`]),
    ]),
    ...problemsOfKeys(delegations?.keys ?? {}),
    ...unknownKeys(
      delegations?.keys ?? {},
      (delegations?.roles ?? []).map((role) => [role.name, role] as const),
    ),
  ];
}

/** A key that signs for two roles makes one theft into two. Root and targets are the same people's. */
export function problemsOfSharedKeys(root: RootBody, targets: TargetsBody | undefined): string[] {
  const roleOfKey = new Map<string, string>();
  const all: (readonly [string, readonly string[]])[] = [
    ...rootedRoles.map((role) => [role, root.roles[role].keyids] as const),
    ...(targets?.delegations?.roles ?? []).map(({ name, keyids }) => [name, keyids] as const),
  ];
  return all.flatMap(([role, keyids]) =>
    keyids.flatMap((id) => {
      const other = roleOfKey.get(id);
      roleOfKey.set(id, role);
      if (other === undefined || other === role || (other === 'root' && role === 'targets')) return [];
      return [
        `The key ${short(id)} signs ${other} and ${role}; give each its own, so that one theft is one.`,
      ];
    }),
  );
}

export function problemsOfTargets(role: TargetsRole, body: TargetsBody): string[] {
  const names = Object.keys(body.targets);
  const foreign = names.filter((name) => {
    const words = name.split('/');
    return (
      !isReleaseRole(role) ||
      words.length !== 4 ||
      words[0] !== role ||
      !ReleasePath.safeParse(words.slice(0, 3).join('/')).success
    );
  });
  const lower = new Map<string, string>();
  return [
    ...names.flatMap(problemsOfTargetName),
    ...foreign.map((name) => `${name} is not for ${role} to sign.`),
    ...names.flatMap((name) => {
      const path = name.split('/').slice(0, 3).join('/');
      const same = lower.get(path.toLowerCase());
      lower.set(path.toLowerCase(), path);
      return same === undefined || same === path
        ? []
        : [`${path} and ${same} are one name on a stick that knows no case.`];
    }),
  ];
}

/** @param before undefined where there is none yet */
export function problemsOfVersion(role: Role, before: number | undefined, after: number): string[] {
  const wanted = (before ?? 0) + 1;
  return after === wanted ? [] : [`The next ${role} has version ${wanted}, not ${after}.`];
}

export function problemsOfExpiry(
  role: Role,
  { expires }: { expires: string },
  above: readonly (readonly [Role, { expires: string }])[],
  now: number,
): string[] {
  if (endOf({ expires }) <= now) return [`${role} would be over before it begins, at ${expires}.`];
  return above
    .filter(([, parent]) => endOf({ expires }) > endOf(parent))
    .map(([name, parent]) => `${role} may not outlive ${name}, which ends at ${parent.expires}.`);
}

export const problemsOfSize = (role: Role, bytes: number): string[] =>
  bytes <= limitBytes[role]
    ? []
    : [
        `${role} would have ${Math.ceil(bytes / 1024)} KiB, and devices read ${limitBytes[role] / 1024}; withdraw releases that nobody needs.`,
      ];

/** A counter is what devices never go below: one that falls makes a release that none of them takes. */
export function problemsOfCounter(
  { name, version, counter }: { name: string; version: string; counter: number },
  earlier: readonly { version: string; counter: number }[],
): string[] {
  const highest = earlier.reduce<{ version: string; counter: number } | undefined>(
    (most, one) => (most === undefined || one.counter > most.counter ? one : most),
    undefined,
  );
  return highest === undefined || counter >= highest.counter
    ? []
    : [
        `${name} ${highest.version} has the counter ${highest.counter}: a device that has it would refuse ${version} with ${counter}.`,
      ];
}

export const short = (keyid: string): string => keyid.slice(0, 12);
