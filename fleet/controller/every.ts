/** Does a thing again and again, never twice at a time, and ends when told. */

export interface Repeated {
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** @param report told of what failed; the next time comes all the same */
export function every(ms: number, work: () => Promise<unknown>, report: (error: unknown) => void): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let isStopped = false;
  const again = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      underWay = work().then(() => undefined, report);
      void underWay.then(again);
    }, ms);
  };
  again();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
