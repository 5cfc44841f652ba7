import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tabs } from '../routes.ts';
import { ask, desk, openBrowser, openPage, phone } from './browser.ts';
import { type Built, buildPage } from './build.ts';
import { FakeDevice, livedIn } from './fake-device.ts';
import { serve } from './fake-server.ts';
import { faults } from './faults.ts';

let browser: Browser;
let built: Built;
beforeAll(async () => {
  [browser, built] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser.close();
  await built.remove();
});

// Pairs of the three choices: every two of them meet, without all eight.
const variants = [
  { name: 'light, English, desk', colorScheme: 'light', locale: 'en-GB', ...desk },
  { name: 'dark, English, phone', colorScheme: 'dark', locale: 'en-GB', ...phone },
  { name: 'light, Chinese, phone', colorScheme: 'light', locale: 'zh-CN', ...phone },
  { name: 'dark, Chinese, desk', colorScheme: 'dark', locale: 'zh-CN', ...desk },
] as const;

test.each(variants)(
  'nothing bars anyone: setup, sign-in, chat and its panels ($name)',
  async ({ name: _, ...variant }) => {
    const fresh = await serve(new FakeDevice(), built.folder);
    const lived = await serve(livedIn(), built.folder);
    const { page, complaints, close } = await openPage(browser, { ...variant, reducedMotion: 'reduce' });
    const clean = async (what: string) => expect(await faults(page), what).toEqual([]);
    try {
      await page.goto(fresh.url);
      await page.locator('form').waitFor();
      await clean('setup');
      const person = lived.device.signedIn;
      lived.device.signedIn = null;
      await page.goto(`${lived.url}/login`);
      await page.locator('form').waitFor();
      await page.click('[type=submit]');
      await clean('login, with what is missing');
      lived.device.signedIn = person;
      await page.goto(lived.url);
      await page.locator('.welcome').waitFor();
      await clean('welcome');
      await ask(page, 'How many days of holiday may I carry over, and by when are requests made?');
      await page.locator('.answer-last .hljs-keyword').first().waitFor();
      await page.locator('.answer-last math').first().waitFor();
      await clean('an answer');
      await page.locator('.cite').first().click();
      await page.locator('.passage mark').waitFor();
      await clean('a source');
      await page.keyboard.press('Escape');
      await ask(page, 'please fail');
      await page.locator('.problem').waitFor();
      await clean('a failure');
      await page.keyboard.press('Control+k');
      await page.locator('dialog input:focus').waitFor();
      await page.locator('.hit').first().waitFor();
      await clean('search');
      expect(complaints).toEqual([]);
    } finally {
      await close();
      await fresh.close();
      await lived.close();
    }
  },
);

test.each(variants)('nothing bars anyone: the certificate page ($name)', async ({ name: _, ...variant }) => {
  const lived = await serve(livedIn(), built.folder);
  const { page, complaints, close } = await openPage(browser, { ...variant, reducedMotion: 'reduce' });
  try {
    await page.goto(`${lived.url}/ca`);
    await page.locator('.deeds').waitFor();
    expect(await faults(page)).toEqual([]);
    const links: (string | null)[] = [];
    for (const system of ['ios', 'mac', 'android', 'windows', 'other']) {
      await page.selectOption('select', system);
      links.push(await page.locator('.button-main').getAttribute('href'));
    }
    expect(links).toEqual(['/ca.mobileconfig', '/ca.mobileconfig', '/ca.crt', '/ca.cer', '/ca.crt']);
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await lived.close();
  }
});

test.each(variants)('nothing bars anyone: settings ($name)', async ({ name: _, ...variant }) => {
  const lived = await serve(livedIn(), built.folder);
  const { page, complaints, close } = await openPage(browser, { ...variant, reducedMotion: 'reduce' });
  try {
    for (const tab of tabs) {
      await page.goto(`${lived.url}/settings/${tab}`);
      await page
        .locator(tab === 'account' || tab === 'about' || tab === 'models' ? '.card' : '.row')
        .first()
        .waitFor();
      expect(await faults(page), tab).toEqual([]);
    }
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await lived.close();
  }
});
