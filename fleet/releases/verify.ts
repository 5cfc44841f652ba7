/** Verifying a repository or a bundle as a device would, and further: every byte that its releases name. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  type Artifact,
  manifestTarget,
  pathOf,
  pieceBytes,
  piecesTarget,
  Release,
  type ReleasePath,
} from '@rockpool/protocol/update/release';
import { measureAll } from './artifacts.ts';
import { fetchable } from './making.ts';
import {
  artifactFile,
  type Documents,
  documentFile,
  loadPublished,
  splitFiles,
  targetFile,
} from './repository.ts';
import { releaseRoles } from './roles.ts';
import { openClient } from './tuf-js.ts';

export interface Verified {
  releases: { path: ReleasePath; bytes: number }[];
  /** Signed, and not here: a bundle leaves out what nobody asked for. */
  absent: ReleasePath[];
}

export interface VerifyOptions {
  /** Trusted already; left out, the folder's own first root, which proves only that the rest follows from it. */
  root?: Uint8Array;
  /** Read every artifact, and not only its size. */
  bytes: boolean;
  /** Releases may be missing, as in a bundle. */
  partial: boolean;
}

/** @throws Refusal with the first thing that is wrong */
export async function verify(folder: string, { root, bytes, partial }: VerifyOptions): Promise<Verified> {
  const first = documentFile(folder, 'root', 1);
  if (!root && !existsSync(first)) throw new Refusal('not-found', `There is no repository in ${folder}.`);
  const client = openClient(folder, root ?? readFileSync(first));
  try {
    await client.refresh();
    const documents = loadPublished(folder);
    const verified: Verified = { releases: [], absent: [] };
    for (const path of pathsOf(documents)) {
      if (partial && !isHere(folder, documents, path)) verified.absent.push(path);
      else verified.releases.push({ path, bytes: await verifyRelease(folder, path, client.read, bytes) });
    }
    return verified;
  } finally {
    client.close();
  }
}

const pathsOf = (documents: Documents): ReleasePath[] =>
  releaseRoles.flatMap((role) =>
    Object.keys(documents[role]?.signed.targets ?? {}).flatMap((name) =>
      name.endsWith('/release.json') ? [name.slice(0, -'/release.json'.length)] : [],
    ),
  );

function isHere(folder: string, documents: Documents, path: ReleasePath): boolean {
  const name = manifestTarget(path);
  return releaseRoles.some((role) => {
    const target = documents[role]?.signed.targets[name];
    return target !== undefined && existsSync(targetFile(folder, name, target));
  });
}

async function verifyRelease(
  folder: string,
  path: ReleasePath,
  read: (name: string) => Promise<Buffer>,
  bytes: boolean,
): Promise<number> {
  const parsed = Release.safeParse(JSON.parse((await read(manifestTarget(path))).toString('utf8')));
  if (!parsed.success)
    throw new Refusal('failed', `The manifest of ${path} is none: ${parsed.error.issues[0]?.message ?? ''}.`);
  const release = parsed.data;
  if (pathOf(release) !== path)
    throw new Refusal('failed', `The manifest of ${path} says that it is ${pathOf(release)}.`);
  let sum = 0;
  for (const artifact of fetchable(release)) {
    const pieces = await read(piecesTarget(path, artifact.name));
    await verifyArtifact(folder, path, artifact, pieces, bytes);
    sum += artifact.bytes;
  }
  for (const name of [release.sbom, release.provenance])
    if (name !== undefined) await read(`${path}/${name}`);
  return sum;
}

async function verifyArtifact(
  folder: string,
  path: ReleasePath,
  { name, sha256, bytes: size }: Artifact,
  pieces: Buffer,
  bytes: boolean,
): Promise<void> {
  const what = `${name} of ${path}`;
  if (pieces.length !== Math.ceil(size / pieceBytes) * 32)
    throw new Refusal('failed', `The list of pieces of ${what} is for another size.`);
  const files = splitFiles(artifactFile(folder, sha256));
  if (files.length === 0) throw new Refusal('failed', `${what} is missing: artifacts/${sha256}.`);
  const found = files.reduce((sum, file) => sum + statSync(file).size, 0);
  if (found !== size) throw new Refusal('failed', `${what} has ${found} bytes, and ${size} were signed.`);
  if (!bytes) return;
  const measured = await measureAll(files);
  if (measured.sha256 !== sha256 || !measured.pieces.equals(pieces))
    throw new Refusal('failed', `${what} is not what was signed.`);
}
