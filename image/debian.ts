/** Debian trees from a package list, by mmdebstrap; foreign architectures run their few scripts under qemu-user. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leftOut, mirror, securityMirror, suite } from './packages.ts';
import { BuildError, run } from './programs.ts';

const sources = [
  `deb ${mirror} ${suite} main`,
  `deb ${mirror} ${suite}-updates main`,
  `deb ${securityMirror} ${suite}-security main`,
];

const releases = [
  `${mirror}/dists/${suite}/InRelease`,
  `${mirror}/dists/${suite}-updates/InRelease`,
  `${securityMirror}/dists/${suite}-security/InRelease`,
];

/** What decides which versions a list of packages means today: the digest of the archive's signed indices. */
export async function archiveToday(): Promise<string> {
  const indices = await Promise.all(
    releases.map(async (url) => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(60_000) });
      if (!answer.ok) throw new BuildError(`${url} answered ${answer.status}`);
      return answer.text();
    }),
  );
  return createHash('sha256').update(indices.join('\0')).digest('hex');
}

export interface TreeOptions {
  /** Shell, run with the tree as its first argument, before it is packed. */
  hook?: string;
}

/** @param form `tar` where owners and modes have to survive a copy; `directory` where programs run in it */
export function debootstrap(
  path: string,
  architecture: 'amd64' | 'arm64',
  list: readonly string[],
  form: 'tar' | 'directory',
  { hook }: TreeOptions = {},
): void {
  const hookFile = `${path}.hook`;
  if (hook !== undefined) writeFileSync(hookFile, `#!/bin/sh\nset -eu\n${hook}`, { mode: 0o755 });
  try {
    using _emulation = emulate(architecture);
    run(
      'mmdebstrap',
      [
        ...['--mode=root', `--variant=${form === 'tar' ? 'custom' : 'apt'}`, `--format=${form}`],
        `--architectures=${architecture}`,
        `--include=${list.join(',')}`,
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Retries "3"',
        ...leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
        ...(hook === undefined ? [] : [`--customize-hook=${hookFile}`]),
        ...[suite, path, ...sources],
      ],
      // Fixed, so that the same packages give the same bytes.
      { env: { SOURCE_DATE_EPOCH: '1761955200' } },
    );
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(hookFile, { force: true });
  }
}

const binfmt = '/proc/sys/fs/binfmt_misc';

/** Lets the kernel start arm64 programs through qemu-user, and takes that back if it wasn't so before. */
function emulate(architecture: 'amd64' | 'arm64'): Disposable {
  const nothing = { [Symbol.dispose]: () => undefined };
  if ((architecture === 'amd64') === (process.arch === 'x64')) return nothing;
  if (architecture === 'amd64')
    throw new BuildError('an x86-64 image is built on an x86-64 machine; arm64 ones are built on either');
  if (!existsSync(join(binfmt, 'register'))) run('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmt]);
  const entry = join(binfmt, 'qemu-aarch64');
  if (existsSync(entry)) return nothing;
  const description = '/usr/lib/binfmt.d/qemu-aarch64.conf';
  if (!existsSync(description))
    throw new BuildError(
      'arm64 programs cannot run here: install qemu-user-static (apt install qemu-user-static)',
    );
  writeFileSync(join(binfmt, 'register'), readFileSync(description, 'utf8').trim());
  return { [Symbol.dispose]: () => writeFileSync(entry, '-1') };
}
