/** What is trusted now, and how that moves on: verified by TUF, then by our own policy, above the floor, kept, and only then believed. */
import type { Clock } from '../../host/clock.ts';
import type { Log } from '../../host/log.ts';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import type { Targets } from './contents.ts';
import {
  behind,
  clockToleranceMs,
  demandAbove,
  demandTime,
  type Floor,
  raised,
  raisedRoot,
} from './floor.ts';
import { type Keeping, type Kept, openKeeping } from './kept.ts';
import { demandRootOnTheWay, type Repository, type RoleName, roleNames, rootVersion } from './policy.ts';
import {
  type Believed,
  demandUnexpired,
  demandUnexpiredAt,
  demandWhole,
  fetchesFrom,
  goodRoots,
  type Refused,
  read,
  SourceRefused,
  sentence,
  withNewestRoot,
} from './reading.ts';
import type { Source } from './source.ts';
import type { Caps, Files } from './task.ts';
import type { Stopwatch } from './transport.ts';
import { type Verified, type VerifierParts, verifyInWorker } from './verifier.ts';

export interface TrustParts {
  folder: string;
  disk: Disk;
  clock: Clock;
  root: Uint8Array;
  log: Pick<Log, 'info' | 'warn'>;
  watch: Stopwatch;
  caps: Caps;
  killMs: number;
}

export class Trust {
  private readonly parts: TrustParts;
  private readonly keeping: Keeping;
  private kept: Kept | undefined;
  private believed: Believed | undefined;

  constructor(parts: TrustParts) {
    this.parts = parts;
    this.keeping = openKeeping(parts.disk, parts.folder);
  }

  /**
   * What was refused changed nothing, but for roots, which are a chain of their own.
   * @throws UpdateError `no-space`, `disk`
   */
  async advance(source: Source, now: number, signal: AbortSignal): Promise<'trusted' | Refused> {
    try {
      await this.take(source, now, signal);
      return 'trusted';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceRefused) return { is: error.is, error: error.told };
      const isOurs = error instanceof UpdateError && error.reason !== 'disk' && error.reason !== 'no-space';
      if (!isOurs) throw error;
      return { is: 'bad', error };
    }
  }

  /** As it was verified last, and holds still. @throws UpdateError `metadata`, `clock` */
  async current(signal: AbortSignal): Promise<Repository> {
    const now = this.parts.clock.now();
    const { floor } = await this.load();
    if (floor && isBehind(floor, now)) throw behind(now, floor.time);
    this.believed ??= await this.verifyKept(now, signal);
    demandUnexpired(this.believed.repository, now);
    return this.believed.repository;
  }

  /** @throws UpdateError `metadata` when this role's own metadata doesn't hold */
  targetsOf(repository: Repository, role: RoleName): Targets | undefined {
    const problem = this.believed?.problems[role];
    if (problem !== undefined) throw new UpdateError('metadata', problem);
    const found = repository.roles[role];
    if (found) demandUnexpiredAt(`the role ${role}`, found.expires, this.parts.clock.now());
    return found?.targets;
  }

  /** Hashes of all targets; undefined while those of a role aren't known. */
  names(): ReadonlySet<string> | undefined {
    if (!this.believed || Object.keys(this.believed.problems).length > 0) return undefined;
    const roles = Object.values(this.believed.repository.roles);
    return new Set(roles.flatMap(({ targets }) => [...targets.values()].map(({ sha256 }) => sha256)));
  }

  private async take(source: Source, now: number, signal: AbortSignal): Promise<void> {
    const { files, floor } = await this.load();
    const verified = await this.judge(files, fetchesFrom(source), now, signal);
    try {
      for (const root of verified.roots) demandRootOnTheWay(root);
      demandWhole(verified, now);
    } catch (error) {
      await this.keepRoot(verified);
      // Behind what was signed, a device can't tell what has expired.
      throw floor && isBehind(floor, now) ? behind(now, floor.time, { cause: error }) : error;
    }
    const { repository, problems, trusted } = read(verified);
    if (floor) demandAbove(floor, repository);
    demandTime(floor, repository, now);
    await this.keep(trusted, raised(floor, repository, verified.signers));
    this.believed = { repository, problems };
    for (const [role, says] of Object.entries(problems))
      this.parts.log.warn({ role, source: source.base }, says);
  }

  /** Looks up a name of each role, there or not: so each role is fetched and verified. */
  private judge(
    files: Files,
    fetch: VerifierParts['fetch'],
    now: number,
    signal: AbortSignal,
  ): Promise<Verified> {
    const { caps, watch, killMs } = this.parts;
    const names = roleNames.map((role) => `${role}/a/0/a`);
    return verifyInWorker({ files, now, caps, names, stopsAtFirst: false }, { fetch, watch, killMs }, signal);
  }

  /** The same path as for a source that has exactly what is kept: signatures, policy, floor, expiry. */
  private async verifyKept(now: number, signal: AbortSignal): Promise<Believed> {
    const { files, floor } = await this.load();
    const timestamp = files['timestamp.json'];
    if (timestamp === undefined) throw new UpdateError('metadata', 'Nothing of the repository is known yet.');
    const own = async (name: string): Promise<Buffer | undefined> =>
      name === 'timestamp.json' ? Buffer.from(timestamp) : undefined;
    const verified = await this.judge(files, own, now, signal);
    if (verified.problem) throw new UpdateError('metadata', sentence(verified.problem.says, now));
    const { repository, problems } = read(verified);
    if (floor) demandAbove(floor, repository);
    return { repository, problems };
  }

  private async load(): Promise<Kept> {
    if (this.kept) return this.kept;
    const loaded = await this.keeping.load();
    if (loaded.damaged > 0)
      this.parts.log.warn({ damaged: loaded.damaged }, 'What was kept of the repository was damaged.');
    const root = Buffer.from(this.parts.root).toString('utf8');
    this.kept = { ...loaded, files: withNewestRoot(loaded.files, root) };
    return this.kept;
  }

  private async keep(files: Files, floor: Floor): Promise<void> {
    const before = await this.load();
    // The metadata first: were the floor first, a cut in between would leave metadata that is below it.
    if (!isSame(before.files, files)) await this.keeping.keep(files);
    if (!isSame(before.floor, floor)) await this.keeping.raise(floor);
    this.kept = { ...before, files, floor };
  }

  /** Roots that were verified stay, or a device that missed more of them than one walk takes would never arrive. */
  private async keepRoot({ roots }: Verified): Promise<void> {
    const newest = goodRoots(roots).at(-1);
    if (newest === undefined) return;
    const { files, floor } = await this.load();
    await this.keep({ ...files, 'root.json': newest }, raisedRoot(floor, rootVersion(newest)));
    this.believed = undefined;
  }
}

const isBehind = (floor: Floor, now: number): boolean => now < floor.time - clockToleranceMs;

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
