/** Whether the model's process is alive: it is asked every two seconds, and ended when it no longer answers or gets nowhere. */

export interface Pulse {
  /** It answered. @param passes over the weights so far; `busy`: it has work */
  felt(passes: number, busy: boolean): void;
  stop(): void;
}

const pulseMs = 2_000;
/** Counted in our own beats, so that a suspended machine doesn't look like a hung process. */
const mostMissed = 15;
/** Until its first answer: a slow disk and a busy processor can take minutes to start a program that is well. */
const mostMissedAtFirst = 90;
/** Beats without a single pass while there is work: the device under it hangs. */
const mostIdle = 60;

export function startPulse(ask: () => void, kill: (why: string) => void): Pulse {
  let allowed = mostMissedAtFirst;
  let missed = 0;
  let idle = 0;
  let lastPasses = -1;
  const timer = setInterval(() => {
    missed += 1;
    if (missed > allowed) kill('it did not answer any more');
    else ask();
  }, pulseMs);
  timer.unref();
  return {
    felt(passes, busy) {
      allowed = mostMissed;
      missed = 0;
      idle = busy && passes === lastPasses ? idle + 1 : 0;
      lastPasses = passes;
      if (idle > mostIdle) kill('it made no progress any more');
    },
    stop: () => clearInterval(timer),
  };
}
