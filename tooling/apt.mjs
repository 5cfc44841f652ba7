/** Packages of the distribution that tests need, installed where we may: as root, on Debian and its kin. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { oneAtATime } from './one-at-a-time.mjs';
import { progress } from './progress.mjs';

export function isRunnable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Does nothing where it may not; whoever asked looks again at what is there. */
export async function installPackages(packages) {
  if (packages.length === 0 || process.getuid?.() !== 0 || !isRunnable('/usr/bin/apt-get')) return;
  await oneAtATime('apt', () => aptInstall(packages));
}

function aptInstall(packages) {
  const line = progress(`Installing ${inWords(packages)} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  const updated = apt('update', '-q');
  const installed = apt('install', '-y', '-q', '--no-install-recommends', ...packages);
  if (installed.status === 0) {
    line.done();
    return;
  }
  line.fail();
  const last = `${updated.stderr}${installed.stderr}`.trim().split('\n').slice(-3).join('\n  ');
  process.stderr.write(`apt-get could not install ${inWords(packages)}:\n  ${last}\n`);
}

const inWords = (packages) =>
  packages.length > 3 ? `${packages.length} packages for tests` : packages.join(' and ');
