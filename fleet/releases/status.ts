/** What the repository holds and how long it stays good: for the command line, the dashboard and rollouts. */

import { artifactsOf } from '@rockpool/protocol/update/release';
import type { ReleaseList } from '@rockpool/protocol/update/rollout';
import { demandOf, endOf, type Signed } from './documents.ts';
import { signaturesOf } from './judge.ts';
import { everReleased, type Listed, releasesIn } from './manifests.ts';
import { type Documents, loadPublished, loadStaged } from './repository.ts';
import { type Role, releaseRoles, roles } from './roles.ts';
import { signersOf } from './tuf.ts';

export interface RoleStatus {
  role: Role;
  version: number;
  expiresAt: number;
  /** Those that hold. */
  signatures: number;
  threshold: number;
  keys: number;
  /** A version that is begun and not in force yet. */
  staged: { version: number; signatures: number; threshold: number } | undefined;
}

export interface Status {
  roles: RoleStatus[];
}

export function statusOf(folder: string): Status {
  const published = loadPublished(folder);
  const staged = loadStaged(folder);
  const next = { ...published, ...staged };
  return {
    roles: roles.flatMap((role) => {
      const document = published[role] ?? staged[role];
      if (!document) return [];
      const here = published[role] ? published : next;
      const waits = staged[role];
      return [
        {
          ...{ role, version: document.signed.version, expiresAt: endOf(document.signed) },
          ...countOf(role, document as Signed, here),
          staged: waits && { version: waits.signed.version, ...worstOf(role, next, published) },
        },
      ];
    }),
  };
}

function countOf(
  role: Role,
  document: Signed,
  { root, targets }: Documents,
): Pick<RoleStatus, 'signatures' | 'threshold' | 'keys'> {
  const demand = root && demandOf(role, { root: root.signed, targets: targets?.signed });
  if (!demand) return { signatures: 0, threshold: 1, keys: 0 };
  const { keyids, threshold } = demand;
  return { signatures: signersOf(document, demand).length, threshold, keys: keyids.length };
}

/** A new root is asked for by two; shown is the one that has further to go. */
function worstOf(role: Role, next: Documents, before: Documents): { signatures: number; threshold: number } {
  const [worst] = signaturesOf(role, next, before).sort(
    (a, b) => b.threshold - b.signers.length - (a.threshold - a.signers.length),
  );
  return { signatures: worst?.signers.length ?? 0, threshold: worst?.threshold ?? 1 };
}

/** In one line: what a person has to know of a role. */
export function lineOf(
  { role, signatures, threshold, keys, expiresAt, version, staged }: RoleStatus,
  now: number,
): string[] {
  const days = Math.floor((expiresAt - now) / 86_400_000);
  const ends =
    days < 0 ? `ended ${-days} days ago` : days === 1 ? 'expires in 1 day' : `expires in ${days} days`;
  const waits = staged
    ? `version ${staged.version} waits with ${staged.signatures} of ${staged.threshold} signatures`
    : '';
  return [role, String(version), `${signatures} of ${threshold} signatures, ${keys} keys`, ends, waits];
}

/** What is over, or ends within this, or was never signed enough; the soonest first. */
export const endingOf = ({ roles: all }: Status, now: number, withinMs: number): RoleStatus[] =>
  all
    .filter(({ expiresAt, signatures, threshold }) => expiresAt <= now + withinMs || signatures < threshold)
    .sort((a, b) => a.expiresAt - b.expiresAt);

/** `GET /api/releases` */
export function listReleases(folder: string): ReleaseList {
  const published = loadPublished(folder);
  const { roles: all } = statusOf(folder);
  return {
    releases: releaseRoles.flatMap((role) => {
      const document = published[role];
      if (!document) return [];
      const here = releasesIn(folder, document.signed);
      const paths = new Set(here.map(({ path }) => path));
      const gone = everReleased(folder, role).filter(({ path }) => !paths.has(path));
      return [...here.map((one) => rowOf(one, false)), ...gone.map((one) => rowOf(one, true))];
    }),
    roles: all.map(({ role, version, expiresAt, signatures, threshold }) => ({
      ...{ role, version, expiresAt, signatures, threshold },
    })),
  };
}

function rowOf({ path, release }: Listed, withdrawn: boolean): ReleaseList['releases'][number] {
  const { kind, name, version, counter, madeAt, notes } = release;
  const bytes = artifactsOf(release).reduce((sum, artifact) => sum + artifact.bytes, 0);
  return { path, kind, name, version, counter, bytes, madeAt, notes, withdrawn };
}
