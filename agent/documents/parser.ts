/** Reads a file in a process of its own, which is ended when it takes too long or too much memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReadingLimits } from './parse/block.ts';
import { ReadEvent, type ReadRequest } from './parse/messages.ts';

export interface ParserLimits extends ReadingLimits {
  seconds: number;
  /** Of the whole process, buffers included. */
  memoryBytes: number;
  /** Of JavaScript objects; ends sooner and softer than `memoryBytes`. */
  heapMegabytes: number;
}

export const parserLimits: ParserLimits = {
  pages: 2_000,
  characters: 5_000_000,
  seconds: 120,
  memoryBytes: 768 * 1024 * 1024,
  heapMegabytes: 512,
};

const memoryWatchMs = 50;

type Problem = Extract<ReadEvent, { type: 'problem' }>;

const tooSlow: Problem = {
  type: 'problem',
  problem: 'too-slow',
  sentence: 'Reading it takes too long; split it, or save it in a simpler format and add that.',
};
const tooHungry: Problem = {
  type: 'problem',
  problem: 'too-much-memory',
  sentence: 'Reading it takes too much memory; split it, or save it in a simpler format and add that.',
};

/**
 * Yields what `file` holds, and at last `read` or `problem`.
 * @throws the signal's reason when it is aborted, and an Error when the process breaks its own protocol
 */
export async function* readPassages(
  { file, name, passageLetters }: Pick<ReadRequest, 'file' | 'name' | 'passageLetters'>,
  limits: ParserLimits,
  signal: AbortSignal,
): AsyncGenerator<ReadEvent> {
  signal.throwIfAborted();
  const child = startReader(file, limits);
  const exited = once(child, 'exit');
  let killedFor: Problem | undefined;
  const kill = (problem: Problem): void => {
    killedFor ??= problem;
    child.kill('SIGKILL');
  };
  const clock = setTimeout(kill, limits.seconds * 1_000, tooSlow);
  const watch = setInterval(() => {
    if (residentBytes(child) > limits.memoryBytes) kill(tooHungry);
  }, memoryWatchMs);
  try {
    const { pages, characters } = limits;
    child.send({ file, name, passageLetters, limits: { pages, characters } } satisfies ReadRequest);
    for await (const [message] of on(child, 'message', { signal, close: ['disconnect'] })) {
      const event = ReadEvent.parse(message);
      signal.throwIfAborted(); // what it had said already is no longer wanted either
      yield event;
      if (event.type === 'read' || event.type === 'problem') return;
    }
    // It ended without a last word: we ended it, or it ran out of heap, or crashed.
    yield killedFor ?? tooHungry;
  } catch (cause) {
    signal.throwIfAborted();
    throw cause;
  } finally {
    clearTimeout(clock);
    clearInterval(watch);
    child.kill('SIGKILL');
    await exited;
  }
}

const root = new URL('../../', import.meta.url);
const code = ['agent/', 'node_modules/', 'protocol/', 'package.json'].map((path) =>
  fileURLToPath(new URL(path, root)),
);

/** Whatever a file makes its parser do, it can read code and itself, write nothing, and reach no one. */
function startReader(file: string, { heapMegabytes }: ParserLimits): ChildProcess {
  return fork(new URL('./parse/process.ts', import.meta.url), {
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    execArgv: [
      `--max-old-space-size=${heapMegabytes}`,
      '--permission',
      ...[...code, file].map((path) => `--allow-fs-read=${path}`),
      '--disallow-code-generation-from-strings',
    ],
  });
}

/** 0 where the system does not tell (not Linux) and when the process is gone. */
function residentBytes({ pid }: ChildProcess): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
