/** Making a release: its bytes go into the repository, its manifest and lists of pieces into the list that its role signs. */
import { createHash } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  type Artifact,
  artifactsOf,
  manifestLimitBytes,
  manifestTarget,
  pathOf,
  piecesTarget,
  Release,
  type ReleasePath,
} from '@rockpool/protocol/update/release';
import { emptyTargets, endOf, expiresAt, type Signed, type Target, type TargetsBody } from './documents.ts';
import {
  demandNone,
  problemsOfCounter,
  problemsOfExpiry,
  problemsOfSize,
  problemsOfTargets,
} from './guards.ts';
import { aboveOf } from './judge.ts';
import type { HeldKey } from './key-files.ts';
import { everReleased, type Listed, releasesOf, roleOfPath, roleOfRelease } from './manifests.ts';
import { placeBytes } from './place.ts';
import { loadNext, loadPublished, stage, targetFile } from './repository.ts';
import { dayMs, type ReleaseRole, usualDays } from './roles.ts';
import { fileOf, signWith } from './tuf.ts';

/** A release that was made, before anybody signed for it. */
export interface Made {
  release: Release;
  /** By the hash of an artifact: 32 bytes for each piece. */
  pieces: ReadonlyMap<string, Buffer>;
  /** Further targets beside the manifest. */
  beside: ReadonlyMap<string, Buffer>;
}

export interface Signing {
  /** Left out: whoever has a key signs by a ceremony. */
  key?: HeldKey | undefined;
  now: number;
  days?: number | undefined;
}

/** @throws Refusal when it is there already, or would be one that devices refuse */
export function addRelease(folder: string, made: Made, signing: Signing): ReleasePath {
  const release = demandRelease(made.release);
  const path = pathOf(release);
  const role = roleOfRelease(release);
  const all = everReleased(folder, role);
  const staged = releasesOf(folder, loadNext(folder));
  demandNew(path, [...all, ...staged]);
  const ofThisName = [...all, ...staged].filter(
    ({ release: { kind, name } }) => kind === release.kind && name === release.name,
  );
  demandNone(
    problemsOfCounter(
      release,
      ofThisName.map((one) => one.release),
    ),
  );
  const files = targetsOfRelease(path, { ...made, release });
  const targets: Record<string, Target> = {};
  for (const [name, bytes] of files) {
    const target = { length: bytes.length, hashes: { sha256: sha256Of(bytes) } };
    placeBytes(targetFile(folder, name, target), bytes);
    targets[name] = target;
  }
  stageList(folder, role, signing, (before) => ({ ...before, ...targets }));
  return path;
}

/** Out of the signed list; its bytes stay for devices that are at it. */
export function withdraw(folder: string, path: ReleasePath, signing: Signing): void {
  const role = roleOfPath(path);
  const here = loadNext(folder)[role]?.signed.targets ?? {};
  if (!Object.hasOwn(here, manifestTarget(path)))
    throw new Refusal(
      'not-found',
      `There is no release ${path}; \`rockpool-fleet release list\` shows those that are.`,
    );
  stageList(folder, role, signing, (before) =>
    Object.fromEntries(Object.entries(before).filter(([name]) => !name.startsWith(`${path}/`))),
  );
}

/** Signs again what is there, for another while; the first time, that there is nothing. */
export const signAgain = (folder: string, role: ReleaseRole, signing: Signing): void =>
  stageList(folder, role, signing, (before) => before);

function stageList(
  folder: string,
  role: ReleaseRole,
  { key, now, days }: Signing,
  change: (before: TargetsBody['targets']) => TargetsBody['targets'],
): void {
  if (key && key.role !== role)
    throw new Refusal('conflict', `This key was made for ${key.role}; it doesn't sign ${role}.`);
  const next = loadNext(folder);
  if (!next.targets)
    throw new Refusal('conflict', 'Targets come first: `rockpool-fleet keys ceremony begin targets`.');
  const above = aboveOf(role, next);
  const wanted = now + (days ?? usualDays[role]) * dayMs;
  const end = days === undefined ? Math.min(wanted, ...above.map(([, parent]) => endOf(parent))) : wanted;
  const version = (loadPublished(folder)[role]?.signed.version ?? 0) + 1;
  const signed: TargetsBody = {
    ...emptyTargets(version, expiresAt(end)),
    targets: sorted(change(next[role]?.signed.targets ?? {})),
  };
  // What was signed before was another list.
  const document: Signed<TargetsBody> = { signed, signatures: [] };
  demandNone([
    ...problemsOfExpiry(role, signed, above, now),
    ...problemsOfTargets(role, signed),
    ...problemsOfSize(role, fileOf(document).length),
  ]);
  stage(folder, role, key ? signWith(document, key.key) : document);
}

const sorted = (targets: TargetsBody['targets']): TargetsBody['targets'] =>
  Object.fromEntries(Object.entries(targets).sort(([a], [b]) => (a < b ? -1 : 1)));

function demandRelease(release: Release): Release {
  const parsed = Release.safeParse(release);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal(
    'bad-request',
    `${issue?.path.join('.') ?? 'The release'}: ${issue?.message ?? 'is not valid'}.`,
  );
}

function demandNew(path: ReleasePath, known: readonly Listed[]): void {
  const same = known.find((one) => one.path.toLowerCase() === path.toLowerCase());
  if (same)
    throw new Refusal(
      'conflict',
      `${same.path} was released already; what a name stands for never changes, so give another version.`,
    );
}

/** Everything that has a list of pieces: what is fetched whole, and the short ways to it. */
export const fetchable = (release: Release): Artifact[] => [
  ...artifactsOf(release),
  ...(release.kind === 'agent' ? release.deltas.map(({ artifact }) => artifact) : []),
];

function targetsOfRelease(path: ReleasePath, { release, pieces, beside }: Made): Map<string, Buffer> {
  const manifest = Buffer.from(`${JSON.stringify(release, null, 1)}\n`, 'utf8');
  if (manifest.length > manifestLimitBytes)
    throw new Refusal(
      'too-large',
      `The manifest of ${path} would have ${manifest.length} bytes, and devices read ${manifestLimitBytes}.`,
    );
  const files = new Map<string, Buffer>([[manifestTarget(path), manifest]]);
  for (const artifact of fetchable(release)) {
    const list = pieces.get(artifact.sha256);
    if (!list) throw new Refusal('failed', `${artifact.name} has no list of pieces.`);
    const name = piecesTarget(path, artifact.name);
    if (files.has(name))
      throw new Refusal('bad-request', `Two artifacts of ${path} are named ${artifact.name}.`);
    files.set(name, list);
  }
  for (const [name, bytes] of beside) files.set(`${path}/${name}`, bytes);
  return files;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
