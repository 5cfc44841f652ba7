/** Answers on their way: each waits for its turn, streams from the model's process, and gives its place back. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { PendingCalls } from './calls.ts';
import type { IdleWork } from './idle-work.ts';
import type { Lifeline } from './lifeline.ts';
import type { GenerateEvent, GenerateRequest } from './model.ts';
import type { Queue } from './queue.ts';
import { createStream, type EventStream } from './stream.ts';
import type { Told } from './wire.ts';

export interface Answers {
  ask(request: GenerateRequest, signal: AbortSignal): AsyncIterable<GenerateEvent>;
  tell(events: Told['events']): void;
}

export interface AnswersParts {
  queue: Queue;
  calls: PendingCalls;
  life: Pick<Lifeline, 'up' | 'isUp' | 'send'>;
  idle: Pick<IdleWork, 'interrupt' | 'resume'>;
}

export function createAnswers({ queue, calls, life, idle }: AnswersParts): Answers {
  const streams = new Map<number, EventStream>();

  /** Admitted: hands the request over and the place back when the process says that it has ended. */
  const run = async (
    request: GenerateRequest,
    stream: EventStream,
    started: (id: number) => void,
  ): Promise<void> => {
    await idle.interrupt(request.session);
    if (!stream.isOpen()) return;
    if (!life.isUp()) throw modelDied();
    const { id, answer } = calls.ask((number) => life.send({ type: 'generate', id: number, request }));
    streams.set(id, stream);
    started(id);
    try {
      await answer;
    } finally {
      streams.delete(id);
    }
  };

  return {
    async *ask(request, signal) {
      signal.throwIfAborted();
      const stream = createStream();
      const ticket = queue.enter(request.person, (place, waitMs) =>
        stream.push({ type: 'queued', place, waitMs }),
      );
      let running: number | undefined;
      const stop = (reason: unknown): void => {
        stream.fail(reason);
        if (running === undefined) ticket.leave();
        else life.send({ type: 'abort', id: running });
      };
      const aborted = (): void => stop(signal.reason);
      signal.addEventListener('abort', aborted, { once: true });
      life
        .up()
        .then(() => ticket.admitted)
        .then(() => run(request, stream, (id) => (running = id)))
        .then(stream.end, stream.fail)
        .finally(() => {
          ticket.leave();
          idle.resume();
        });
      try {
        yield* stream;
      } finally {
        signal.removeEventListener('abort', aborted);
        if (stream.isOpen()) stop(new Refusal('aborted', 'Nobody reads the answer any more.'));
      }
    },
    tell(events) {
      for (const [id, event] of events) streams.get(id)?.push(event);
    },
  };
}

export function modelDied(): Refusal {
  return new Refusal(
    'model-failed',
    'The model stopped in the middle and is being started again; ask once more.',
  );
}
