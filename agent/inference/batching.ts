/**
 * Which tokens go into the next pass over the weights. The library's own strategies leave out the sequence that was
 * sampled last, hand sequences over in an order that llama.cpp splits into several passes, and let one long prompt
 * stop everyone who is being answered.
 */

/** What the library offers: tokens that one sequence wants evaluated. The priority carries the sequence's number. */
export interface BatchItem {
  readonly tokens: readonly unknown[];
  readonly evaluationPriority: number;
}

export interface Share<T> {
  item: T;
  processAmount: number;
}

/** Tokens of prompts in one pass while others are being answered: longer and their stream visibly stops. */
const promptTokensBesideAnswers = 128;

/** How often to wait for a sequence that has not come back yet; each time costs a few microtasks. */
const patience = 32;

export interface Batching {
  readonly strategy: <T extends BatchItem>(offer: { items: readonly T[]; size: number }) => Share<T>[];
  /** Passes over the weights so far. */
  passes(): number;
}

/** @param active how many sequences are reading or writing now: a pass waits for all of them */
export function createBatching(active: () => number): Batching {
  let waits = 0;
  let passes = 0;
  return {
    strategy({ items, size }) {
      if (items.length < active() && waits < patience) {
        waits += 1;
        return [];
      }
      waits = 0;
      passes += 1;
      return share(items, size);
    },
    passes: () => passes,
  };
}

/** Ascending sequences, answers before prompts, and what is left of the pass split evenly between the prompts. */
export function share<T extends BatchItem>(items: readonly T[], size: number): Share<T>[] {
  const ascending = [...items].sort((a, b) => a.evaluationPriority - b.evaluationPriority);
  const answers = ascending.filter((item) => item.tokens.length === 1).length;
  let prompts = ascending.length - answers;
  let left = Math.min(size - answers, answers === 0 ? size : promptTokensBesideAnswers);
  return ascending.flatMap((item) => {
    if (item.tokens.length === 1) return [{ item, processAmount: 1 }];
    const processAmount = Math.min(item.tokens.length, Math.ceil(left / prompts));
    prompts -= 1;
    left -= processAmount;
    return processAmount > 0 ? [{ item, processAmount }] : [];
  });
}
