/** Packs the agent's release for `rockpool-fleet release create --kind agent`: `node agent/rockpool.mjs --run image/release-tar.ts`. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pack } from '../fleet/releases/tar.ts';
import { openCache } from './cache.ts';
import { placeRelease } from './release.ts';
import { type Target, targetNamed, targets } from './targets.ts';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));

const help = `Packs the agent with its packages, its web pages and its Node as one tar, the same each time it is made.

  --target NAME     ${targets.map(({ name }) => name).join(', ')}
  --out FILE        the tar (image/out/TARGET/agent.tar)
  --cache FOLDER    what is slow to make (node_modules/.cache/rockpool/image)
`;

export interface ReleaseTarOptions {
  target: Target;
  out: string;
  cache: string;
}

/** The web pages must have been built. */
export async function packRelease({ target, out, cache }: ReleaseTarOptions): Promise<void> {
  mkdirSync(dirname(out), { recursive: true });
  const work = mkdtempSync(join(dirname(out), 'agent-'));
  try {
    placeRelease(openCache(cache), target, repository, work);
    await pack(work, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', default: 'qemu-x86_64' },
      out: { type: 'string' },
      cache: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const target = targetNamed(values.target);
  const out = values.out ?? join(repository, 'image/out', target.name, 'agent.tar');
  const cache = values.cache ?? join(repository, 'node_modules/.cache/rockpool/image');
  await packRelease({ target, out, cache });
  process.stdout.write(`${out}\n`);
}

if (import.meta.main) await main();
