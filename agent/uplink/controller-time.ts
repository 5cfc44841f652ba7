/** What time it is for judging a command: the device's own clock when somebody keeps it, else the controller's by its newest word. */
import type { Clock } from '../host/clock.ts';

export interface ControllerTime {
  /** The controller's clock, from an acknowledgement of what was just sent: nobody can have kept that for later. */
  heard(at: number): void;
  /** Milliseconds since 1970; null when nobody can say, also after waiting for it. */
  now(waitMs: number, signal: AbortSignal): Promise<number | null>;
}

export interface ControllerTimeParts {
  clock: Clock;
  uptimeMs(): number;
  clockSynchronised(): Promise<boolean | null>;
}

export function createControllerTime({
  clock,
  uptimeMs,
  clockSynchronised,
}: ControllerTimeParts): ControllerTime {
  let newest: { at: number; uptimeMs: number } | undefined;
  const waiting = new Set<() => void>();
  const byController = (): number | null => (newest && newest.at + (uptimeMs() - newest.uptimeMs)) || null;

  return {
    heard(at) {
      newest = { at, uptimeMs: uptimeMs() };
      for (const wake of waiting) wake();
    },
    async now(waitMs, signal) {
      if ((await clockSynchronised()) === true) return clock.now();
      if (!newest) await heardWithin(waitMs, signal);
      return byController();
    },
  };

  async function heardWithin(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
  }
}
