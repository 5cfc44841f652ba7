/** Whether documents may be published: every guard-rail, and whose signatures are still missing. */
import { demandOf, type RootBody, type Signed } from './documents.ts';
import {
  problemsOfExpiry,
  problemsOfRoot,
  problemsOfSharedKeys,
  problemsOfSize,
  problemsOfTargets,
  problemsOfTree,
  problemsOfVersion,
} from './guards.ts';
import { type Documents, targetsOf } from './repository.ts';
import { isReleaseRole, type Role, releaseRoles, type TargetsRole, targetsRoles } from './roles.ts';
import { fileOf, signersOf } from './tuf.ts';

/** How far one demand for signatures is met. */
export interface Signatures {
  role: Role;
  /** Who demands: for the first root itself, for every later one also the root before. */
  by: 'root' | 'root before' | 'targets';
  keys: readonly string[];
  signers: readonly string[];
  threshold: number;
}

export const isMet = ({ signers, threshold }: Signatures): boolean => signers.length >= threshold;

/** @param next what would be published; @param before what is */
export function signaturesOf(role: Role, next: Documents, before: Documents): Signatures[] {
  const document = next[role];
  if (!document || !next.root) return [];
  const judged = (by: Signatures['by'], root: Signed<RootBody>): Signatures[] => {
    const demand = demandOf(role, { root: root.signed, targets: next.targets?.signed });
    if (!demand) return [];
    const signers = signersOf(document as Signed, demand);
    return [{ role, by, keys: demand.keyids, signers, threshold: demand.threshold }];
  };
  const own = judged(isReleaseRole(role) ? 'targets' : 'root', next.root);
  const isLater = role === 'root' && before.root && before.root.signed.version < next.root.signed.version;
  return isLater && before.root ? [...judged('root before', before.root), ...own] : own;
}

/** What stands in the way of publishing what is staged. */
export function problemsOfNext(
  next: Documents,
  before: Documents,
  { now, force = false }: { now: number; force?: boolean },
): string[] {
  const { root, targets } = next;
  if (!root) return ['There is no root yet; begin with `rockpool-fleet keys ceremony begin root`.'];
  if (!targets)
    return ['There is no targets yet; begin it with `rockpool-fleet keys ceremony begin targets`.'];
  const changed = (['root', ...targetsRoles] as const).filter((role) => next[role] !== before[role]);
  return [
    // Somebody decided on what is in force already.
    ...problemsOfRoot(root.signed, force || root === before.root),
    ...problemsOfTree(bodiesOf(next), force || targets === before.targets),
    ...problemsOfSharedKeys(root.signed, targets.signed),
    ...changed.flatMap((role) => {
      const document = next[role];
      if (!document) return [];
      return [
        ...problemsOfVersion(role, before[role]?.signed.version, document.signed.version),
        ...problemsOfExpiry(role, document.signed, aboveOf(role, next), now),
        ...problemsOfSize(role, fileOf(document as Signed).length),
      ];
    }),
    ...targetsRoles.flatMap((role) => {
      const document = targetsOf(next, role);
      return document ? problemsOfTargets(role, document.signed) : [];
    }),
    ...missingOf(next),
    ...(['root', ...targetsRoles] as const).flatMap((role) =>
      signaturesOf(role, next, before)
        .filter((one) => !isMet(one))
        .map(tellMissing),
    ),
  ];
}

const bodiesOf = (documents: Documents) =>
  Object.fromEntries(targetsRoles.map((role) => [role, targetsOf(documents, role)?.signed])) as {
    [R in TargetsRole]?: NonNullable<Documents['targets']>['signed'];
  };

/** The documents that one may not outlive. */
export function aboveOf(role: Role, { root, targets }: Documents): (readonly [Role, { expires: string }])[] {
  if (role === 'root' || !root) return [];
  return isReleaseRole(role) && targets
    ? [
        ['targets', targets.signed],
        ['root', root.signed],
      ]
    : [['root', root.signed]];
}

/** A client that follows a delegation to nowhere fails, so all of them lead somewhere. */
function missingOf(next: Documents): string[] {
  const named = next.targets?.signed.delegations?.roles.map(({ name }) => name) ?? [];
  return [
    ...named
      .filter((role) => !next[role])
      .map(
        (role) => `${role} was never signed; \`rockpool-fleet release sign ${role} --key FILE\` begins it.`,
      ),
    ...releaseRoles
      .filter((role) => next[role] && !named.includes(role))
      .map((role) => `${role} has a document and no delegation; add its key to targets.`),
  ];
}

const tellMissing = ({ role, by, signers, threshold }: Signatures): string =>
  `${role} has ${signers.length} of ${threshold} signatures that ${by === 'root before' ? 'the root before it' : by === role ? 'it' : by} asks for.`;
