/** The agent's release as a device gets it: this repository's folders, production packages, and the project's Node. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cache } from './cache.ts';
import { run } from './programs.ts';
import type { Target } from './targets.ts';

const workspaces = ['agent', 'models', 'protocol', 'provisioning', 'signing'] as const;
/** Every workspace's description: npm compares all of them with the lock before it installs any. */
const described = [...workspaces, 'fleet', 'hil-tests', 'web'];
const folders = [...workspaces, 'tooling'];

/** Of no use on a device: what tests need, what models were trained from, and the sources of what is already built. */
const notOnDevices =
  /\.test\.ts$|\.fixture\.ts$|\/test\/|\/recorded\/|\/fake-[\w-]+\.ts$|^models\/pebble\/(?:corpus|eval|training|train\.py|LOG\.md)/;

/** Fills `into` (on the device: /opt/rockpool/current). */
export function placeRelease(cache: Cache, target: Target, repository: string, into: string): void {
  mkdirSync(into, { recursive: true });
  cpSync(productionPackages(cache, target, repository), into, { recursive: true, verbatimSymlinks: true });
  for (const file of sourcesOf(repository)) {
    mkdirSync(dirname(join(into, file)), { recursive: true });
    cpSync(join(repository, file), join(into, file));
  }
  cpSync(join(repository, 'web/dist'), join(into, 'web/dist'), { recursive: true });
  mkdirSync(join(into, 'bin'), { recursive: true });
  cpSync(join(nodeFor(cache, target, repository), 'bin/node'), join(into, 'bin/node'));
  chmodSync(join(into, 'bin/node'), 0o755);
}

/** What git knows or would take, so that a build of uncommitted work is a build of that work. */
function sourcesOf(repository: string): string[] {
  return run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...folders], {
    cwd: repository,
  })
    .split('\0')
    .filter((file) => file !== '' && !notOnDevices.test(file) && existsSync(join(repository, file)));
}

function productionPackages(cache: Cache, target: Target, repository: string): string {
  const descriptions = [
    'package.json',
    'package-lock.json',
    ...described.map((name) => `${name}/package.json`),
  ];
  const inputs = descriptions.map((file) => readFileSync(join(repository, file), 'utf8'));
  return cache.keep(`packages-${target.name}`, { inputs, pruned }, (path) => {
    for (const file of descriptions) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      cpSync(join(repository, file), join(path, file));
    }
    run(
      'npm',
      [
        ...[
          'ci',
          '--omit=dev',
          '--ignore-scripts',
          '--no-audit',
          '--no-fund',
          '--include-workspace-root=false',
        ],
        ...['--os=linux', `--cpu=${target.npm}`, '--libc=glibc'],
        ...['--workspace=agent', '--workspace=provisioning'],
      ],
      { cwd: path },
    );
    prune(join(path, 'node_modules'), target);
    for (const name of ['fleet', 'hil-tests', 'web']) rmSync(join(path, name), { recursive: true });
  });
}

/** What packages carry beside what runs: sources of addons, other processors' binaries, types, maps, a compiler. */
const pruned = {
  folders: [
    'node-llama-cpp/llama/gitRelease.bundle',
    'better-sqlite3/deps',
    'better-sqlite3/src',
    'typescript',
    '@typescript',
    '.bin',
    '.package-lock.json',
  ],
  files: /\.(?:d\.[cm]?ts|map|md|markdown|flow)$/i,
  /** Of node-llama-cpp's builds only the one without a GPU runs everywhere. */
  accelerated: /^linux-.*-(?:cuda|cuda-ext|vulkan)$/,
};

function prune(modules: string, target: Target): void {
  for (const folder of pruned.folders) rmSync(join(modules, folder), { recursive: true, force: true });
  for (const name of readdirSync(join(modules, '@node-llama-cpp'))) {
    if (pruned.accelerated.test(name) || name !== `linux-${target.npm}`)
      rmSync(join(modules, '@node-llama-cpp', name), { recursive: true });
  }
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && pruned.files.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
  }
}

/** The version that the lock names, for the processor of the device. */
function nodeFor(cache: Cache, target: Target, repository: string): string {
  const name = `node-linux-${target.npm}`;
  const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  return cache.keep(`node-${target.name}`, { version, integrity }, (path) => {
    mkdirSync(path, { recursive: true });
    // Without a package of its own here, npm would climb up and install into the checkout around the cache.
    writeFileSync(join(path, 'package.json'), '{ "private": true }\n');
    run(
      'npm',
      [
        ...['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
        ...['--os=linux', `--cpu=${target.npm}`, '--libc=glibc', `${name}@${version}`],
      ],
      { cwd: path },
    );
    cpSync(join(path, 'node_modules', name, 'bin'), join(path, 'bin'), { recursive: true });
    rmSync(join(path, 'node_modules'), { recursive: true });
  });
}
