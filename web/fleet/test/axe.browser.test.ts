import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desk, openBrowser, openPage, phone } from '../../test/browser.ts';
import { type Built, buildPage } from '../../test/build.ts';
import { faults } from '../../test/faults.ts';
import { serve } from './fake-controller.fixture.ts';
import { livedIn } from './fake-fleet.fixture.ts';

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

/** Dialogs are made of the same parts on every screen: each choice once is enough. */
const fewer = [variants[0], { ...variants[3], ...phone, name: 'dark, Chinese, phone' }];

const pages = [
  ['#/?by=region', '.tile'],
  ['#/devices?worst=notice', '.device-link'],
  ['#/devices/york', 'canvas'],
  ['#/alerts', '.kind'],
  ['#/alerts?closed', '.alert-closed'],
  ['#/rollouts', '.rollout-row'],
  ['#/rollouts/0199c0de-0000-4000-9000-000000000001', 'progress'],
  ['#/rollouts/0199c0de-0000-4000-9000-000000000002', '.alert-cure'],
  ['#/rollouts/0199c0de-0000-4000-9000-000000000003', '.acts'],
  ['#/rollouts/new', '.wave-field'],
  ['#/releases', '.row'],
  ['#/enrolment', '.row'],
  ['#/operators', '.row'],
  ['#/audit', 'tbody tr'],
] as const;

test.each(variants)('nothing bars anyone: every page ($name)', async ({ name: _, ...variant }) => {
  const fake = await serve(livedIn(60), built.folder);
  const { page, complaints, close } = await openPage(browser, { ...variant, reducedMotion: 'reduce' });
  const clean = async (what: string) => expect(await faults(page), what).toEqual([]);
  try {
    fake.operator = null;
    await page.goto(fake.url);
    await page.locator('form').waitFor();
    await page.locator('[type=submit]').click();
    await clean('sign-in, with what is missing');
    fake.needsSetup = true;
    await page.reload();
    await page.locator('.input-code').waitFor();
    await clean('setup');
    Object.assign(fake, { needsSetup: false, operator: { name: 'ada', role: 'admin' } });
    await page.reload();
    await page.locator('.cell, .tile').first().waitFor();
    await clean('overview, by branch');
    for (const [hash, shows] of pages) {
      await page.evaluate((to) => location.assign(to), hash);
      await page.locator(shows).first().waitFor();
      await clean(hash);
    }
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await fake.close();
  }
});

test.each(fewer)('nothing bars anyone: what opens above a page ($name)', async ({ name: _, ...variant }) => {
  const fake = await serve(livedIn(60), built.folder);
  const { page, complaints, close } = await openPage(browser, { ...variant, reducedMotion: 'reduce' });
  const clean = async (what: string) => expect(await faults(page), what).toEqual([]);
  const leave = async () => {
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  };
  try {
    await page.goto(`${fake.url}/#/devices/york`);
    await page.locator('.commands button').nth(3).click();
    await page.locator('dialog form').waitFor();
    await clean('settings');
    await leave();
    await page.locator('.chart-table summary').click();
    await page.locator('.revoke button').click();
    await page.locator('dialog [type=submit]').click();
    await clean('revoking, with what is missing');
    await leave();
    await page.evaluate(() => location.assign('#/devices'));
    await page.locator('tbody input').first().check();
    await page.locator('.selection .button-main').click();
    await page.locator('dialog form').waitFor();
    await clean('a command to many');
    await leave();
    await page.evaluate(() => location.assign('#/rollouts/0199c0de-0000-4000-9000-000000000001'));
    await page.locator('.acts .button-danger').click();
    await page.locator('dialog form').waitFor();
    await clean('halting a rollout');
    await leave();
    await page.evaluate(() => location.assign('#/rollouts/new'));
    await page.locator('.wave-field-size input').first().fill('none');
    await page.locator('[type=submit]').click();
    await page.locator('.note-wrong').waitFor();
    await clean('a rollout, with what is wrong');
    await page.locator('.wave-field-size input').first().fill('1');
    await page.locator('[type=submit]').click();
    await page.locator('.forecast .button-main').click();
    await page.locator('dialog form').waitFor();
    await clean('a forecast, and the question before a start');
    await leave();
    await page.evaluate(() => location.assign('#/enrolment'));
    await page.locator('form .button-main').click();
    await page.locator('dialog .qr').waitFor();
    await clean('a claim');
    await leave();
    await page.keyboard.press('?');
    await page.locator('.shortcuts').waitFor();
    await clean('keys');
    await leave();
    fake.isAway = true;
    fake.change({ devices: null, alerts: true, commands: true });
    await page.locator('.link-banner').waitFor();
    await clean('a controller that is away');
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await fake.close();
  }
});
