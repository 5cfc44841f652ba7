/** What is different between two states of a repository: releases, keys, thresholds, and when things end. */
import { manifestTarget } from '@rockpool/protocol/update/release';
import type { Delegation, RootBody } from './documents.ts';
import { short } from './guards.ts';
import type { Documents } from './repository.ts';
import { type Role, releaseRoles, roles, rootedRoles } from './roles.ts';

export interface Change {
  role: Role;
  what: 'release' | 'target' | 'key' | 'threshold' | 'expiry' | 'document';
  /** What it is about: a path, a key. */
  name: string;
  before: string | null;
  after: string | null;
}

/** Pure: it compares what it is given, and judges nothing. */
export function diff(before: Documents, after: Documents): Change[] {
  return [
    ...roles.flatMap((role) => [
      ...changed(
        role,
        'document',
        'version',
        text(before[role]?.signed.version),
        text(after[role]?.signed.version),
      ),
      ...changed(
        role,
        'expiry',
        'ends',
        text(before[role]?.signed.expires),
        text(after[role]?.signed.expires),
      ),
    ]),
    ...trusted(holders(before), holders(after)),
    ...releaseRoles.flatMap((role) => targetsOf(role, before, after)),
  ];
}

type Holder = { role: Role; keyids: readonly string[]; threshold: number };

const holders = ({ root, targets }: Documents): Map<Role, Holder> =>
  new Map(
    [
      ...rootedRoles.flatMap((role) => (root ? [holderOf(role, root.signed.roles[role])] : [])),
      ...(targets?.signed.delegations?.roles ?? []).map((one) => holderOf(one.name, one)),
    ].map((holder) => [holder.role, holder]),
  );

const holderOf = (role: Role, { keyids, threshold }: RootBody['roles']['root'] | Delegation): Holder => ({
  ...{ role, keyids, threshold },
});

function trusted(before: Map<Role, Holder>, after: Map<Role, Holder>): Change[] {
  return roles.flatMap((role) => {
    const [was, is] = [before.get(role), after.get(role)];
    return [
      ...changed(role, 'threshold', 'threshold', text(was?.threshold), text(is?.threshold)),
      ...(was?.keyids ?? [])
        .filter((id) => !is?.keyids.includes(id))
        .map((id): Change => ({ role, what: 'key', name: short(id), before: 'trusted', after: null })),
      ...(is?.keyids ?? [])
        .filter((id) => !was?.keyids.includes(id))
        .map((id): Change => ({ role, what: 'key', name: short(id), before: null, after: 'trusted' })),
    ];
  });
}

function targetsOf(role: (typeof releaseRoles)[number], before: Documents, after: Documents): Change[] {
  const was = before[role]?.signed.targets ?? {};
  const is = after[role]?.signed.targets ?? {};
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return names.flatMap((name) => {
    const path = name.split('/').slice(0, 3).join('/');
    const isRelease = name === manifestTarget(path);
    return changed(
      role,
      isRelease ? 'release' : 'target',
      isRelease ? path : name,
      was[name]?.hashes.sha256 ?? null,
      is[name]?.hashes.sha256 ?? null,
    );
  });
}

const text = (value: string | number | undefined): string | null =>
  value === undefined ? null : String(value);

const changed = (
  role: Role,
  what: Change['what'],
  name: string,
  before: string | null,
  after: string | null,
): Change[] => (before === after ? [] : [{ role, what, name, before, after }]);
