/** The bytes of releases: fetched in pieces, read again, kept under their hash, and removed when nobody needs them. */
import { join } from 'node:path';
import type { Artifact } from '@rockpool/protocol/update/release';
import { type Clock, systemClock } from '../../host/clock.ts';
import type { Disk } from '../disk.ts';
import { type FetchProgress, type Payload, type TrustedRelease, UpdateError } from '../parts.ts';
import { type AgentRelease, type Delta, deltaFor, makeTar } from './agent-tar.ts';
import { collectStore } from './collect.ts';
import type { OpenAgain } from './direct.ts';
import { onDisk } from './disk-error.ts';
import { Mirrors } from './mirrors.ts';
import { filesOf, hashesOf, piecesOf, unpackedBytesOf } from './needs.ts';
import { markedBytes, openPartial, type Partial, partialOf, removePartial } from './partial.ts';
import { type PullParts, pull } from './pull.ts';
import { createBucket, leastPace, type Pace, type Time } from './rate.ts';
import { badPieces } from './reread.ts';
import type { Mirror, ReadRange } from './source.ts';
import { createStore, makeStore } from './store.ts';

export interface PayloadParts {
  /** The update folder. */
  folder: string;
  disk: Disk;
  /** The calendar, for what is kept on the disk; the system's where none is given. */
  clock?: Clock;
  /** Best of a clock that nobody sets. */
  time: Time;
  /** Whom to ask, as of now. */
  sources(): readonly Mirror[];
  read: ReadRange;
  /** Bytes a second from afar, as of now; 0: as fast as it goes. */
  rate(): number;
  /** Free space that no update may touch. */
  reserveBytes(): number;
  /** For the second reading. */
  openAgain: OpenAgain;
  /** Memory that is free for unpacking a delta. */
  memoryBytes(): number;
  /** Below 1. */
  random(): number;
  /** Before the first byte from afar, at most. */
  spreadMs?: number;
  connections?: number;
  pace?: Pace;
  warn(about: Record<string, unknown>, says: string): void;
}

export function openPayload(parts: PayloadParts): Payload {
  return new OpenPayload(parts);
}

type Wanted = Pick<Artifact, 'sha256' | 'bytes'>;
/** Told of bytes as they are here for good. */
type Count = (wanted: Wanted, bytesHere: number) => void;

class OpenPayload implements Payload {
  private readonly parts: PayloadParts;
  private readonly store: ReturnType<typeof createStore>;
  private readonly pulling: PullParts;

  constructor(parts: PayloadParts) {
    this.parts = parts;
    const { time, read, random, warn } = parts;
    this.store = createStore(parts.disk, join(parts.folder, 'store'), parts.openAgain);
    this.pulling = {
      mirrors: new Mirrors({ list: () => parts.sources(), now: time.now }),
      bucket: createBucket(() => parts.rate(), time),
      pace: parts.pace ?? leastPace,
      connections: parts.connections ?? 2,
      spreadMs: parts.spreadMs ?? 0,
      read,
      time,
      random,
      warn,
    };
  }

  async missing(trusted: TrustedRelease): ReturnType<Payload['missing']> {
    const { release } = trusted;
    await makeStore(this.parts.disk, this.store.folder);
    const names = await this.store.names();
    let bytes = 0;
    for (const wanted of this.toFetch(trusted, names)) bytes += await this.bytesMissing(wanted, names);
    const here = filesOf(release).every(({ sha256 }) => names.includes(sha256));
    const unpacked = release.kind === 'agent' && here ? release.unpackedBytes : unpackedBytesOf(release);
    const free = await this.parts.disk.freeBytes(this.store.folder);
    const needed = bytes + unpacked + this.parts.reserveBytes();
    const says = `It needs ${mib(needed)} MiB (${mib(bytes)} to be fetched, ${mib(unpacked)} unpacked, ${mib(this.parts.reserveBytes())} kept free); ${mib(free)} MiB are free.`;
    return { bytes, fits: needed <= free, says };
  }

  async fetch(
    trusted: TrustedRelease,
    progress: (now: FetchProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await makeStore(this.parts.disk, this.store.folder);
    const { release } = trusted;
    const fetched = this.toFetch(trusted, await this.store.names());
    const count = counter(fetched, progress);
    if (release.kind === 'agent') await this.fetchTar(trusted, release, count, signal);
    else for (const wanted of fetched) await this.fetchWhole(trusted, wanted, count, signal);
  }

  async verify({ release }: TrustedRelease, signal: AbortSignal): Promise<void> {
    for (const wanted of filesOf(release))
      if (!(await this.store.holds(wanted, signal)))
        throw new UpdateError('bad-bytes', 'What lies on the disk is not what was verified there.');
  }

  fileOf({ sha256 }: Pick<Artifact, 'sha256'>): string {
    return this.store.pathOf(sha256);
  }

  async collect(keep: Parameters<Payload['collect']>[0]): Promise<void> {
    const kept = new Set(keep.flatMap(hashesOf));
    const { disk, clock = systemClock } = this.parts;
    await collectStore(disk, this.store.folder, kept, clock.now());
  }

  /** Of an agent that is what its tar is made from. */
  private toFetch(trusted: TrustedRelease, names: readonly string[]): readonly Wanted[] {
    const { release } = trusted;
    if (release.kind !== 'agent') return filesOf(release);
    if (names.includes(release.tar.sha256)) return [];
    return [this.delta(trusted, release, names)?.artifact ?? release.artifact];
  }

  private delta(trusted: TrustedRelease, release: AgentRelease, names: readonly string[]): Delta | undefined {
    // Twice the old and once the new: what decoding was measured to take at most.
    const enough = 3 * release.tar.bytes <= this.parts.memoryBytes();
    const listed = ({ artifact }: Delta): boolean =>
      trusted.pieces.has(artifact.sha256) || artifact.bytes <= smallBytes;
    return enough ? deltaFor(release, names, listed) : undefined;
  }

  private async bytesMissing(wanted: Wanted, names: readonly string[]): Promise<number> {
    if (names.includes(wanted.sha256)) return 0;
    const path = this.store.pathOf(wanted.sha256);
    if (!names.includes(`${wanted.sha256}.partial`)) return wanted.bytes;
    return wanted.bytes - (await markedBytes(this.parts.disk, path, wanted));
  }

  private async fetchTar(
    trusted: TrustedRelease,
    release: AgentRelease,
    count: Count,
    signal: AbortSignal,
  ): Promise<void> {
    if (await this.store.holds(release.tar, signal)) return;
    const { disk, warn } = this.parts;
    const delta = this.delta(trusted, release, await this.store.names());
    if (delta) {
      try {
        await this.fetchWhole(trusted, delta.artifact, count, signal);
        await makeTar(disk, this.store, release.tar, delta.artifact.sha256, signal, delta.from);
        return;
      } catch (error) {
        if (!(error instanceof UpdateError && fallsBack.has(error.reason))) throw error;
        warn({ err: error, from: delta.from }, 'a delta did not do; the whole artifact is fetched');
      }
    }
    await this.fetchWhole(trusted, release.artifact, count, signal);
    await makeTar(disk, this.store, release.tar, release.artifact.sha256, signal);
  }

  private async fetchWhole(
    trusted: TrustedRelease,
    wanted: Wanted,
    count: Count,
    signal: AbortSignal,
  ): Promise<void> {
    if (await this.store.holds(wanted, signal)) return count(wanted, wanted.bytes);
    const { disk, clock = systemClock } = this.parts;
    const path = this.store.pathOf(wanted.sha256);
    const hashes = piecesOf(trusted, wanted);
    const partial = await openPartial(disk, path, wanted, hashes, () => clock.now());
    try {
      // A second time for what a disk did not give back as it was written.
      for (let left = 2; ; left -= 1) {
        count(wanted, partial.bytesHere());
        const here = (): void => count(wanted, partial.bytesHere());
        await pull(this.pulling, wanted, hashes, partial, here, signal);
        if ((await this.store.hashAgain(partialOf(path), wanted.bytes, signal)) === wanted.sha256) break;
        await this.forgetBad(path, partial, wanted, hashes, left > 1, signal);
      }
    } finally {
      await partial.close();
    }
    await this.store.take(partialOf(path), wanted.sha256);
    await onDisk('removing what is no longer needed', () => removePartial(disk, path));
  }

  /** @throws UpdateError `bad-bytes` where fetching them again would help nobody */
  private async forgetBad(
    path: string,
    partial: Partial,
    { sha256, bytes }: Wanted,
    hashes: readonly Uint8Array[],
    again: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const file = await this.store.openAgain(partialOf(path));
    let bad: number[];
    try {
      bad = await badPieces(file, bytes, hashes, signal);
    } finally {
      await file.close();
    }
    this.parts.warn({ sha256, pieces: bad }, 'the disk did not give back what was written');
    if (again && bad.length > 0) return partial.forget(bad);
    await onDisk('removing what is not what was signed', () => removePartial(this.parts.disk, path));
    throw bad.length > 0
      ? new UpdateError('bad-bytes', 'The disk does not give back what was written, twice.')
      : new UpdateError('bad-bytes', 'Every piece is what was signed, and the whole is not.');
  }
}

/** What a delta may fail of, and a whole artifact would not. */
const fallsBack = new Set(['bad-content', 'bad-bytes', 'mirrors', 'no-memory']);
const smallBytes = 4 * 1024 * 1024;
const mib = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);

function counter(fetched: readonly Wanted[], progress: (now: FetchProgress) => void): Count {
  const here = new Map(fetched.map(({ sha256 }) => [sha256, 0]));
  const sizes = new Map(fetched.map(({ sha256, bytes }) => [sha256, bytes]));
  return ({ sha256, bytes }, bytesHere) => {
    here.set(sha256, bytesHere);
    sizes.set(sha256, bytes); // after a delta that did not do, the whole one comes on top
    progress({ bytes: sum(here.values()), of: sum(sizes.values()) });
  };
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);
