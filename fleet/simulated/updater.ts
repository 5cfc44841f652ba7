/**
 * A simulated device's updater: the real machine with the real metadata and payload, on the disk of this computer; only what a
 * release comes into force by is made up.
 */
import { mkdirSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Readings } from '@rockpool/agent/health/machine/machine.ts';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import { createNodeDisk } from '@rockpool/agent/update/disk/node-disk.ts';
import type { Disk } from '@rockpool/agent/update/disk.ts';
import { type Installed, openInstalled } from '@rockpool/agent/update/machine/installed.ts';
import { type Machine, openMachine } from '@rockpool/agent/update/machine/machine.ts';
import type { MachineParts } from '@rockpool/agent/update/machine/under-way.ts';
import type { MachineClock } from '@rockpool/agent/update/machine/within.ts';
import { createHttpGet } from '@rockpool/agent/update/metadata/http.ts';
import { openMetadata } from '@rockpool/agent/update/metadata/metadata.ts';
import type { Board, Hours, Metadata } from '@rockpool/agent/update/parts.ts';
import { openDirect } from '@rockpool/agent/update/payload/direct.ts';
import { createHttps, type Https } from '@rockpool/agent/update/payload/https.ts';
import { openPayload } from '@rockpool/agent/update/payload/payload.ts';
import type { OrderFile } from '@rockpool/protocol/update/order-file';
import type { Release, ReleasePath } from '@rockpool/protocol/update/release';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import type { FastifyBaseLogger } from 'fastify';
import { simulatedAppliers } from './applier.ts';
import { sendOn } from './outbox.ts';
import { leaveOrder } from './update-orders.ts';

/** Where releases come from, as a system image would know it. */
export interface Repository {
  /** `https://…/releases/` */
  url: string;
  /** PEM: who certified that server. */
  ca: string;
  /** The signed root that is believed first. */
  root: Uint8Array;
}

export interface UpdatePace {
  /** Between two looks for orders. */
  pollMs: number;
  /** How long a new release runs before it is asked. */
  trialMs: number;
  /** Of its line. */
  kiBps: number;
}
export const usualPace: UpdatePace = { pollMs: 1_000, trialMs: 4_000, kiBps: 512 };

export interface Updates {
  repository: Repository;
  pace: UpdatePace;
  log: FastifyBaseLogger;
}

export interface SimulatedUpdaterParts extends Updates {
  folder: string;
  name: string;
  clock: Clock;
  bootId: string;
  board: Board;
}

export interface SimulatedUpdater {
  phase(): string;
  /** What updates have brought and is in force. */
  installed(): readonly Release[];
  /** What the repository has, and what of it is installed. */
  look(signal: AbortSignal): Promise<{ found: readonly ReleasePath[]; installed: readonly ReleasePath[] }>;
  order(order: OrderFile): Promise<void>;
  /** Hands over what is to be told, each once. */
  tell(to: (status: UpdateStatus) => void): Promise<void>;
  close(): Promise<void>;
}

/** Nobody works here: at any time. */
const always: Hours = { mayFetch: () => true, mayActivate: () => true, nextActivation: (at) => at };
/** Of this code; no repository of a demonstration is older. */
const builtAt = Date.UTC(2026, 0, 1);
const reserveBytes = 64 * 1024 * 1024;

export async function startSimulatedUpdater(parts: SimulatedUpdaterParts): Promise<SimulatedUpdater> {
  const { folder, repository, name } = parts;
  const disk = createNodeDisk();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const get = createHttpGet({ ca: repository.ca });
  const https = createHttps({ ca: repository.ca });
  const log = parts.log.child({ device: name });
  const metadata = openMetadata({
    ...{
      folder: join(folder, 'metadata'),
      disk,
      clock: parts.clock,
      builtAt,
      root: repository.root,
      get,
      log,
    },
    sources: () => [repository.url],
  });
  const installed = await openInstalled(disk, folder);
  const ending = new AbortController();
  let machine: Machine | undefined;
  const driving = drive({ ...parts, disk, https, metadata, installed, log }, ending.signal, (opened) => {
    machine = opened;
  });
  return {
    phase: () => machine?.phase ?? 'idle',
    installed: () => installed.all().map(({ release }) => release),
    async look(signal) {
      await metadata.refresh(signal);
      return { found: await metadata.list(signal), installed: installed.all().map(({ path }) => path) };
    },
    order: (order) => leaveOrder(disk, folder, order),
    tell: (to) => sendOn({ disk, folder, tell: to }),
    async close() {
      ending.abort(new Error('the simulation is ending'));
      await driving;
      get.close();
      https.close();
    },
  };
}

interface Driven extends SimulatedUpdaterParts {
  disk: Disk;
  https: Https;
  metadata: Metadata;
  installed: Installed;
}

/** As systemd does it: whenever its process has ended, another one wakes where it was. */
async function drive(parts: Driven, signal: AbortSignal, opened: (machine: Machine) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const machine = await openMachine(machinePartsOf(parts));
      opened(machine);
      for (;;) {
        await machine.run(signal);
        await pause(parts.pace.pollMs, signal);
      }
    } catch (err) {
      if (signal.aborted) return;
      parts.log.error({ err }, 'a simulated updater ended, and starts again');
      await pause(parts.pace.pollMs, signal);
    }
  }
}

function machinePartsOf(parts: Driven): MachineParts {
  const { disk, folder, metadata, installed, board, bootId, repository, pace, log } = parts;
  const sleep = pause;
  const payload = openPayload({
    ...{ folder, disk, read: parts.https.read, openAgain: openDirect },
    time: { now: () => performance.now(), pause: (ms, signal) => wait(ms, undefined, { signal }) },
    sources: () => [{ url: repository.url, near: false }],
    rate: () => pace.kiBps * 1_024,
    reserveBytes: () => reserveBytes,
    memoryBytes: () => freemem(),
    random: Math.random,
    warn: (about, says) => log.warn(about, says),
  });
  return {
    ...{ disk, folder, metadata, payload, installed, board, bootId, log, hours: always },
    appliers: simulatedAppliers({
      disk,
      folder,
      fileOf: (artifact) => payload.fileOf(artifact),
      trialMs: pace.trialMs,
      sleep,
    }),
    clock: { now: () => parts.clock.now(), sleep: pause },
  };
}

/** Ends early when it is aborted, and says nothing. */
const pause: MachineClock['sleep'] = (ms, signal) =>
  wait(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });

export const boardOf = ({ memory, jetson }: Readings): Board => ({
  arch: 'arm64',
  board: jetson?.board ?? null,
  l4t: jetson?.l4t ?? null,
  memoryMiB: memory.totalMiB,
});
