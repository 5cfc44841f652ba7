/** From files on an operator's disk to a release: one way for each kind. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Artifact, Compat, GoldenPrompt, Release, ReleaseKind } from '@rockpool/protocol/update/release';
import { keepArtifact, type Measured, measure } from './artifacts.ts';
import type { Made } from './making.ts';
import { everReleased } from './manifests.ts';
import { artifactFile } from './repository.ts';
import { look, pack } from './tar.ts';
import { compress, compressAgainst, decompress } from './zstd.ts';

export interface Wish {
  kind: ReleaseKind;
  name: string;
  version: string;
  counter: number;
  dataForm: number;
  madeAt: number;
  notes: string;
  compat: Compat;
  golden: GoldenPrompt | undefined;
  /** Of an adapter: the hash of its base. */
  base: string | undefined;
  files: readonly string[];
  /** Of a system: what the firmware starts. */
  boot: string | undefined;
  /** Earlier agent releases that devices may come from by a short way. */
  deltasFrom: number;
  /** Of zstd. */
  level: number;
  /** Share the bytes of files instead of copying them. */
  link: boolean;
  /** Targets beside the manifest, by what of the manifest names them. */
  beside: { sbom?: Buffer | undefined; provenance?: Buffer | undefined };
}

export const besideNames = { sbom: 'sbom.cdx.json', provenance: 'provenance.json' } as const;

/** Whoever calls it is alone in the repository: what an earlier call was cut off at is removed. */
export async function make(folder: string, wish: Wish): Promise<Made> {
  removeLeftovers(folder);
  const beside = new Map<string, Buffer>();
  for (const what of ['sbom', 'provenance'] as const) {
    const bytes = wish.beside[what];
    if (bytes) beside.set(besideNames[what], bytes);
  }
  const common = {
    ...{ v: 1 as const, name: wish.name, version: wish.version, counter: wish.counter },
    ...{ dataForm: wish.dataForm, madeAt: wish.madeAt, notes: wish.notes, compat: wish.compat },
    ...(wish.beside.sbom ? { sbom: besideNames.sbom } : {}),
    ...(wish.beside.provenance ? { provenance: besideNames.provenance } : {}),
  };
  const pieces = new Map<string, Buffer>();
  const keep = async (file: string, name: string): Promise<Artifact> =>
    artifactOf(name, await keepArtifact(folder, file, wish.link), pieces);
  const release = await makeKind(folder, wish, common, keep, pieces);
  return { release, pieces, beside };
}

function removeLeftovers(folder: string): void {
  for (const [place, isLeft] of [
    ['artifacts', (name: string) => name.endsWith('.partial')],
    ['staging', (name: string) => name.startsWith('agent-')],
  ] as const) {
    if (!existsSync(join(folder, place))) continue;
    for (const name of readdirSync(join(folder, place)).filter(isLeft))
      rmSync(join(folder, place, name), { recursive: true, force: true });
  }
}

type Common = Omit<Extract<Release, { kind: 'model' }>, 'kind' | 'artifact' | 'golden'>;
type Keep = (file: string, name: string) => Promise<Artifact>;

async function makeKind(
  folder: string,
  wish: Wish,
  common: Common,
  keep: Keep,
  pieces: Map<string, Buffer>,
): Promise<Release> {
  switch (wish.kind) {
    case 'model':
      return {
        ...common,
        kind: 'model',
        golden: demandGolden(wish),
        artifact: await keep(onlyFile(wish), 'model.gguf'),
      };
    case 'adapter': {
      if (wish.base === undefined)
        throw new Refusal('bad-request', 'An adapter is for one base: give the SHA-256 of that with --base.');
      const golden = demandGolden(wish);
      return {
        ...common,
        kind: 'adapter',
        golden,
        base: wish.base,
        artifact: await keep(onlyFile(wish), 'adapter.gguf'),
      };
    }
    case 'agent':
      return makeAgent(folder, wish, common, pieces);
    case 'patch': {
      const packages = [];
      for (const file of wish.files) packages.push(await packageOf(file, keep));
      return { ...common, kind: 'patch', packages };
    }
    case 'system': {
      if (wish.boot === undefined)
        throw new Refusal(
          'bad-request',
          'A system is a root file system and what the firmware starts: give --boot, too.',
        );
      const root = await keep(onlyFile(wish), 'root.img');
      return { ...common, kind: 'system', root, boot: await keep(wish.boot, 'boot.img') };
    }
  }
}

/** From a folder or a tar: the tar compressed, and what differs from the newest earlier ones. */
async function makeAgent(
  folder: string,
  wish: Wish,
  common: Common,
  pieces: Map<string, Buffer>,
): Promise<Release> {
  const from = onlyFile(wish);
  mkdirSync(join(folder, 'staging'), { recursive: true });
  const work = mkdtempSync(join(folder, 'staging', 'agent-'));
  try {
    const tar = statSync(from).isDirectory() ? join(work, 'tar') : from;
    if (tar !== from) await pack(from, tar);
    const { entries, bytes: unpackedBytes } = await look(tar);
    const whole = await measure(tar);
    const proven = async (file: string, name: string, older?: string): Promise<Artifact> => {
      await decompress(file, join(work, 'again'), older);
      if ((await measure(join(work, 'again'))).sha256 !== whole.sha256)
        throw new Refusal('failed', `${name} does not yield the tar that it was made of; make it again.`);
      return artifactOf(name, await keepArtifact(folder, file), pieces);
    };
    await compress(tar, join(work, 'zst'), wish.level);
    const artifact = await proven(join(work, 'zst'), 'agent.tar.zst');
    const deltas = [];
    for (const older of newestAgents(folder, wish)) {
      const olderTar = join(work, 'older');
      await decompress(artifactFile(folder, older.artifact.sha256), olderTar);
      await compressAgainst(olderTar, tar, join(work, 'delta'), wish.level);
      // A way that is not shorter is none.
      if (statSync(join(work, 'delta')).size >= artifact.bytes) continue;
      const name = `from-${older.tar.sha256.slice(0, 16)}.zst`;
      deltas.push({ from: older.tar.sha256, artifact: await proven(join(work, 'delta'), name, olderTar) });
    }
    const tarOfIt = { sha256: whole.sha256, bytes: whole.bytes };
    return { ...common, kind: 'agent', tar: tarOfIt, artifact, deltas, entries, unpackedBytes };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type AgentRelease = Extract<Release, { kind: 'agent' }>;

function newestAgents(folder: string, { name, version, deltasFrom }: Wish): AgentRelease[] {
  return (
    everReleased(folder, 'agent')
      .map(({ release }) => release)
      .filter(
        (release): release is AgentRelease =>
          release.kind === 'agent' && release.name === name && release.version !== version,
      )
      // Published last, first of those that are alike.
      .reverse()
      .sort((a, b) => b.counter - a.counter || b.madeAt - a.madeAt)
      .slice(0, deltasFrom)
  );
}

/** Named as Debian's tools do: `NAME_VERSION_ARCH.deb`, a colon of the version written as %3a. */
async function packageOf(file: string, keep: Keep) {
  const [, name = '', version = ''] =
    /^([a-z0-9][a-z0-9+.-]+)_([^_]+)_[a-z0-9]+\.deb$/.exec(basename(file)) ?? [];
  if (name === '')
    throw new Refusal(
      'bad-request',
      `${basename(file)} is not NAME_VERSION_ARCH.deb, as \`dpkg-name\` would name it.`,
    );
  return { package: name, version: decodeURIComponent(version), artifact: await keep(file, `${name}.deb`) };
}

function artifactOf(
  name: string,
  { sha256, bytes, pieces: list }: Measured,
  pieces: Map<string, Buffer>,
): Artifact {
  pieces.set(sha256, list);
  return { name, sha256, bytes };
}

function onlyFile({ kind, files }: Wish): string {
  const [file, second] = files;
  if (file === undefined || second !== undefined)
    throw new Refusal('bad-request', `A release of kind ${kind} is made of one --file.`);
  return file;
}

function demandGolden({ kind, golden }: Wish): GoldenPrompt {
  if (golden) return golden;
  throw new Refusal(
    'bad-request',
    `A new ${kind} has to prove itself: give --golden-prompt, and with --golden-holds a word that its answer holds.`,
  );
}
