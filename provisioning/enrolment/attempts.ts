/** Asking a controller with proof: a fresh nonce for each attempt, clocks compared first, passing failures tried again. */
import type { Clock } from '@rockpool/agent/host/clock.ts';
import type { Controller } from './controller.ts';
import { EnrolmentRefused } from './refused.ts';

export interface Patience {
  clock: Clock;
  /** Resolves after so long. @throws when the signal aborts */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const attempts = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** Certificates begin an hour before they are made; a clock that is further off can't judge them. */
const clockToleranceMs = 3_600_000;

/**
 * The same question each time, only the nonce is new: an answer that was lost is given again.
 * @throws EnrolmentRefused
 */
export async function askWithNonce<T>(
  controller: Controller,
  { clock, wait }: Patience,
  ask: (nonce: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { nonce, at } = await controller.nonce(signal);
      demandSameTime(clock.now(), at);
      return await ask(nonce);
    } catch (error) {
      if (!(error instanceof EnrolmentRefused) || !error.passes || attempt === attempts) throw error;
      await wait(waitMs(attempt, error), signal);
    }
  }
}

/** Before anything is spent: a claim is used up by an answer that this device could not accept. */
function demandSameTime(now: number, controllers: Date | null): void {
  if (!controllers || Math.abs(now - controllers.getTime()) <= clockToleranceMs) return;
  throw new EnrolmentRefused(
    'clock-wrong',
    `here it is ${new Date(now).toISOString()}, there ${controllers.toISOString()}`,
  );
}

const waitMs = (attempt: number, { retryAfterS }: EnrolmentRefused): number =>
  Math.min(longestWaitMs, Math.max((retryAfterS ?? 0) * 1_000, firstWaitMs * 2 ** (attempt - 1)));
