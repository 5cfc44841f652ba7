/** What rollouts need of the repository that holds the releases. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Release, ReleasePath } from '@rockpool/protocol/update/release';
import type { ReleaseList } from '@rockpool/protocol/update/rollout';

export interface KnownRelease {
  release: Release;
  /** Of all its artifacts, whole. */
  bytes: number;
}

export interface Releases {
  /** @returns undefined for one that isn't there, or was withdrawn; throws when the repository can't be read */
  find(path: ReleasePath): Promise<KnownRelease | undefined>;
  /** The repository is there, and its signed word doesn't name it any more. */
  isWithdrawn(path: ReleasePath): Promise<boolean>;
  list(): Promise<ReleaseList>;
}

/** @throws Refusal `not-found` */
export async function demandRelease(
  releases: Releases | undefined,
  path: ReleasePath,
): Promise<KnownRelease> {
  const known = await demandReleases(releases).find(path);
  if (!known)
    throw new Refusal('not-found', `There is no release ${path}; see \`rockpool-fleet release list\`.`);
  return known;
}

/** @throws Refusal `not-found` */
export function demandReleases(releases: Releases | undefined): Releases {
  if (!releases)
    throw new Refusal(
      'not-found',
      'This controller has no releases; make some with `rockpool-fleet release`.',
    );
  return releases;
}
