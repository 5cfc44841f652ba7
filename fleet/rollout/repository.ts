/** The releases of this controller's own repository, read from its signed metadata as it lies. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { artifactsOf, manifestTarget, pathOf, Release, ReleasePath } from '@rockpool/protocol/update/release';
import type { ReleaseList, ReleaseRow } from '@rockpool/protocol/update/rollout';
import type { z } from 'zod';
import { endOf } from '../releases/documents.ts';
import { signaturesOf } from '../releases/judge.ts';
import { type Documents, loadPublished, targetFile } from '../releases/repository.ts';
import { releaseRoles, roles } from '../releases/roles.ts';
import type { KnownRelease, Releases } from './releases.ts';

/** `HOME/releases` unless somebody says otherwise. */
export const releasesFolder = (home: string): string => join(home, 'releases');

/** The folder may come to hold a repository later, and changes while others publish: it is read anew each time. */
export function openReleases(folder: string): Releases {
  /** Manifests are named by their hash, and never change. */
  const known = new Map<string, KnownRelease>();
  const read = (path: ReleasePath, sha256: string): KnownRelease => {
    const found = known.get(sha256) ?? readManifest(folder, path, sha256);
    known.set(sha256, found);
    return found;
  };
  return {
    async find(path) {
      const sha256 = hashIn(loadPublished(folder), path);
      return sha256 === undefined ? undefined : read(path, sha256);
    },
    async isWithdrawn(path) {
      const documents = loadPublished(folder);
      return documents.timestamp !== undefined && hashIn(documents, path) === undefined;
    },
    async list() {
      const documents = loadPublished(folder);
      const released = releaseRoles.flatMap((role) =>
        manifestsOf(folder, role).map(({ path, sha256 }) => {
          const isInForce = hashIn(documents, path) === sha256;
          return rowOf(path, read(path, sha256), !isInForce);
        }),
      );
      return { releases: newestFirst(released), roles: rolesOf(documents) };
    },
  };
}

function hashIn(documents: Documents, path: ReleasePath): string | undefined {
  const role = releaseRoles.find((one) => path.startsWith(`${one}/`));
  const targets = role && documents[role]?.signed.targets;
  const name = manifestTarget(path);
  return targets && Object.hasOwn(targets, name) ? targets[name]?.hashes.sha256 : undefined;
}

/** @throws Refusal `failed` when it isn't what was signed */
function readManifest(folder: string, path: ReleasePath, sha256: string): KnownRelease {
  const bytes = readFileSync(targetFile(folder, manifestTarget(path), { hashes: { sha256 } }));
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Refusal('failed', `The manifest of ${path} is damaged; put the repository back from a copy.`);
  const release = Release.parse(JSON.parse(bytes.toString('utf8')));
  if (pathOf(release) !== path)
    throw new Refusal('failed', `The manifest of ${path} calls itself ${pathOf(release)}.`);
  return { release, bytes: artifactsOf(release).reduce((sum, { bytes: one }) => sum + one, 0) };
}

const manifestFile = /^([0-9a-f]{64})\.release\.json$/;

/** All that were ever published here; what the signed metadata names is among them. */
function manifestsOf(folder: string, role: (typeof releaseRoles)[number]) {
  const of = join(folder, 'targets', role);
  return folders(of).flatMap((name) =>
    folders(join(of, name)).flatMap((version) => {
      const path = ReleasePath.safeParse(`${role}/${name}/${version}`);
      if (!path.success) return [];
      return readdirSync(join(of, name, version)).flatMap((file) => {
        const sha256 = manifestFile.exec(file)?.[1];
        return sha256 === undefined ? [] : [{ path: path.data, sha256 }];
      });
    }),
  );
}

const folders = (of: string): string[] =>
  existsSync(of)
    ? readdirSync(of, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];

type Row = z.infer<typeof ReleaseRow>;

const rowOf = (path: ReleasePath, { release, bytes }: KnownRelease, withdrawn: boolean): Row => ({
  ...{ path, kind: release.kind, name: release.name, version: release.version, bytes, withdrawn },
  ...{ counter: release.counter, madeAt: release.madeAt, notes: release.notes },
});

/** Of one path the one in force, where there is one. */
function newestFirst(rows: readonly Row[]): Row[] {
  const byPath = Map.groupBy(rows, ({ path }) => path);
  return [...byPath.values()]
    .flatMap((some) => some.find(({ withdrawn }) => !withdrawn) ?? some[0] ?? [])
    .sort((a, b) => b.madeAt - a.madeAt || (a.path < b.path ? -1 : 1));
}

const rolesOf = (documents: Documents): ReleaseList['roles'] =>
  roles.flatMap((role) => {
    const document = documents[role];
    if (!document) return [];
    const [asked] = signaturesOf(role, documents, documents);
    return [
      {
        ...{ role, version: document.signed.version, expiresAt: endOf(document.signed) },
        ...{ signatures: asked?.signers.length ?? 0, threshold: asked?.threshold ?? 0 },
      },
    ];
  });
