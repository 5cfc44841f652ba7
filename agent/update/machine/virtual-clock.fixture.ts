/** Time that passes only when nothing else is left to be done. */
import type { MachineClock } from './within.ts';

export class VirtualClock implements MachineClock {
  /** What the wall clock says beyond it. */
  private wall: number;
  private at = 0;
  private timers: { until: number; ring: () => void }[] = [];
  private pumping = false;

  constructor(at = Date.UTC(2026, 10, 2, 3, 0)) {
    this.wall = at;
  }

  readonly now = (): number => this.wall + this.at;

  /** The device was off for so long; or its clock is set, which no timer heeds. */
  pass(ms: number): void {
    this.wall += ms;
  }

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = { until: this.at + Math.max(0, ms), ring: resolve };
      this.timers.push(timer);
      const end = (): void => {
        this.timers = this.timers.filter((other) => other !== timer);
        resolve();
      };
      signal?.addEventListener('abort', end, { once: true });
      this.pump();
    });

  /** What runs on a disk in memory has run as far as it can by the time that an immediate is due. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      const [next] = this.timers.sort((a, b) => a.until - b.until);
      if (next === undefined) return;
      this.timers.shift();
      this.at = Math.max(this.at, next.until);
      next.ring();
      if (this.timers.length > 0) this.pump();
    });
  }
}
