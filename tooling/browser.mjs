/** Whether the browser tests can run: Chromium of the distribution and a font for Chinese, installed where we may. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { oneAtATime } from './one-at-a-time.mjs';
import { progress } from './progress.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @returns the path of a Chromium, or undefined */
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isRunnable);
}

function isRunnable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const hasChineseFont = () =>
  ['/usr/share/fonts', '/usr/local/share/fonts']
    .filter((folder) => existsSync(folder))
    .some((folder) =>
      readdirSync(folder, { recursive: true }).some((name) =>
        /NotoSans(?:Mono)?CJK|wqy|DroidSansFallback/i.test(String(name)),
      ),
    );

/** @returns what the tests are told: where Chromium is, or one sentence about why it isn't */
export async function prepareBrowser() {
  const missing = [...(findBrowser() ? [] : ['chromium']), ...(hasChineseFont() ? [] : ['fonts-noto-cjk'])];
  if (missing.length > 0 && process.getuid?.() === 0 && isRunnable('/usr/bin/apt-get')) {
    await oneAtATime('apt', () => aptInstall(missing));
  }
  const browser = findBrowser();
  return browser ? { CHROMIUM: browser } : { ROCKPOOL_TEST_NO_BROWSER: howToGetOne };
}

const howToGetOne =
  "The browser tests are left out: they need Chromium; install it with 'sudo apt-get install chromium fonts-noto-cjk', or set CHROMIUM to one.";

function aptInstall(packages) {
  const line = progress(`Installing ${packages.join(' and ')} (apt-get)`);
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
  process.stderr.write(`apt-get could not install ${packages.join(' and ')}:\n  ${last}\n`);
}
