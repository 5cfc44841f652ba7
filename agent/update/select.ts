/**
 * Which release the agent starts from, decided each time before it starts: the one on trial while it has attempts left, else
 * the one that was committed, else the system image's own. Run by rockpool-release.service from the image's code, never from
 * a release, so that no release can keep an older one from being chosen.
 */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { currentLink, hashOfLink, releaseFolder, trialIn } from './appliers/agent-trial.ts';
import { createNodeDisk } from './disk/node-disk.ts';
import type { Disk } from './disk.ts';

export interface Selecting {
  disk: Disk;
  /** `agent/` of the update folder. */
  folder: string;
  /** Of the system image. */
  image: string;
  /** The link that the agent's unit starts from. */
  selection: string;
  /** Whether a release can be started at all. */
  runs(folder: string): Promise<boolean>;
}

/** @returns what was chosen, for the journal */
export async function select({ disk, folder, image, selection, runs }: Selecting): Promise<string> {
  const { path, says } = await choose(disk, folder, image, runs);
  await disk.remove(`${selection}.next`);
  await disk.link(path, `${selection}.next`);
  await disk.rename(`${selection}.next`, selection);
  return says;
}

async function choose(
  disk: Disk,
  folder: string,
  image: string,
  runs: Selecting['runs'],
): Promise<{ path: string; says: string }> {
  const records = trialIn(disk, folder);
  const onTrial = (await records.load().catch(() => undefined))?.value?.trial ?? null;
  const current = hashOfLink(await disk.readLink(currentLink(folder)).catch(() => undefined));
  if (onTrial !== null && onTrial.hash !== current && onTrial.attemptsLeft > 0) {
    const path = releaseFolder(folder, onTrial.hash);
    const attemptsLeft = onTrial.attemptsLeft - 1;
    const isCounted = await records.save({ v: 1, trial: { ...onTrial, attemptsLeft } }).then(
      () => true,
      () => false, // an attempt that the disk can't count could be made for ever
    );
    if (isCounted && (await runs(path)))
      return { path, says: `${onTrial.hash.slice(0, 12)} on trial, ${attemptsLeft} more attempts` };
  }
  if (current !== undefined && (await runs(releaseFolder(folder, current))))
    return { path: releaseFolder(folder, current), says: `${current.slice(0, 12)}, which was committed` };
  return { path: image, says: "the system image's own" };
}

/** Not that it is well, only that a start would get as far as its code. */
export async function canStart(folder: string): Promise<boolean> {
  try {
    await access(join(folder, 'bin/node'), constants.R_OK);
    await access(join(folder, 'agent/main.ts'), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const [folder, selection, image] = process.argv.slice(2);
  if (!folder || !selection || !image) throw new Error('select AGENT-FOLDER LINK IMAGE');
  const says = await select({ disk: createNodeDisk(), folder, image, selection, runs: canStart });
  console.log(`The agent starts from ${says}.`);
}
