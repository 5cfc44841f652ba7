/**
 * `npm run bench -- memory`: a million vectors and a million facts, beside what else does it. Takes minutes and 4 GB; with
 * `--peers` usearch holds the million too, and it takes half an hour.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../agent/store/store.ts';
import type { Figure } from './figure.ts';
import { factFigures } from './memory-facts.ts';
import { vectorFigures } from './memory-vectors.ts';
import { recallFigures } from './recall-figures.ts';
import { rememberBench } from './remember.ts';

export async function* memoryBench(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-bench-memory-'));
  try {
    const home = join(folder, 'home');
    await (await openStore(home)).close();
    yield* vectorFigures(folder, home);
    yield* factFigures(home);
  } finally {
    rmSync(folder, { recursive: true });
  }
  yield* rememberBench();
  yield* recallFigures();
}
