/** A small Debian 13 with the systemd that devices run, and nothing else: made once by mmdebstrap, kept in npm's cache folder. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const repository = join(import.meta.dirname, '../..');
const suite = 'trixie';
const mirror = 'http://deb.debian.org/debian';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Unpacked without being configured: no maintainer's script runs, so it takes seconds. */
const packages = [
  ...[
    'base-files',
    'bash',
    'dash',
    'coreutils',
    'libc-bin',
    'mount',
    'util-linux',
    'iproute2',
    'nftables',
    'openssl',
  ],
  ...['systemd-sysv', 'systemd-resolved', 'systemd-timesyncd', 'libatomic1', 'libstdc++6', 'nginx'],
];
const excluded = ['doc', 'man', 'locale', 'bash-completion', 'zsh'].map((one) => `/usr/share/${one}/*`);

/** @returns the folder of the tree, to be copied and not to be changed */
export async function trixie(): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([suite, packages, excluded]))
    .digest('hex')
    .slice(0, 12);
  const tree = join(repository, 'node_modules/.cache/rockpool-systemd', `${suite}-${key}`);
  if (!existsSync(tree)) await make(tree);
  return tree;
}

/** Under a name of its own until it is whole: two runs may be at it at once. */
async function make(tree: string): Promise<void> {
  mkdirSync(dirname(tree), { recursive: true });
  const partial = `${tree}.${process.pid}.partial`;
  await promisify(execFile)('mmdebstrap', [
    ...['--mode=root', '--variant=extract', '--quiet', `--include=${packages.join(',')}`],
    ...['--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'],
    ...[...excluded, '/usr/lib/udev/hwdb.d/*'].map((path) => `--dpkgopt=path-exclude=${path}`),
    ...[suite, partial, `deb [signed-by=${keyring}] ${mirror} ${suite} main`],
  ]);
  if (existsSync(tree)) rmSync(partial, { recursive: true });
  else renameSync(partial, tree);
  // Trees of other packages are nobody's any more.
  for (const name of readdirSync(dirname(tree))) {
    const other = join(dirname(tree), name);
    if (other !== tree && !name.endsWith('.partial')) rmSync(other, { recursive: true });
  }
}

/** A copy of one's own with our files in it, as an image has them. */
export async function treeWithUnits(folder: string): Promise<string> {
  const tree = join(folder, 'tree');
  execFileSync('cp', ['-a', await trixie(), tree]);
  cpSync(join(repository, 'systemd/lib'), join(tree, 'usr/lib'), { recursive: true });
  // A machine that was started before, with a name: no questions are asked at the console.
  writeFileSync(join(tree, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n');
  writeFileSync(join(tree, 'etc/hostname'), 'leeds\n');
  execFileSync('chroot', [tree, 'systemd-sysusers'], { stdio: 'ignore' });
  execFileSync('chroot', [tree, 'systemctl', 'preset-all'], { stdio: 'ignore' });
  return tree;
}

/** Stands for a program that this tree doesn't have, so that units which start it can be checked. */
export function placeProgram(tree: string, path: string): void {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  chmodSync(file, 0o755);
}
