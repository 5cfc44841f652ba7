/** One bench in a process of its own, started as a controller is: without the small young generation that an agent is given. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../figure.ts';

const benches = {
  ingest: async () => (await import('./ingest.ts')).ingestBench,
  herd: async () => (await import('./herd.ts')).herdBench,
};

/** @throws Error when it did not get to its end */
export async function* alone(bench: keyof typeof benches): AsyncGenerator<Figure> {
  const child = fork(fileURLToPath(import.meta.url), [bench], { execArgv: [] });
  const figures: Figure[] = [];
  let hear = Promise.withResolvers<void>();
  child.on('message', (figure) => {
    figures.push(figure as Figure);
    hear.resolve();
  });
  let code: number | undefined;
  // What it sent last may come after its end.
  const ended = Promise.all([once(child, 'close'), once(child, 'disconnect')]).then(([[with_]]) => {
    code = Number(with_);
  });
  try {
    while (code === undefined || figures.length > 0) {
      const figure = figures.shift();
      if (figure) {
        yield figure;
        continue;
      }
      await Promise.race([hear.promise, ended]);
      hear = Promise.withResolvers();
    }
    if (code !== 0) throw new Error(`the bench ${bench} ended with ${code}`);
  } finally {
    child.kill();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const run = await benches[process.argv[2] as keyof typeof benches]();
  for await (const figure of run()) process.send?.(figure);
  process.disconnect?.();
}
