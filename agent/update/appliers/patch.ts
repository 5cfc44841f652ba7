/**
 * How a set of Debian packages comes into force: into a copy of the running system in the slot that isn't booted, which then
 * goes on trial as any system does. Never into the running system: `dpkg` replaces files one by one and runs scripts of
 * others as root, so that neither a power cut in the middle nor a broken package could be taken back. A device without two
 * trees for its system refuses, and gets such changes as a whole system.
 */
import { createHash } from 'node:crypto';
import type { Release } from '@rockpool/protocol/update/release';
import { type Applier, UpdateError } from '../parts.ts';
import type { Exec } from '../slots/exec.ts';
import type { SlotTrees } from '../slots/slots.ts';
import { type SystemApplierParts, slotApplier } from './system.ts';

export interface PatchApplierParts extends SystemApplierParts {
  exec: Exec;
}

type PatchRelease = Extract<Release, { kind: 'patch' }>;

export function createPatchApplier(parts: PatchApplierParts): Applier {
  const { slots, exec, fileOf } = parts;
  const trees = (): SlotTrees => {
    if (slots.trees !== undefined) return slots.trees;
    throw new UpdateError(
      'no-slot',
      'This device has no second copy of its system that packages could be installed in; it takes whole systems.',
    );
  };

  return slotApplier(parts, {
    hashOf: (release) => setHash(patchRelease(release)),
    check(release) {
      patchRelease(release);
      trees();
    },
    async place(release, signal) {
      const { packages } = patchRelease(release);
      const root = await trees().copyBooted(signal);
      for (const { package: name, version, artifact } of packages)
        await refuseOther(exec, fileOf(artifact), `${name} ${version}`, signal);
      // All in one call, or none: dpkg orders them by what they need of each other.
      const files = packages.map(({ artifact }) => fileOf(artifact));
      const ran = await exec('dpkg', [`--root=${root}`, '--force-confold', '--install', ...files], signal);
      if (ran.code !== 0)
        throw new UpdateError('bad-content', `These packages don't install: ${lastLine(ran.stderr)}`);
      const missing = await firstMissing(exec, root, packages);
      if (missing !== undefined)
        throw new UpdateError(
          'bad-content',
          `dpkg says that all went well, and ${missing} is not installed.`,
        );
      await trees().finish();
    },
    async isIt(release) {
      const missing = await firstMissing(exec, await trees().booted(), patchRelease(release).packages);
      return missing === undefined
        ? undefined
        : new UpdateError('not-that-version', `The system that runs does not have ${missing}.`);
    },
  });
}

/** The manifest names what is in a file; the file has to agree. */
async function refuseOther(exec: Exec, file: string, wanted: string, signal: AbortSignal): Promise<void> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills these in
  const told = await exec('dpkg-deb', ['--show', '--showformat=${Package} ${Version}', file], signal);
  if (told.code !== 0)
    throw new UpdateError('bad-content', `${wanted} is no Debian package: ${lastLine(told.stderr)}`);
  if (told.stdout !== wanted)
    throw new UpdateError('bad-content', `The file for ${wanted} holds ${told.stdout.slice(0, 120)}.`);
}

async function firstMissing(
  exec: Exec,
  root: string,
  packages: PatchRelease['packages'],
): Promise<string | undefined> {
  for (const { package: name, version } of packages) {
    const told = await exec('dpkg-query', [
      `--admindir=${root}/var/lib/dpkg`,
      '--show',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills these in
      '--showformat=${db:Status-Status} ${Version}',
      name,
    ]);
    if (told.code !== 0 || told.stdout !== `installed ${version}`) return `${name} ${version}`;
  }
  return undefined;
}

/** A set has no file of its own: what it is called on the disk follows from what it holds. */
const setHash = ({ packages }: PatchRelease): string =>
  createHash('sha256')
    .update(
      packages
        .map(({ package: name, version, artifact }) => `${name} ${version} ${artifact.sha256}\n`)
        .join(''),
    )
    .digest('hex');

function patchRelease(release: Release): PatchRelease {
  if (release.kind === 'patch') return release;
  throw new UpdateError('not-for-us', `A release of kind ${release.kind} is no set of packages.`);
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
