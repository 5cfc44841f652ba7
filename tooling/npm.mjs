/** Driver for npm: fills node_modules from the lock file, whatever npm or HOME this was started under. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { CannotPrepare } from './refusal.mjs';

/** No package's install script is run: what is needed ships prebuilt, and scripts would fetch from elsewhere. */
const options = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--include=dev', '--include=optional'];

export async function npmCi(root) {
  const scratch = homeIsUsable() ? undefined : mkdtempSync(join(tmpdir(), 'rockpool-npm-'));
  try {
    const { code, output } = await run(options, root, environment(root, scratch));
    if (code !== 0) throw new CannotPrepare(whyItFailed(output), lastLines(output));
  } finally {
    if (scratch) rmSync(scratch, { recursive: true, force: true });
  }
}

/** npm keeps its cache there, and fails without a place for it. */
function homeIsUsable() {
  const home = homedir();
  if (!home || process.env.HOME === '') return false;
  const cache = join(home, '.npm');
  try {
    accessSync(existsSync(cache) ? cache : home, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** An npm that started us passes its own settings on, some of which would send this one to another folder. */
function environment(root, scratch) {
  const env = { ...process.env, PATH: pathOutside(root) };
  for (const name of [
    'local_prefix',
    'workspace',
    'workspaces',
    'global',
    'omit',
    'include',
    'production',
    'dry_run',
    'prefix',
  ]) {
    delete env[`npm_config_${name}`];
  }
  delete env.NODE_ENV;
  return scratch ? { ...env, HOME: scratch, npm_config_cache: join(scratch, '.npm') } : env;
}

/** Without node_modules/.bin: `npm ci` removes the folder first, and must not be run by a Node that lives in it. */
const pathOutside = (root) =>
  (process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin')
    .split(delimiter)
    .filter(
      (folder) => !folder.startsWith(join(root, 'node_modules')) && !folder.endsWith('node_modules/.bin'),
    )
    .join(delimiter);

function run(args, cwd, env) {
  const [command, ...first] = npmCommand(env.PATH);
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(command, [...first, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-20_000);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

function npmCommand(path) {
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find((file) => existsSync(file));
  if (found) return [found];
  const beside =
    process.env.npm_execpath ?? join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  if (existsSync(beside)) return [process.execPath, beside];
  throw new CannotPrepare(
    'npm is missing, and packages have to be installed; install npm, then start again.',
  );
}

function whyItFailed(output) {
  if (/ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT/.test(output)) {
    return 'The packages could not be fetched; connect this machine to the internet (or set a registry for npm) for the first start.';
  }
  if (/ENOSPC/.test(output)) return 'The disk is full; free about 1 GB, then start again.';
  if (/EACCES|EPERM|EROFS/.test(output))
    return 'npm may not write where it has to; start once as the owner of this folder.';
  return 'npm could not install the packages; this is what it said last:';
}

const lastLines = (output) =>
  output
    .split('\n')
    .filter((line) => line.trim() && !/complete log of this run|^npm (?:warn|notice)/.test(line))
    .slice(-8);
