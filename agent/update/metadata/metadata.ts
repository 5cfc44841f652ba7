/** What the repository says, as far as this device believes it: fetched, verified, kept, and read by release. */
import type { Release, ReleasePath } from '@rockpool/protocol/update/release';
import { manifestTarget, ReleasePath as ReleasePathForm } from '@rockpool/protocol/update/release';
import type { Clock } from '../../host/clock.ts';
import type { Log } from '../../host/log.ts';
import type { Disk } from '../disk.ts';
import { type Metadata, type Trusted, type TrustedRelease, UpdateError } from '../parts.ts';
import { type Contents, openContents } from './contents.ts';
import { behind } from './floor.ts';
import type { Repository, RoleName } from './policy.ts';
import { openSource, type Source } from './source.ts';
import { type Caps, deviceCaps } from './task.ts';
import { type Get, metadataPatience, monotonic, type Patience, type Stopwatch } from './transport.ts';
import { Trust } from './trust.ts';
import { killMs } from './verifier.ts';

export interface MetadataParts {
  /** `metadata` in the update folder. */
  folder: string;
  disk: Disk;
  clock: Clock;
  /** When the running code was built, in milliseconds since 1970: it is later than that. */
  builtAt: number;
  /** The root that the system image brings. */
  root: Uint8Array;
  /** Addresses or folders below which `metadata/` and `targets/` lie. */
  sources(): readonly string[];
  get: Get;
  log: Pick<Log, 'info' | 'warn'>;
  watch?: Stopwatch;
  patience?: Patience;
  caps?: Caps;
  killMs?: number;
}

export function openMetadata(parts: MetadataParts): Metadata {
  const watch = parts.watch ?? monotonic;
  const fetching = { get: parts.get, watch, patience: parts.patience ?? metadataPatience };
  const sources = (): Source[] =>
    parts.sources().map((base) => openSource(base, { disk: parts.disk, fetching }));
  const contents = openContents({ folder: `${parts.folder}/targets`, disk: parts.disk, sources });
  const trust = new Trust({
    ...{ folder: parts.folder, disk: parts.disk, clock: parts.clock, root: parts.root, log: parts.log },
    ...{ watch, caps: parts.caps ?? deviceCaps, killMs: parts.killMs ?? killMs },
  });
  const inTurn = oneAtATime();

  return {
    refresh: (signal) =>
      inTurn(async () => {
        demandClock(parts);
        await refreshFrom(sources(), { trust, log: parts.log, now: parts.clock.now() }, signal);
        const named = trust.names();
        if (named) await contents.collect(named);
      }),
    resolve: (path, signal) =>
      inTurn(async () => {
        demandClock(parts);
        return resolveRelease(path, { trust, contents }, signal);
      }),
    list: (signal) =>
      inTurn(async () => {
        demandClock(parts);
        return listReleases({ trust, contents, log: parts.log }, signal);
      }),
  };
}

/** Before anything is asked: with a clock from before this code was written, nothing that expired would look so. */
function demandClock({ clock, builtAt }: MetadataParts): void {
  if (clock.now() < builtAt) throw behind(clock.now(), builtAt);
}

/** All are asked: a source that stands still must not hide what another one knows. */
async function refreshFrom(
  sources: readonly Source[],
  { trust, log, now }: { trust: Trust; log: MetadataParts['log']; now: number },
  signal: AbortSignal,
): Promise<void> {
  const problems: UpdateError[] = [];
  let old: UpdateError | undefined;
  let isFresh = false;
  for (const source of sources) {
    const said = await trust.advance(source, now, signal);
    if (said === 'trusted') isFresh = true;
    else {
      log.warn({ source: source.base, reason: said.error.reason }, said.error.message);
      if (said.is === 'old') old ??= said.error;
      else problems.push(said.error);
    }
  }
  if (isFresh) return;
  // What is told first is what somebody has to look at; that nobody can be reached is told last.
  const worst =
    problems.find(({ reason }) => reason === 'clock') ?? problems.find(({ reason }) => reason !== 'mirrors');
  if (worst) throw worst;
  const unreachable = problems[0] ?? new UpdateError('mirrors', 'There is nobody to ask for the repository.');
  try {
    await trust.current(signal); // an old mirror is as good as none
  } catch (error) {
    if (!(error instanceof UpdateError) || error.reason === 'clock') throw error;
    throw old ?? unreachable;
  }
}

interface Reading {
  trust: Trust;
  contents: Contents;
}

async function resolveRelease(
  path: ReleasePath,
  { trust, contents }: Reading,
  signal: AbortSignal,
): Promise<Trusted<TrustedRelease>> {
  const repository = await trust.current(signal);
  const role = roleAt(path);
  const targets = role && trust.targetsOf(repository, role);
  if (!targets?.has(manifestTarget(path)))
    throw new UpdateError('not-found', `The repository has no ${path.slice(0, 140)}.`);
  const { release, sha256 } = await contents.manifest(path, targets, signal);
  const pieces = await contents.pieces(path, release, targets, signal);
  return { path, release, pieces, manifestSha256: sha256 } as unknown as Trusted<TrustedRelease>;
}

/** Which role may sign it: the one that it is named for, and no other is asked. */
const roleAt = (path: string): RoleName | undefined =>
  ReleasePathForm.safeParse(path).success ? (path.slice(0, path.indexOf('/')) as RoleName) : undefined;

async function listReleases(
  { trust, contents, log }: Reading & { log: MetadataParts['log'] },
  signal: AbortSignal,
): Promise<readonly ReleasePath[]> {
  const repository = await trust.current(signal);
  const found: { path: ReleasePath; release: Release | undefined }[] = [];
  for (const path of pathsOf(repository)) {
    const targets = repository.roles[roleAt(path) ?? 'models']?.targets ?? new Map();
    try {
      found.push({ path, release: (await contents.manifest(path, targets, signal)).release });
    } catch (error) {
      if (!(error instanceof UpdateError)) throw error;
      log.warn({ release: path, reason: error.reason }, error.message);
      found.push({ path, release: undefined }); // named, and that is what was asked
    }
  }
  return found.sort((a, b) => newestFirst(a.release, b.release)).map(({ path }) => path);
}

const pathsOf = ({ roles }: Repository): ReleasePath[] =>
  Object.values(roles)
    .flatMap(({ targets }) => [...targets.keys()])
    .filter((name) => name.endsWith('/release.json'))
    .map((name) => name.slice(0, -'/release.json'.length));

const newestFirst = (a: Release | undefined, b: Release | undefined): number =>
  (b?.counter ?? -1) - (a?.counter ?? -1) || (b?.madeAt ?? 0) - (a?.madeAt ?? 0);

/** What is kept is replaced as a whole: two at once could each replace what the other has just written. */
function oneAtATime(): <T>(deed: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (deed) => {
    const next = last.then(deed, deed);
    last = next.catch(() => undefined); // told to whoever asked
    return next;
  };
}
