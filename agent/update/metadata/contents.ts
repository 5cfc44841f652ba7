/** What releases are described by: manifests and piece lists, each pinned by length and hash in metadata that is trusted. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import {
  type Artifact,
  artifactsOf,
  manifestLimitBytes,
  manifestTarget,
  pathOf,
  pieceBytes,
  pieceListLimitBytes,
  piecesTarget,
  Release,
  type ReleasePath,
} from '@rockpool/protocol/update/release';
import { writeDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import { onDisk } from './kept.ts';
import type { Target } from './policy.ts';
import type { Source } from './source.ts';
import { FetchFailed } from './transport.ts';

export interface Contents {
  /** As it was signed. @throws UpdateError `mirrors`, `bad-content` */
  manifest(
    path: ReleasePath,
    targets: Targets,
    signal: AbortSignal,
  ): Promise<{ release: Release; sha256: string }>;
  /** By the artifact's hash. @throws UpdateError `mirrors`, `bad-content` */
  pieces(
    path: ReleasePath,
    release: Release,
    targets: Targets,
    signal: AbortSignal,
  ): Promise<Map<string, Buffer[]>>;
  /** Forgets what none of these names. */
  collect(hashes: ReadonlySet<string>): Promise<void>;
}
export type Targets = ReadonlyMap<string, Target>;

interface ContentsParts {
  /** For good: what was here once is there without a network. */
  folder: string;
  disk: Disk;
  sources(): readonly Source[];
}

export function openContents(parts: ContentsParts): Contents {
  const read = (name: string, targets: Targets, limit: number, signal: AbortSignal): Promise<Buffer> =>
    readTarget(parts, name, targets.get(name), limit, signal);
  return {
    async manifest(path, targets, signal) {
      const name = manifestTarget(path);
      const bytes = await read(name, targets, manifestLimitBytes, signal);
      return { release: parseManifest(bytes, path), sha256: targets.get(name)?.sha256 ?? '' };
    },
    async pieces(path, release, targets, signal) {
      const pieces = new Map<string, Buffer[]>();
      const deltas = release.kind === 'agent' ? release.deltas.map(({ artifact }) => artifact) : [];
      for (const artifact of [...artifactsOf(release), ...deltas]) {
        const bytes = await read(piecesTarget(path, artifact.name), targets, pieceListLimitBytes, signal);
        pieces.set(artifact.sha256, parsePieces(bytes, artifact));
      }
      return pieces;
    },
    collect: (hashes) =>
      onDisk(async () => {
        for (const name of await parts.disk.list(parts.folder)) {
          if (!hashes.has(name)) await parts.disk.remove(`${parts.folder}/${name}`);
        }
      }),
  };
}

async function readTarget(
  { folder, disk, sources }: ContentsParts,
  name: string,
  target: Target | undefined,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  if (!target) throw new UpdateError('bad-content', `The release lacks ${name}.`);
  if (target.bytes > limitBytes)
    throw new UpdateError('bad-content', `${name} has ${target.bytes} bytes, and may have ${limitBytes}.`);
  const place = `${folder}/${target.sha256}`;
  const kept = await onDisk(() => disk.read(place));
  if (kept && isThat(kept, target)) return kept;
  const bytes = await fetchTarget(sources(), name, target, signal);
  await onDisk(async () => {
    await disk.makeFolder(folder);
    await disk.syncFolder(posix.dirname(folder));
    await writeDurably(disk, place, bytes);
  });
  return bytes;
}

async function fetchTarget(
  sources: readonly Source[],
  name: string,
  target: Target,
  signal: AbortSignal,
): Promise<Buffer> {
  const { dir, base } = posix.parse(name);
  const problems: string[] = [];
  for (const source of sources) {
    try {
      const bytes = await source.read(`targets/${dir}/${target.sha256}.${base}`, target.bytes, signal);
      if (bytes && isThat(bytes, target)) return bytes;
      problems.push(`${source.base} ${bytes ? 'has something else in its place' : "doesn't have it"}`);
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error;
      problems.push(error.message);
    }
  }
  throw new UpdateError('mirrors', `Nobody has ${name}: ${problems.join('; ') || 'there is nobody to ask'}.`);
}

const isThat = (bytes: Buffer, { bytes: length, sha256 }: Target): boolean =>
  bytes.byteLength === length && createHash('sha256').update(bytes).digest('hex') === sha256;

function parseManifest(bytes: Buffer, path: ReleasePath): Release {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new UpdateError('bad-content', `The manifest of ${path} is no JSON.`, { cause });
  }
  const parsed = Release.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UpdateError(
      'bad-content',
      `The manifest of ${path} says ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'something else'}.`,
    );
  }
  // Else a good manifest could be signed a second time, as something else.
  if (pathOf(parsed.data) !== path)
    throw new UpdateError('bad-content', `The manifest at ${path} is for ${pathOf(parsed.data)}.`);
  return parsed.data;
}

function parsePieces(bytes: Buffer, { name, bytes: length, sha256 }: Artifact): Buffer[] {
  const count = Math.ceil(length / pieceBytes);
  if (bytes.byteLength !== count * 32)
    throw new UpdateError('bad-content', `The pieces of ${name} are ${bytes.byteLength / 32}, not ${count}.`);
  const pieces = Array.from({ length: count }, (_, at) => bytes.subarray(at * 32, (at + 1) * 32));
  if (count === 1 && pieces[0]?.toString('hex') !== sha256)
    throw new UpdateError('bad-content', `The one piece of ${name} is not what ${name} is.`);
  return pieces;
}
