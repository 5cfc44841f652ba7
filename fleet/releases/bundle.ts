/** A bundle: releases on a stick for devices without a network, a mirror's tree with signatures that hold for longer. */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import { partBytes, splitBytes } from '@rockpool/protocol/update/pieces';
import { manifestTarget, type ReleasePath } from '@rockpool/protocol/update/release';
import { endOf, expiresAt, type Signed } from './documents.ts';
import { demandNone } from './guards.ts';
import type { HeldKey } from './key-files.ts';
import { fetchable } from './making.ts';
import { readRelease, readTarget, roleOfPath } from './manifests.ts';
import { copyAside, placeBytes, settle, syncFolder } from './place.ts';
import { makeSnapshot, makeTimestamp, problemsOfOnline, write } from './publish.ts';
import {
  artifactFile,
  type Documents,
  documentFile,
  loadDocument,
  loadGiven,
  loadPublished,
  partFile,
  saveGiven,
  targetFile,
  versionsOf,
} from './repository.ts';
import { dayMs, targetsRoles } from './roles.ts';
import { fileOf } from './tuf.ts';

export interface BundleOptions {
  out: string;
  releases: readonly ReleasePath[];
  days: number;
  keys: readonly HeldKey[];
  now: number;
}

export interface Bundle {
  out: string;
  releases: readonly ReleasePath[];
  bytes: number;
  /** When devices stop taking it. */
  expires: string;
}

/** @throws Refusal when it would outlive what it rests on, or a release isn't published */
export async function exportBundle(folder: string, options: BundleOptions): Promise<Bundle> {
  const { out, releases, days, keys, now } = options;
  const published = loadPublished(folder);
  const paths = demandReleases(published, releases);
  demandShorter(published, now + days * dayMs);
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new Refusal('conflict', `${out} is not empty; a bundle is written into a folder of its own.`);
  const documents = signFor(folder, published, { keys, now, days });
  const partial = `${out}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  let bytes = 0;
  for (const path of paths) bytes += await copyRelease(folder, partial, documents, path);
  for (const version of versionsOf(folder, 'root'))
    placeBytes(
      documentFile(partial, 'root', version),
      fileOf(loadDocument(folder, 'root', version) as Signed),
    );
  write(partial, documents, [...targetsRoles, 'snapshot', 'timestamp']);
  rmSync(out, { recursive: true, force: true });
  renameSync(partial, out);
  syncFolder(dirname(join(out, '.')));
  return { out, releases: paths, bytes, expires: documents.timestamp?.signed.expires ?? '' };
}

function demandReleases(published: Documents, releases: readonly ReleasePath[]): readonly ReleasePath[] {
  if (!published.timestamp) throw new Refusal('conflict', 'Nothing is published yet.');
  const missing = releases.find(
    (path) => published[roleOfPath(path)]?.signed.targets[manifestTarget(path)] === undefined,
  );
  if (missing !== undefined) throw new Refusal('not-found', `${missing} is not published.`);
  if (releases.length === 0) throw new Refusal('bad-request', 'A bundle holds a release: give --release.');
  return releases;
}

/** A signature under one that is over is worth nothing, and would only be found out where nobody can help. */
function demandShorter(published: Documents, end: number): void {
  const sooner = (['root', ...targetsRoles] as const).find((role) => {
    const document = published[role];
    return document !== undefined && endOf(document.signed) < Math.floor(end / 1_000) * 1_000;
  });
  if (sooner)
    throw new Refusal(
      'conflict',
      `The bundle would be for ${expiresAt(end).slice(0, 10)}, and ${sooner} ends at ${published[sooner]?.signed.expires}; sign ${sooner} again first, or give fewer --days.`,
    );
}

/** Its versions are taken out of the count: what devices see online later is newer, and what they saw before is older. */
function signFor(
  folder: string,
  published: Documents,
  { keys, now, days }: { keys: readonly HeldKey[]; now: number; days: number },
): Documents {
  const documents: Documents = { ...published };
  documents.snapshot = makeSnapshot(folder, documents, keys, { now, days });
  documents.timestamp = makeTimestamp(folder, documents, keys, { now, days });
  demandNone(problemsOfOnline(documents, now));
  const given = loadGiven(folder);
  saveGiven(folder, {
    snapshot: Math.max(given.snapshot, documents.snapshot.signed.version),
    timestamp: Math.max(given.timestamp, documents.timestamp.signed.version),
  });
  return documents;
}

async function copyRelease(
  folder: string,
  into: string,
  documents: Documents,
  path: ReleasePath,
): Promise<number> {
  const targets = documents[roleOfPath(path)]?.signed.targets ?? {};
  for (const [name, target] of Object.entries(targets)) {
    if (name.startsWith(`${path}/`))
      placeBytes(targetFile(into, name, target), readTarget(folder, name, target));
  }
  const manifest = targets[manifestTarget(path)];
  if (!manifest) throw new Refusal('not-found', `${path} is not published.`);
  let bytes = 0;
  for (const artifact of fetchable(readRelease(folder, manifestTarget(path), manifest))) {
    await copyArtifact(folder, into, artifact);
    bytes += artifact.bytes;
  }
  return bytes;
}

async function copyArtifact(
  folder: string,
  into: string,
  { sha256, bytes }: { sha256: string; bytes: number },
): Promise<void> {
  const from = artifactFile(folder, sha256);
  const path = artifactFile(into, sha256);
  if (!existsSync(from)) throw new Refusal('not-found', `${from} is missing; put it back from a copy.`);
  if (bytes <= splitBytes) return settle(copyAside(from, path), path);
  mkdirSync(dirname(path), { recursive: true });
  for (let at = 0; at * splitBytes < bytes; at += 1) {
    const start = at * splitBytes;
    const range = { start, end: start + partBytes(bytes, at) - 1 };
    await pipeline(createReadStream(from, range), createWriteStream(`${partFile(path, at)}.partial`));
    settle(`${partFile(path, at)}.partial`, partFile(path, at));
  }
}
