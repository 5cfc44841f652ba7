/** What memory's database needs besides being asked: a copy every day, and a check after a power cut, beside the work. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../host/clock.ts';
import type { Store } from './store.ts';

export type LongTask = { kind: 'copy'; file: string; target: string } | { kind: 'check'; file: string };

export interface UpkeepParts {
  home: string;
  store: Pick<Store, 'store' | 'memory'>;
  clock: Clock;
  /** For what goes wrong with nobody waiting for it. */
  report(error: unknown): void;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The last two: one of them may have been made of a file that was damaged already. */
const keptCopies = 2;
/** From before a migration; by then nobody goes back to the release before it. */
const keptMigrationMs = 30 * dayMs;

export type Upkeep = ReturnType<typeof createUpkeep>;

export function createUpkeep({ home, store, clock, report }: UpkeepParts) {
  const backups = join(home, 'backups');
  const file = join(home, 'memory.db');
  let closed = false;
  let working: Worker | undefined;
  let under: Promise<void> | undefined;

  /** Ended early: false. */
  function run<T>(task: LongTask): Promise<T | false> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./upkeep-worker.ts', import.meta.url), { workerData: task });
      working = worker;
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => {
        working = undefined;
        resolve(false);
      });
    });
  }

  async function check(): Promise<void> {
    const unchecked = await store.store.uncheckedMemory();
    if (unchecked === null) return;
    const damage = await run<string | null>({ kind: 'check', file: unchecked });
    if (damage !== false) await store.store.memoryChecked(damage);
  }

  async function copy(): Promise<void> {
    removeHalfMade(backups);
    if ((await store.store.memoryAway()) !== null || !existsSync(file)) return;
    const newest = copies(backups)[0];
    if (newest && clock.now() - newest.at < dayMs) return;
    const target = join(backups, `${clock.now()}-day-memory.db`);
    if ((await run<null>({ kind: 'copy', file, target })) !== false) prune(backups, clock.now());
  }

  async function look(): Promise<void> {
    await check();
    await store.memory.keepUses();
    await copy();
  }

  /** One at a time; whoever comes meanwhile waits for the same. */
  function upkeep(): Promise<void> {
    under ??= look().finally(() => {
      under = undefined;
    });
    return under;
  }

  async function stop(): Promise<void> {
    await working?.terminate();
    await under?.catch(() => undefined); // whoever began it is told
  }

  const inBackground = (): void => {
    if (closed) return;
    upkeep().catch((error: unknown) => {
      if (!closed) report(error);
    });
  };
  const soon = setTimeout(inBackground, firstLookMs);
  const timer = setInterval(inBackground, hourMs);
  soon.unref();
  timer.unref();

  return {
    upkeep,

    /** What was erased goes from the copies too, from one that is just being made as well. */
    async erased(): Promise<void> {
      await stop();
      await store.store.removeMemoryCopies();
      await store.memory.scrub();
    },

    async close(): Promise<void> {
      closed = true;
      clearTimeout(soon);
      clearInterval(timer);
      await stop();
    },
  };
}

/** A start has other things to do first. */
const firstLookMs = 60_000;

interface Copy {
  at: number;
  name: string;
  daily: boolean;
}

/** Of memory, newest first. */
function copies(backups: string): Copy[] {
  if (!existsSync(backups)) return [];
  return readdirSync(backups)
    .flatMap((name) => {
      const [, at, kind] = /^(\d+)-(day|v\d+)-memory\.db$/.exec(name) ?? [];
      return at === undefined ? [] : [{ at: Number(at), name, daily: kind === 'day' }];
    })
    .sort((a, b) => b.at - a.at);
}

/** Of a copy that a power cut ended: the next one has another name. No other is being made meanwhile. */
function removeHalfMade(backups: string): void {
  if (!existsSync(backups)) return;
  for (const name of readdirSync(backups)) {
    if (/^\d+-day-memory\.db\.partial(?:-journal)?$/.test(name)) rmSync(join(backups, name), { force: true });
  }
}

function prune(backups: string, now: number): void {
  const all = copies(backups);
  const old = [
    ...all.filter(({ daily }) => daily).slice(keptCopies),
    ...all.filter(({ daily, at }) => !daily && now - at > keptMigrationMs),
  ];
  for (const { name } of old) rmSync(join(backups, name));
}
