/** Answers on their way: each waits for its turn, streams from the model that answers then, and gives its place back. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Deed, IdleWork } from './idle-work.ts';
import type { GenerateEvent, GenerateRequest } from './model.ts';
import type { Queue } from './queue.ts';
import type { Served } from './served.ts';
import { createStream, type EventStream } from './stream.ts';

export interface AnswersParts {
  queue: Queue;
  /** Resolves when there is, or soon will be, a model that answers. @throws Refusal */
  up(): Promise<void>;
  current(): Pick<Served, 'answer'>;
  isUpdating(): boolean;
  idle: Pick<IdleWork, 'interrupt' | 'resume'>;
}

export type Ask = (request: GenerateRequest, signal: AbortSignal) => AsyncIterable<GenerateEvent>;

export function createAnswers({ queue, up, current, isUpdating, idle }: AnswersParts): Ask {
  /** Admitted: hands the request over; the place is given back when the process says that it has ended. */
  const run = async (
    request: GenerateRequest,
    stream: EventStream,
    started: (deed: Deed) => void,
  ): Promise<void> => {
    await idle.interrupt(request.session);
    if (!stream.isOpen()) return;
    const deed = current().answer(request, stream);
    started(deed);
    await deed.done;
  };

  return async function* ask(request, signal) {
    signal.throwIfAborted();
    const stream = createStream();
    const ticket = queue.enter(request.person, (place, waitMs) =>
      stream.push({ type: 'queued', place, waitMs, ...(isUpdating() ? { updating: true } : {}) }),
    );
    let running: Deed | undefined;
    const stop = (reason: unknown): void => {
      stream.fail(reason);
      if (running === undefined) ticket.leave();
      else running.abort();
    };
    const aborted = (): void => stop(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    up()
      .then(() => ticket.admitted)
      .then(() => run(request, stream, (deed) => (running = deed)))
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
  };
}
