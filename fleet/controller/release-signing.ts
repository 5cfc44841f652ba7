/** The controller's own part in signing releases: that the repository is still watched over, said anew before it runs out. */
import type { FastifyBaseLogger } from 'fastify';
import type { Clock } from '../host/clock.ts';
import { alone } from '../releases/lock.ts';
import { isDue, loadOnlineKeys, onlineKeyFiles, refresh } from '../releases/publish.ts';
import { dayMs } from '../releases/roles.ts';
import { every, type Repeated } from './every.ts';

export interface ReleaseSigning {
  folder: string;
  clock: Clock;
  logger: FastifyBaseLogger;
  /** Of the controller's keys; those of the repository are under the same. */
  passphrase: string | null;
}

const hourMs = 3_600_000;
/** Half of a signature's life: a controller that stands still over a weekend finds it good. */
const withinMs = 3.5 * dayMs;

/** Without keys of snapshot and timestamp in the folder, somebody else signs: `release refresh` from cron. */
export async function keepReleasesSigned(parts: ReleaseSigning): Promise<Repeated> {
  const report = (error: unknown): void =>
    parts.logger.error(
      { err: error },
      'the releases were not signed again; devices stop taking them when they end',
    );
  await signIfDue(parts).catch(report);
  return every(hourMs, () => signIfDue(parts), report);
}

async function signIfDue({ folder, clock, logger, passphrase }: ReleaseSigning): Promise<void> {
  const now = clock.now();
  if (onlineKeyFiles(folder).length === 0 || !isDue(folder, now, withinMs)) return;
  const keys = loadOnlineKeys(folder, passphrase);
  const versions = await alone(folder, () => refresh(folder, { keys, now, withinMs }));
  if (versions) logger.info({ versions }, 'the releases were signed for another week');
}
