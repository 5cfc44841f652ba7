/** A small Debian tree that holds the build's tools; they run inside of it, so that no host's version matters. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cache } from './cache.ts';
import { debootstrap } from './debian.ts';
import { buildTools } from './packages.ts';
import { run } from './programs.ts';

export interface Tools extends Disposable {
  /** The work folder as the build sees it; the tools see it as `inside`. */
  readonly outside: string;
  readonly inside: string;
  /** Runs a tool; paths among its arguments are `inside`. */
  run(program: string, ...args: readonly string[]): string;
  runWith(input: string, program: string, ...args: readonly string[]): string;
}

/** Everything that a build makes on its way lies in one folder, which goes when the tools are put away. */
export function openTools(cache: Cache, archive: string): Tools {
  const host = hostArchitecture();
  const tree = cache.keep('tools', { host, buildTools, archive }, (path) =>
    debootstrap(path, host, buildTools, 'directory'),
  );
  mkdirSync(join(tree, 'work'), { recursive: true });
  const outside = mkdtempSync(join(tree, 'work/build-'));
  const inside = outside.slice(tree.length);
  const runWith = (input: string | undefined, program: string, args: readonly string[]): string =>
    run('chroot', [tree, program, ...args], {
      ...(input === undefined ? {} : { input }),
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/systemd', TMPDIR: '/tmp', HOME: '/root' },
    });
  return {
    outside,
    inside,
    run: (program, ...args) => runWith(undefined, program, args),
    runWith: (input, program, ...args) => runWith(input, program, args),
    [Symbol.dispose]: () => rmSync(outside, { recursive: true, force: true }),
  };
}

function hostArchitecture(): 'amd64' | 'arm64' {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new RangeError(`images are built on x64 or arm64, not on ${process.arch}`);
}
