/** Answers to programs that are under way, for whoever else than their reader may have to end them. */
import type { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply } from 'fastify';

export interface UnderWay {
  /** Aborts when the answer has to end, though its reader is still there. */
  enter(person: number, reply: FastifyReply): AbortSignal;
  /** @param person whose answers; left out, everyone's */
  end(why: Refusal, person?: number): void;
}

export function createUnderWay(): UnderWay {
  const answers = new Map<AbortController, number>();
  return {
    enter(person, { raw }) {
      const ending = new AbortController();
      answers.set(ending, person);
      raw.once('close', () => answers.delete(ending));
      return ending.signal;
    },
    end(why, person) {
      for (const [ending, whose] of answers) if (person === undefined || person === whose) ending.abort(why);
    },
  };
}
