/** Whether the browser tests can run: Chromium of the distribution and a font for Chinese, installed where we may. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installPackages, isRunnable } from './apt.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @returns the path of a Chromium, or undefined */
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isRunnable);
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
  await installPackages(missing);
  const browser = findBrowser();
  return browser ? { CHROMIUM: browser } : { ROCKPOOL_TEST_NO_BROWSER: howToGetOne };
}

const howToGetOne =
  "The browser tests are left out: they need Chromium; install it with 'sudo apt-get install chromium fonts-noto-cjk', or set CHROMIUM to one.";
