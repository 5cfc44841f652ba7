/** What may be installed: a release's signed description. It is a target of the TUF repository; so are the piece lists it names. */
import { z } from 'zod';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Bytes that a hash stands for in a list of pieces. The last piece of an artifact may be shorter. */
export const pieceBytes = 4 * 1024 * 1024;
/** A manifest is no larger; nor is a piece list (2,048 pieces to 8 GiB are 64 KiB). */
export const manifestLimitBytes = 64 * 1024;
export const pieceListLimitBytes = 256 * 1024;

/** One name below a folder; nothing that a shell, a URL or a prototype could take for something else. */
const Word = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._+-]{0,62}[a-z0-9])?$/)
  .refine((word) => !['constructor', 'prototype'].includes(word) && !word.includes('..'), {
    error: 'this name is taken by the language',
  });
/** SemVer's order decides nothing here (counters do); people read it. */
export const ReleaseVersion = z.string().regex(/^[0-9A-Za-z](?:[0-9A-Za-z.+-]{0,46}[0-9A-Za-z])?$/);

export const releaseKinds = ['model', 'adapter', 'agent', 'patch', 'system'] as const;
export const ReleaseKind = z.enum(releaseKinds);
export type ReleaseKind = z.infer<typeof ReleaseKind>;

/** Which delegation of the repository signs a kind: a key for models can't sign an agent. */
export const roleOf: Record<ReleaseKind, 'models' | 'agent' | 'patches'> = {
  model: 'models',
  adapter: 'models',
  agent: 'agent',
  patch: 'patches',
  system: 'patches',
};

/** A release's place in the repository: `models/qwen3-8b/2`, its manifest `models/qwen3-8b/2/release.json`. */
export const ReleasePath = z
  .string()
  .max(140)
  .regex(/^(?:models|agent|patches)\/[^/]+\/[^/]+$/)
  .refine(
    (path) => {
      const [, name, version] = path.split('/');
      return Word.safeParse(name).success && ReleaseVersion.safeParse(version).success;
    },
    { error: 'a release is named ROLE/NAME/VERSION' },
  );
export type ReleasePath = z.infer<typeof ReleasePath>;
export const manifestTarget = (path: ReleasePath): string => `${path}/release.json`;
export const piecesTarget = (path: ReleasePath, artifact: string): string => `${path}/${artifact}.pieces`;

/** One file of a release, kept and served under its hash: `artifacts/HASH`. */
export const Artifact = z.strictObject({
  name: Word,
  sha256: Sha256,
  /** At most 2^43: what a list of pieces can stand for. */
  bytes: z
    .int()
    .positive()
    .max(2 ** 43),
});
export type Artifact = z.infer<typeof Artifact>;
export const artifactPath = (sha256: string): string => `artifacts/${sha256}`;
/** On file systems that hold no larger file, an artifact lies as `HASH.000`, `HASH.001`, …, each of so many pieces. */
export const splitPieces = 256;

/** Where it may run. What is left out is no condition. */
const Compat = z.strictObject({
  /** `x64`, `arm64`. */
  arch: z
    .array(z.enum(['x64', 'arm64']))
    .min(1)
    .optional(),
  /** The board's name begins with one of these, such as `NVIDIA Jetson Orin`. */
  boards: z.array(z.string().min(1).max(64)).min(1).max(16).optional(),
  /** Jetson Linux's release begins with one of these, such as `36.`. */
  l4t: z.array(z.string().min(1).max(16)).min(1).max(16).optional(),
  /** Counters that must be installed already: an agent may need a system. */
  needs: z.partialRecord(ReleaseKind, z.int().nonnegative()).optional(),
  memoryMiB: z.int().positive().optional(),
});
export type Compat = z.infer<typeof Compat>;

/** A question that a new model must answer before it stays. Its answer holds one of the words, in any case. */
export const GoldenPrompt = z.strictObject({
  prompt: z.string().min(1).max(2_000),
  holds: z.array(z.string().min(1).max(200)).min(1).max(16),
  withinMs: z.int().min(1_000).max(600_000),
});
export type GoldenPrompt = z.infer<typeof GoldenPrompt>;

const common = {
  v: z.literal(1),
  name: Word,
  version: ReleaseVersion,
  /** Of this name's releases: a device never goes below the highest that it committed. Versions of the same safety share one. */
  counter: z.int().nonnegative(),
  /** Form of the data that it leaves behind: what was committed with a higher one can't be gone back from. */
  dataForm: z.int().nonnegative(),
  /** Milliseconds since 1970. */
  madeAt: z.int().positive(),
  /** For people, in one or two sentences. */
  notes: z.string().max(1_000),
  compat: Compat,
  /** Targets beside it: what it is made of, and how. */
  sbom: z.string().max(64).optional(),
  provenance: z.string().max(64).optional(),
};

/** Made by zstd with the tar of an older release as its dictionary; what it yields has the hash of the whole. */
const Delta = z.strictObject({ from: Sha256, artifact: Artifact });

export const Release = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('model'), artifact: Artifact, golden: GoldenPrompt }),
  z.strictObject({
    ...common,
    kind: z.literal('adapter'),
    artifact: Artifact,
    /** Of the weights that it was trained on: with any other it is noise. */
    base: Sha256,
    golden: GoldenPrompt,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('agent'),
    /** The tar, not compressed: its hash is what runs. */
    tar: Artifact.omit({ name: true }),
    /** The tar, compressed by zstd. */
    artifact: Artifact,
    deltas: z.array(Delta).max(8),
    /** How many entries and bytes it unpacks to, at most. */
    entries: z.int().positive().max(200_000),
    unpackedBytes: z.int().positive(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('patch'),
    /** Debian packages; installed together, or none. */
    packages: z
      .array(
        z.strictObject({
          package: z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,100}$/),
          version: z.string().max(100),
          artifact: Artifact,
        }),
      )
      .min(1)
      .max(64),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('system'),
    /** A root file system as it lies in its slot, and what the firmware starts with it. */
    root: Artifact,
    boot: Artifact,
  }),
]);
export type Release = z.infer<typeof Release>;

/** Everything that has to be fetched for a release, whole. */
export function artifactsOf(release: Release): readonly Artifact[] {
  switch (release.kind) {
    case 'patch':
      return release.packages.map(({ artifact }) => artifact);
    case 'system':
      return [release.root, release.boot];
    default:
      return [release.artifact];
  }
}

/** Where it has to stand, by what it says of itself. A manifest that stands elsewhere is refused. */
export const pathOf = ({ kind, name, version }: Pick<Release, 'kind' | 'name' | 'version'>): ReleasePath =>
  `${roleOf[kind]}/${name}/${version}`;
