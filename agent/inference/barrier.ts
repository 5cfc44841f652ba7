/**
 * Lets someone have the context alone. While two or more lanes are writing, the library never comes to the end of its
 * batches and never releases the context, so whoever wants to cut, save or load a lane would wait for all answers to
 * end. Lanes ask here before each token and stand still while someone is in.
 */

export interface Barrier {
  isShut(): boolean;
  /** Resolves when nobody is in. */
  opened(): Promise<void>;
  alone<T>(deed: () => Promise<T>): Promise<T>;
}

export function createBarrier(): Barrier {
  let inside = 0;
  let shut: { opened: Promise<void>; reopen(): void } | undefined;
  return {
    isShut: () => shut !== undefined,
    opened: () => shut?.opened ?? Promise.resolve(),
    async alone(deed) {
      inside += 1;
      shut ??= createShut();
      try {
        return await deed();
      } finally {
        inside -= 1;
        if (inside === 0) {
          shut?.reopen();
          shut = undefined;
        }
      }
    },
  };
}

function createShut() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, reopen: resolve };
}
