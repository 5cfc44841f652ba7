/** Brings a checkout to where it can run: packages installed, page built, the project's own Node found. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFilledByNpm, isInstalled, markInstalled } from './installed.mjs';
import { npmCi } from './npm.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { progress } from './progress.mjs';
import { CannotPrepare } from './refusal.mjs';
import { buildWeb, isWebBuilt } from './web.mjs';

export { CannotPrepare } from './refusal.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Touches neither npm nor the network when the tree is complete, and prints nothing then. */
export async function install(mode = 'always') {
  if (isInstalled(root)) return;
  if (!canWrite(root) && isFilledByNpm(root)) return;
  refuseUnwritable('install what is missing');
  await oneAtATime(
    `install ${root}`,
    () => installNow(mode),
    () => tell('Another start is installing; waiting for it …', mode),
  );
}

async function installNow(mode) {
  if (isInstalled(root)) return;
  if (!isFilledByNpm(root)) {
    const line = progress('Installing what is missing (npm ci)', mode);
    await npmCi(root).catch((error) => {
      line.fail();
      throw error;
    });
    line.done();
  }
  markInstalled(root);
}

/** Builds web/dist when it is absent or its sources are others than those it was built from. */
export async function web(mode = 'always') {
  if (isWebBuilt(root)) return;
  refuseUnwritable('build the page');
  await oneAtATime(`web ${root}`, () => webNow(mode));
}

async function webNow(mode) {
  if (isWebBuilt(root)) return;
  const line = progress('Building the page', mode);
  await buildWeb(root, projectNode()).catch((error) => {
    line.fail();
    throw error;
  });
  line.done();
}

/** @returns the path of the Node this project is pinned to */
export function projectNode() {
  const node = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(node)) return node;
  if (isNewEnough()) return process.execPath;
  throw new CannotPrepare(
    `Rockpool brings its own Node for Linux on x64 and arm64; on ${process.platform}-${process.arch} start it with Node 26 or newer.`,
  );
}

export const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= 26;

function refuseUnwritable(deed) {
  if (canWrite(root)) return;
  throw new CannotPrepare(
    `You can't write in ${root}, so Rockpool can't ${deed}; start it once as the folder's owner.`,
  );
}

function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function tell(text, mode) {
  if (mode === 'always' || process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
