/** Updates as the agent of this device sees them: it hands on what is ordered, tells what became of it, and never does any of it. */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { UpdateSettings } from '@rockpool/protocol/update/order';
import type { ReleasePath } from '@rockpool/protocol/update/release';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import type { Clock } from '../host/clock.ts';
import { openUpdateFolder, type UpdateFolder } from './ask.ts';
import { createNodeDisk } from './disk/node-disk.ts';
import { committedIn } from './machine/installed.ts';
import { answerTo, type Offers } from './offers.ts';
import { isTrusting, NoTrust } from './trusted-root.ts';

export interface UpdatesParts {
  folder: string;
  deviceFolder: string;
  /** Where this agent answers the updater. */
  socket: string;
  /** systemd starts the updater there; on a desk we do. */
  appliance: boolean;
  clock: Pick<Clock, 'now'>;
  report(error: unknown): void;
}

export interface Updates extends Pick<UpdateFolder, 'install' | 'cancel' | 'rollBack'> {
  /** Why none can be taken, in one sentence; null when they can. */
  objection(): string | null;
  /** What the repository holds, by the updater. @throws Error when it doesn't answer */
  offers(signal: AbortSignal): Promise<Offers>;
  /** The same, a line each. @throws Error that says why nobody knows */
  check(signal: AbortSignal): Promise<readonly string[]>;
  declare(settings: UpdateSettings): void;
  /** Every word that waits, in order. */
  take(tell: (status: UpdateStatus) => void): Promise<void>;
  /** As it was told last; `idle` when nothing was. */
  phase(): string;
  /** What updates brought and committed, as of the last `take`. */
  releases(): readonly ReleasePath[];
  /** Ends an updater of ours; it goes on where it was with the next one. */
  close(): Promise<void>;
}

const lookMs = 500;

export async function openUpdates(parts: UpdatesParts): Promise<Updates> {
  const { folder, deviceFolder, report } = parts;
  const files = openUpdateFolder(folder, parts);
  const stopping = new AbortController();
  let phase = 'idle';
  let releases = await committedHere(folder, report);
  let running: Promise<void> | undefined;

  /** What waits when it has ended begins it again: an order may have come at its last moment. */
  const start = (): void => {
    if (parts.appliance || stopping.signal.aborted) return;
    running = (running ?? Promise.resolve())
      .then(() => runUpdater({ ...parts, appliance: false }, stopping.signal))
      .catch(report)
      .finally(() => {
        running = undefined;
      });
  };

  const offers = async (signal: AbortSignal): Promise<Offers> => {
    const id = randomUUID();
    files.question(id);
    start();
    for (;;) {
      const answer = answerTo(folder, id);
      if (answer) return answer;
      await wait(lookMs, undefined, { signal });
    }
  };

  return {
    objection: () => (isTrusting(deviceFolder, folder) ? null : new NoTrust().message),
    install(id, order) {
      files.install(id, order);
      start();
    },
    cancel(id, rollout) {
      files.cancel(id, rollout);
      start();
    },
    rollBack(id, kind, rollout) {
      files.rollBack(id, kind, rollout);
      start();
    },
    declare: files.declare,
    offers,
    async check(signal) {
      const { offers: found, refused } = await offers(signal);
      if (refused) throw new Error(refused.says);
      return found.map(
        ({ release, is, says }) => `${release}: ${is === 'refused' ? 'not installed, ' : ''}${says}`,
      );
    },
    async take(tell) {
      const last = files.take(tell);
      if (last === undefined) return;
      phase = last.outcome === undefined ? last.phase : 'idle';
      if (last.outcome === 'failed-safe') phase = 'failed-safe';
      releases = await committedHere(folder, report);
    },
    phase: () => phase,
    releases: () => releases,
    async close() {
      stopping.abort();
      await running;
    },
  };
}

async function committedHere(
  folder: string,
  report: (error: unknown) => void,
): Promise<readonly ReleasePath[]> {
  try {
    return (await committedIn(createNodeDisk(), folder)).map(({ path }) => path);
  } catch (error) {
    report(error);
    return [];
  }
}

export interface UpdaterRun {
  folder: string;
  deviceFolder: string;
  socket: string;
  bundle?: string | undefined;
  /** There it runs as its own account: what it writes has to be its own. */
  appliance?: boolean;
  /** Of its log, on this process's standard error. */
  logLevel?: 'error' | 'info';
}

/**
 * The updater in a process of its own, until nothing waits.
 * @throws Error when it ended otherwise
 */
export async function runUpdater(run: UpdaterRun, signal: AbortSignal): Promise<void> {
  const node = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts')];
  const account = ['--reuid=rockpool-updater', '--regid=rockpool-update', '--groups=disk'];
  const [program, args] = run.appliance
    ? ['setpriv', [...account, process.execPath, ...node]]
    : [process.execPath, node];
  const updater = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ROCKPOOL_UPDATE: run.folder,
      ROCKPOOL_DEVICE: run.deviceFolder,
      ROCKPOOL_UPDATE_SOCKET: run.socket,
      ROCKPOOL_LOG: run.logLevel ?? 'info',
      ...(run.bundle === undefined ? {} : { ROCKPOOL_UPDATE_BUNDLE: run.bundle }),
    },
  });
  const end = (): void => void updater.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    const [code] = (await once(updater, 'exit')) as [number | null];
    if (code !== 0 && !signal.aborted) throw new Error(`the updater ended with ${code ?? 'a signal'}`);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
