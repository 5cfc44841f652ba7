/** A turn goes on without memory: when it was put aside nothing is recalled, and what can't be stored is told. */
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Heeded, Memory, Said } from './memory.ts';
import { notice } from './notice.ts';

/** Why a message was not heeded, though the turn goes on. */
export type Unheeded = 'memory-away' | 'quota-reached' | 'storage-full';

type Part = Pick<Memory, 'heed' | 'recall' | 'holding'>;

export function goesOnWithout(memory: Part) {
  const unlessAway =
    <A extends unknown[], R>(ask: (...args: A) => Promise<R[]>) =>
    async (...args: A): Promise<R[]> => {
      try {
        return await ask(...args);
      } catch (error) {
        if (whyNot(error) === 'memory-away') return []; // the page and /readyz say so
        throw error;
      }
    };

  return {
    recall: unlessAway(memory.recall),
    holding: unlessAway(memory.holding),

    /** `refused`: nothing was stored, and why; a message that asked for it outright is told so. */
    async heed(person: Person, said: Said): Promise<Heeded & { refused?: Unheeded }> {
      try {
        return await memory.heed(person, said);
      } catch (error) {
        const refused = whyNot(error);
        if (refused === undefined) throw error;
        const { command } = notice(said.text);
        return { remembered: [], superseded: [], forgotten: [], command, refused };
      }
    },
  };
}

function whyNot(error: unknown): Unheeded | undefined {
  if (error instanceof Refusal) {
    return error.code === 'memory-away' || error.code === 'quota-reached' ? error.code : undefined;
  }
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'SQLITE_FULL' || code === 'ENOSPC' ? 'storage-full' : undefined;
}
