/** The repository's folder: what is published, what is staged, and where each thing lies. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { partName } from '@rockpool/protocol/update/pieces';
import { artifactPath } from '@rockpool/protocol/update/release';
import { type BodyOf, parseDocument, type Signed, type Target } from './documents.ts';
import { placeBytes } from './place.ts';
import { isReleaseRole, type Role, type TargetsRole, targetsRoles } from './roles.ts';
import { fileOf } from './tuf.ts';

/** By role, those that there are. */
export type Documents = { [R in Role]?: Signed<BodyOf[R]> };

export const metadataFolder = (folder: string): string => join(folder, 'metadata');
export const keysFolder = (folder: string): string => join(folder, 'keys');
export const artifactFile = (folder: string, sha256: string): string => join(folder, artifactPath(sha256));
/** The files that an artifact lies in: one, or in a bundle several in order; none when it isn't there. */
export function splitFiles(path: string): string[] {
  if (existsSync(path)) return [path];
  const parts: string[] = [];
  for (let at = 0; existsSync(partFile(path, at)); at += 1) parts.push(partFile(path, at));
  return parts;
}
export const partFile = (path: string, at: number): string => partName(path, at);
/** Consistent snapshots: a target lies under its hash, so that the next one of this name never replaces it. */
export function targetFile(folder: string, name: string, { hashes }: Pick<Target, 'hashes'>): string {
  const { dir, base } = posix.parse(name);
  return join(folder, 'targets', dir, `${hashes.sha256}.${base}`);
}
export const documentFile = (folder: string, role: Role, version: number): string =>
  join(metadataFolder(folder), role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`);
export const stagedFile = (folder: string, role: Role): string => join(folder, 'staging', `${role}.json`);

/** Versions of this role's document in the folder, also of those that no snapshot names any more. */
export function versionsOf(folder: string, role: Role): number[] {
  if (!existsSync(metadataFolder(folder))) return [];
  const form = new RegExp(`^([1-9][0-9]*)\\.${role}\\.json$`);
  return readdirSync(metadataFolder(folder))
    .flatMap((name) => form.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** For a device that trusts nobody yet; undefined where nothing was published. */
export function newestRoot(folder: string): string | undefined {
  const newest = versionsOf(folder, 'root').at(-1);
  return newest === undefined ? undefined : readFileSync(documentFile(folder, 'root', newest), 'utf8');
}

export function loadDocument<R extends Role>(folder: string, role: R, version: number): Signed<BodyOf[R]> {
  const path = documentFile(folder, role, version);
  if (!existsSync(path)) throw new Refusal('not-found', `${path} is missing; put it back from a copy.`);
  return parseDocument(role, readFileSync(path), path);
}

/**
 * What a client finds: `timestamp.json` names a snapshot, which names the others.
 * @param at another snapshot than the one in force
 */
export function loadPublished(folder: string, at?: number): Documents {
  const [newest] = versionsOf(folder, 'root').slice(-1);
  if (newest === undefined) return {};
  const root = loadDocument(folder, 'root', newest);
  if (!existsSync(documentFile(folder, 'timestamp', 0))) return { root };
  const timestamp = loadDocument(folder, 'timestamp', 0);
  const snapshot = loadDocument(folder, 'snapshot', at ?? timestamp.signed.meta['snapshot.json'].version);
  const documents: Documents = { root, timestamp, snapshot };
  for (const role of targetsRoles) {
    const version = snapshot.signed.meta[`${role}.json`]?.version;
    if (version !== undefined) documents[role] = loadDocument(folder, role, version);
  }
  return documents;
}

/** What waits for signatures, or for `release publish`. */
export function loadStaged(folder: string): Documents {
  const documents: Documents = {};
  for (const role of ['root', ...targetsRoles] as const) {
    const path = stagedFile(folder, role);
    if (existsSync(path)) Object.assign(documents, { [role]: parseDocument(role, readFileSync(path), path) });
  }
  return documents;
}

/** Staged before published. */
export const loadNext = (folder: string): Documents => ({ ...loadPublished(folder), ...loadStaged(folder) });

export const stage = <R extends Role>(folder: string, role: R, document: Signed<BodyOf[R]>): void =>
  placeBytes(stagedFile(folder, role), fileOf(document as Signed));
export const unstage = (folder: string, role: Role): void =>
  rmSync(stagedFile(folder, role), { force: true });

/** The versions that bundles took out of the count; devices that saw one take nothing older. */
const Given = { snapshot: 0, timestamp: 0 };
const givenFile = (folder: string): string => join(folder, 'staging', 'given.json');
export const loadGiven = (folder: string): typeof Given =>
  existsSync(givenFile(folder))
    ? { ...Given, ...(JSON.parse(readFileSync(givenFile(folder), 'utf8')) as typeof Given) }
    : Given;
export const saveGiven = (folder: string, given: typeof Given): void =>
  placeBytes(givenFile(folder), JSON.stringify(given));

/** @throws Refusal when there is none */
export function demandRepository(folder: string): void {
  if (versionsOf(folder, 'root').length === 0 && !existsSync(stagedFile(folder, 'root')))
    throw new Refusal(
      'not-found',
      `There is no repository in ${folder}; begin one with \`rockpool-fleet keys ceremony begin root\`.`,
    );
}

export const targetsOf = (documents: Documents, role: TargetsRole): Signed<BodyOf['targets']> | undefined =>
  isReleaseRole(role) ? documents[role] : documents.targets;
