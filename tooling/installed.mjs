/** Whether node_modules holds what package-lock.json asks for on this machine. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written last: a tree without it, or with another's, may be half installed. */
const stampOf = (root) => join(root, 'node_modules/.rockpool-installed');

/** The lock's digest and what npm picks optional packages by. */
export function wantedStamp(root) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} ${process.platform}-${process.arch}\n`;
}

export function isInstalled(root) {
  return (
    readIfThere(stampOf(root)) === wantedStamp(root) &&
    existsSync(join(root, 'node_modules/.package-lock.json'))
  );
}

/**
 * A tree that somebody's own `npm ci` or `npm install` filled is as good as ours: npm writes what it placed, last.
 * Asked only when the stamp is missing, so that a machine without a network isn't sent to the registry for nothing.
 */
export function isFilledByNpm(root) {
  const placed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (!placed || !wanted) return false;
  return Object.entries(wanted)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
    .every(([path, entry]) =>
      entry.optional && path !== ownNode
        ? isAbsentOrSame(placed[path], entry)
        : placed[path]?.version === entry.version,
    );
}

/** The one optional package that tells whether the optional ones of this machine were wanted. */
const ownNode = `node_modules/node-${process.platform}-${process.arch}`;

/** Those of other machines are in the lock, and rightly not here. */
const isAbsentOrSame = (placed, wanted) => placed === undefined || placed.version === wanted.version;

function packagesOf(file) {
  const text = readIfThere(file);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

export function markInstalled(root) {
  linkCommand(root);
  const stamp = stampOf(root);
  writeFileSync(`${stamp}.partial`, wantedStamp(root));
  renameSync(`${stamp}.partial`, stamp);
}

/** npm links a workspace's command only if its file was there when it installed. */
function linkCommand(root) {
  const link = join(root, 'node_modules/.bin/rockpool');
  if (!existsSync(link) && existsSync(join(root, 'node_modules/.bin')))
    symlinkSync('../../agent/rockpool.mjs', link);
}

export function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}
