/** Releases made of random bytes, and a payload on a disk of its own that fetches them in no time. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pieceCount, pieceRange } from '@rockpool/protocol/update/pieces';
import type { Artifact, Release } from '@rockpool/protocol/update/release';
import { createNodeDisk } from '../disk/node-disk.ts';
import type { Disk } from '../disk.ts';
import type { Payload, Trusted, TrustedRelease } from '../parts.ts';
import { openDirect } from './direct.ts';
import { readInTests } from './mirror.fixture.ts';
import { openPayload, type PayloadParts } from './payload.ts';
import { leastPace, type Time } from './rate.ts';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const artifactOf = (name: string, bytes: Uint8Array): Artifact => ({
  name,
  sha256: sha256(bytes),
  bytes: bytes.length,
});
export const piecesIn = (bytes: Buffer): Buffer[] =>
  Array.from({ length: pieceCount(bytes.length) }, (_, piece) => {
    const { from, to } = pieceRange(bytes.length, piece);
    return createHash('sha256').update(bytes.subarray(from, to)).digest();
  });

export function trusted(release: Release, files: readonly Buffer[]): Trusted<TrustedRelease> {
  const pieces = new Map(files.map((bytes) => [sha256(bytes), piecesIn(bytes)]));
  const word: TrustedRelease = {
    path: 'models/some/1',
    release,
    pieces,
    manifestSha256: '0'.repeat(64),
  };
  return word as Trusted<TrustedRelease>;
}

const common = { v: 1, version: '1', counter: 1, dataForm: 0, madeAt: 1, notes: '', compat: {} } as const;

export function modelOf(bytes: Buffer): Trusted<TrustedRelease> {
  const golden = { prompt: 'Hello', holds: ['hello'], withinMs: 10_000 };
  return trusted(
    { ...common, kind: 'model', name: 'some', artifact: artifactOf('some.gguf', bytes), golden },
    [bytes],
  );
}

export function agentOf(
  tar: Buffer,
  packed: Buffer,
  deltas: readonly { from: Buffer; patch: Buffer }[] = [],
): Trusted<TrustedRelease> {
  const release: Release = {
    ...common,
    kind: 'agent',
    name: 'agent',
    tar: { sha256: sha256(tar), bytes: tar.length },
    artifact: artifactOf('agent.tar.zst', packed),
    deltas: deltas.map(({ from, patch }) => ({
      from: sha256(from),
      artifact: artifactOf('some.patch', patch),
    })),
    entries: 10,
    unpackedBytes: tar.length,
  };
  return trusted(release, [packed, ...deltas.map(({ patch }) => patch)]);
}

/** Two pieces and a short one. */
export const someBytes = (): Buffer => randomBytes(9 * 1024 * 1024 + 5);

/** Nobody waits; but the watch over a mirror's pace does, until it is told that its time has passed. */
export class TestTime implements Time {
  private at = 1_000_000;
  private watches: (() => void)[] = [];
  readonly pauses: number[] = [];

  now = (): number => this.at;

  pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (ms !== leastPace.withinMs) {
      this.pauses.push(ms);
      this.at += ms;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.watches.push(resolve);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    await promise;
  };

  /** One window of the watches. */
  windowPasses(): void {
    this.at += leastPace.withinMs;
    for (const passed of this.watches.splice(0)) passed();
  }
}

export interface TestPayload {
  folder: string;
  payload: Payload;
  time: TestTime;
  warnings: Record<string, unknown>[];
  fetch(release: Trusted<TrustedRelease>, signal?: AbortSignal): Promise<void>;
}

const folders: string[] = [];
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-payload-'));
  folders.push(folder);
  return folder;
}
export async function removeTestFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}

export async function testPayload(
  urls: readonly string[],
  other: Partial<PayloadParts> & { disk?: Disk } = {},
): Promise<TestPayload> {
  const folder = other.folder ?? (await testFolder());
  const time = new TestTime();
  const warnings: Record<string, unknown>[] = [];
  const payload = openPayload({
    folder,
    disk: createNodeDisk(),
    clock: time,
    time,
    sources: () => urls.map((url) => ({ url, near: false })),
    read: readInTests,
    rate: () => 0,
    reserveBytes: () => 0,
    openAgain: openDirect,
    memoryBytes: () => 2 ** 33,
    random: () => 0.5,
    warn: (about) => warnings.push(about),
    ...other,
  });
  const never = new AbortController().signal;
  return {
    folder,
    payload,
    time,
    warnings,
    fetch: (release, signal = never) => payload.fetch(release, () => undefined, signal),
  };
}
