/** A Unix socket that speaks in lines. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoryError } from './serial.ts';

export interface Lines extends Disposable {
  send(line: string): void;
  next(withinMs: number): Promise<string>;
}

/** @param withinMs how long the other side may take until it listens */
export async function openLines(path: string, withinMs: number): Promise<Lines> {
  const socket = await connected(path, performance.now() + withinMs);
  const waiting: string[] = [];
  let arrived: (() => void) | null = null;
  let ended = false;
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    waiting.push(...lines.map((line) => line.trimEnd()));
    arrived?.();
  });
  // A machine whose power is cut takes its sockets along; whoever waits on one learns it below.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    ended = true;
    arrived?.();
  });
  return {
    send: (line) => void socket.write(`${line}\n`),
    async next(withinMs) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const line = waiting.shift();
        if (line !== undefined) return line;
        const leftMs = deadline - performance.now();
        if (ended) throw new StoryError(`${path} was closed`);
        if (leftMs <= 0) throw new StoryError(`nothing came from ${path} within ${withinMs / 1000} s`);
        await Promise.race([new Promise<void>((resolve) => (arrived = resolve)), sleep(leftMs)]);
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

async function connected(path: string, deadline: number): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const outcome = await new Promise<Error | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    socket.removeAllListeners();
    if (outcome === null) return socket;
    if (performance.now() > deadline) throw new StoryError(`nobody listens on ${path}`, { cause: outcome });
    await sleep(50);
  }
}
