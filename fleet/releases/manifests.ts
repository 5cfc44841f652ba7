/** Releases as the repository has them: their manifests, read from where the signed documents say that they lie. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import { manifestTarget, Release, type ReleasePath, roleOf } from '@rockpool/protocol/update/release';
import type { Target, TargetsBody } from './documents.ts';
import { type Documents, loadDocument, targetFile, versionsOf } from './repository.ts';
import { type ReleaseRole, releaseRoles } from './roles.ts';

export interface Listed {
  path: ReleasePath;
  release: Release;
}

/** @throws Refusal when the file is missing, or not what was signed */
export function readTarget(folder: string, name: string, target: Target): Buffer {
  const path = targetFile(folder, name, target);
  if (!existsSync(path)) throw new Refusal('not-found', `${path} is missing; put it back from a copy.`);
  const bytes = readFileSync(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== target.length || sha256 !== target.hashes.sha256)
    throw new Refusal('failed', `${path} is not what was signed; put it back from a copy.`);
  return bytes;
}

export function readRelease(folder: string, name: string, target: Target): Release {
  const parsed = Release.safeParse(JSON.parse(readTarget(folder, name, target).toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new Refusal('failed', `${name} is no release: ${parsed.error.issues[0]?.message ?? ''}.`);
}

const pathsIn = (body: TargetsBody): ReleasePath[] =>
  Object.keys(body.targets).flatMap((name) => {
    const path = name.split('/').slice(0, 3).join('/');
    return name === manifestTarget(path) ? [path] : [];
  });

export const releasesIn = (folder: string, body: TargetsBody): Listed[] =>
  pathsIn(body).flatMap((path) => {
    const target = body.targets[manifestTarget(path)];
    return target ? [{ path, release: readRelease(folder, manifestTarget(path), target) }] : [];
  });

export const releasesOf = (folder: string, documents: Documents): Listed[] =>
  releaseRoles.flatMap((role) => {
    const document = documents[role];
    return document ? releasesIn(folder, document.signed) : [];
  });

/** Of every version that was ever published here, also of withdrawn releases: devices may have committed to them. */
export function everReleased(folder: string, role: ReleaseRole): Listed[] {
  const seen = new Map<string, Listed>();
  for (const version of versionsOf(folder, role)) {
    const { signed } = loadDocument(folder, role, version);
    const fresh = Object.fromEntries(
      Object.entries(signed.targets).filter(([name, { hashes }]) => !seen.has(`${name} ${hashes.sha256}`)),
    );
    for (const listed of releasesIn(folder, { ...signed, targets: fresh })) {
      const name = manifestTarget(listed.path);
      seen.set(`${name} ${signed.targets[name]?.hashes.sha256}`, listed);
    }
  }
  return [...seen.values()];
}

export const roleOfPath = (path: ReleasePath): ReleaseRole => path.split('/')[0] as ReleaseRole;
export const roleOfRelease = ({ kind }: Pick<Release, 'kind'>): ReleaseRole => roleOf[kind];
