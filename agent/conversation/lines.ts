/** Frames as lines of JSON, at the reader's pace: while the reader is slow, words gather into fewer lines; the turn never waits. */
import type { Frame } from '@rockpool/protocol/chat';

/** After so long without a frame the last state is told again, so that no proxy takes the connection for dead. */
const heartbeatMs = 15_000;

/** Runs the turn to its end from now on, read or not. @throws what the turn throws, after its frames */
export function lines(
  first: Frame,
  rest: AsyncIterable<Frame>,
  everyMs = heartbeatMs,
): AsyncGenerator<string> {
  return write(first, gatherFrom(rest), everyMs);
}

interface Gathered {
  waiting: Frame[];
  ended: boolean;
  /** Resolves when something changed. */
  wake: PromiseWithResolvers<void>;
  pumped: Promise<void>;
}

function gatherFrom(frames: AsyncIterable<Frame>): Gathered {
  const gathered = { waiting: [] as Frame[], ended: false, wake: Promise.withResolvers<void>() };
  const pump = async (): Promise<void> => {
    try {
      for await (const frame of frames) {
        gather(gathered.waiting, frame);
        gathered.wake.resolve();
      }
    } finally {
      gathered.ended = true;
      gathered.wake.resolve();
    }
  };
  const pumped = pump();
  pumped.catch(() => undefined); // thrown where it is awaited, by whoever reads to the end
  return Object.assign(gathered, { pumped });
}

async function* write(first: Frame, gathered: Gathered, everyMs: number): AsyncGenerator<string> {
  let state: Frame | undefined;
  try {
    yield line(first);
    while (gathered.waiting.length > 0 || !gathered.ended) {
      const frame = gathered.waiting.shift();
      if (frame) {
        if (isState(frame)) state = frame;
        yield line(frame);
      } else if (await woken(gathered.wake.promise, everyMs)) {
        gathered.wake = Promise.withResolvers();
      } else if (state) yield line(state);
    }
  } finally {
    await gathered.pumped;
  }
}

const line = (frame: Frame): string => `${JSON.stringify(frame)}\n`;

const isState = (frame: Frame): boolean => frame.type === 'queued' || frame.type === 'doing';

/** Only the newest of several states matters; deltas grow together. */
function gather(waiting: Frame[], frame: Frame): void {
  const last = waiting.at(-1);
  const at = Math.max(0, waiting.length - 1);
  if (frame.type === 'delta' && last?.type === 'delta')
    waiting[at] = { type: 'delta', text: last.text + frame.text };
  else if (isState(frame) && last && isState(last)) waiting[at] = frame;
  else waiting.push(frame);
}

async function woken(wake: Promise<void>, withinMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), withinMs);
  try {
    return await Promise.race([wake.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
