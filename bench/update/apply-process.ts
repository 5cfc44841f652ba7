/** A process that fetches one artifact, as the updater does, and says what it took. For the bench: it is killed in the middle, too. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../agent/host/clock.ts';
import { createNodeDisk } from '../../agent/update/disk/node-disk.ts';
import type { Trusted, TrustedRelease } from '../../agent/update/parts.ts';
import { openDirect } from '../../agent/update/payload/direct.ts';
import { readFolder } from '../../agent/update/payload/folder.ts';
import { openPayload } from '../../agent/update/payload/payload.ts';
import type { ReadRange } from '../../agent/update/payload/source.ts';
import { pieceCount, pieceRange } from '../../protocol/update/pieces.ts';

/** What a run is told, as JSON in its only argument. */
export interface ApplyTask {
  folder: string;
  mirror: string;
  sha256: string;
  bytes: number;
  /** Of every piece. */
  hashes: string[];
  /** Says every piece that it asks for, in a line of its own. */
  tell: boolean;
}
export interface ApplyResult {
  ms: number;
  grownMiB: number;
  longestBlockMs: number;
  /** Of the processor's time, the most that this thread took between two looks at the clock: on a busy machine, its own part. */
  longestOwnMs: number;
}

const told = (read: ReadRange): ReadRange =>
  async function* (url, wanted, range, signal) {
    writeSync(1, `piece ${range.from}\n`);
    yield* read(url, wanted, range, signal);
  };

async function apply(task: ApplyTask): Promise<ApplyResult> {
  const payload = openPayload({
    folder: task.folder,
    disk: createNodeDisk(),
    clock: systemClock,
    time: { now: () => performance.now(), pause: (ms, signal) => pause(ms, undefined, { signal }) },
    sources: () => [{ url: task.mirror, near: true }],
    read: task.tell ? told(readFolder) : readFolder,
    rate: () => 0,
    reserveBytes: () => 0,
    openAgain: openDirect,
    memoryBytes: () => 0,
    random: Math.random,
    warn: (about, says) => console.error(says, about),
  });
  const release = modelOf(task);
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  const own = watchOwnTime();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const beganAt = performance.now();
  await payload.fetch(release, () => undefined, new AbortController().signal);
  const ms = performance.now() - beganAt;
  delay.disable();
  clearInterval(watch);
  return { ms, grownMiB: (most - before) / 2 ** 20, longestBlockMs: delay.max / 1e6, longestOwnMs: own() };
}

/** @returns what ends it, and says the most */
function watchOwnTime(): () => number {
  const usedMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let last = usedMs();
  let most = 0;
  const watch = setInterval(() => {
    const now = usedMs();
    most = Math.max(most, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(watch);
    return most;
  };
}

function modelOf({ sha256, bytes, hashes }: ApplyTask): Trusted<TrustedRelease> {
  const word: TrustedRelease = {
    path: 'models/bench/1',
    release: {
      v: 1,
      kind: 'model',
      name: 'bench',
      version: '1',
      counter: 1,
      dataForm: 0,
      madeAt: 1,
      notes: '',
      compat: {},
      artifact: { name: 'bench.gguf', sha256, bytes },
      golden: { prompt: 'Hello', holds: ['hello'], withinMs: 10_000 },
    },
    pieces: new Map([[sha256, hashes.map((hash) => Buffer.from(hash, 'hex'))]]),
    manifestSha256: '0'.repeat(64),
  };
  return word as Trusted<TrustedRelease>; // what would be verified is made here
}

/** Hashes of all pieces of what is the same byte over and over. */
export function piecesOfZeros(bytes: number): string[] {
  const hashOf = (length: number): string => createHash('sha256').update(Buffer.alloc(length)).digest('hex');
  const full = hashOf(pieceRange(bytes, 0).to);
  const count = pieceCount(bytes);
  const { from, to } = pieceRange(bytes, count - 1);
  return [...Array<string>(count - 1).fill(full), hashOf(to - from)];
}

const [, , task] = process.argv;
if (import.meta.main && task !== undefined)
  console.log(JSON.stringify(await apply(JSON.parse(task) as ApplyTask)));
