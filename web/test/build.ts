/** Builds the page into a folder of its own, so a test never depends on what was built before. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

export interface Built {
  folder: string;
  remove(): Promise<void>;
}

export async function buildPage(): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-web-'));
  const configFile = join(import.meta.dirname, '../vite.config.ts');
  await build({ configFile, logLevel: 'error', mode: 'production', build: { outDir: folder } });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
