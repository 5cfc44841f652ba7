/** The setup page in a browser, before a device that remembers: every step, both languages, and nothing that bars anyone. */
import { formClaimCode } from '@rockpool/protocol/claim';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desk, openBrowser, openPage, phone } from '../../web/test/browser.ts';
import { type Built, buildPage } from '../../web/test/build.ts';
import { faults } from '../../web/test/faults.ts';
import { stepIds } from '../steps/step.ts';
import { labelCode, recovery } from './fake-root.fixture.ts';
import { openSetup, type Setup } from './page.fixture.ts';

let browser: Browser;
let built: Built;
beforeAll(async () => {
  [browser, built] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser.close();
  await built.remove();
});

const claim = formClaimCode(Array.from({ length: 18 }, (_, i) => i));

/** A page and the device behind it, closed after, with nothing to complain of. */
async function visit(
  tell: (page: Page, setup: Setup, url: string) => Promise<void>,
  options: Parameters<typeof openPage>[1] = {},
): Promise<void> {
  const setup = await openSetup({ pageFolder: built.folder });
  const url = `https://127.0.0.1:${setup.port()}/`;
  const { page, complaints, close } = await openPage(browser, {
    ...{ ignoreHTTPSErrors: true, reducedMotion: 'reduce', ...options },
  });
  try {
    await tell(page, setup, url);
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await setup.close();
  }
}

const next = (page: Page) => page.locator('.button-main').click();
const heading = (page: Page, words: string) => page.getByRole('heading', { name: words, level: 1 }).waitFor();

async function giveCode(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('input').fill(labelCode);
  await next(page);
  await page.locator('textarea').waitFor();
}

/** Reads which words are asked for, as a person reads the labels. */
async function giveWords(page: Page): Promise<void> {
  const labels = await page.locator('.field-label').allTextContents();
  for (const [i, label] of labels.entries()) {
    const place = Number(/\d+/.exec(label)?.[0]) - 1;
    await page.locator('input').nth(i).fill(` ${recovery.words[place]?.toUpperCase()} `);
  }
  await next(page);
}

test('someone with a phone sets a device up, from the code on the label to the first account', async () => {
  await visit(async (page, setup, url) => {
    await page.goto(url);
    await heading(page, 'Enter the code on the label');
    await page.getByLabel('Setup code').pressSequentially('7kqm2xwr');
    expect(await page.getByLabel('Setup code').inputValue()).toBe(labelCode);
    await next(page);

    await heading(page, 'Name this device');
    await page.getByLabel('Name').fill('York Office');
    await page.getByText('https://york-office.local/').waitFor();
    await page.getByLabel('Claim').pressSequentially(claim.toLowerCase().replaceAll('-', ' '));
    expect(await page.getByLabel('Claim').inputValue()).toBe(claim);
    await page.getByText('This claim is complete.').waitFor();
    await next(page);

    await heading(page, 'Setting up');
    expect([setup.root.name, setup.root.claim]).toEqual(['york-office', claim]);
    setup.root.set('clock', 'done');
    setup.root.set('disk-format', 'running');
    await page.getByText('A disk that is pulled out can’t be read.').waitFor();
    await page.getByText(`1 of ${stepIds.length} done`).waitFor();

    await setup.root.work();
    await heading(page, 'Write down the recovery key');
    expect(await page.locator('.words li').allTextContents()).toEqual(
      recovery.words.map((word, place) => `${place + 1}${word}`),
    );
    expect((await page.locator('.letters').textContent())?.trim()).toBe(recovery.key);
    await next(page);
    await heading(page, 'Two words, to be sure');
    await giveWords(page);

    await heading(page, 'Install the office certificate');
    const finger = await page.locator('.finger code').textContent();
    expect(finger?.replaceAll(' ', '').toLowerCase()).toBe(setup.root.authority?.sha256);
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'york-office is ready');
    expect(await page.locator('a.button-main').getAttribute('href')).toBe(
      `https://york-office.local/#setup=${labelCode}`,
    );
    await page.locator('.setup-qr svg').waitFor();
  }, phone);
});

test("the label's QR code opens the page with the code in it, and leaves none in the address", async () => {
  await visit(async (page, _setup, url) => {
    await page.goto(`${url}#code=${labelCode}`);
    await heading(page, 'Name this device');
    expect(page.url()).toBe(url);
    await page.reload();
    await heading(page, 'Name this device');
  });
});

test('a wrong code is told, and after some the page waits with its reader', async () => {
  await visit(async (page, setup, url) => {
    await page.goto(url);
    await page.locator('input').fill('7KQM-2XW0');
    await page.getByText('The code has no “0”').waitFor();
    for (let n = 0; n < 5; n += 1) {
      await page.locator('input').fill('AAAA-AAAA');
      await next(page);
      await page.getByText('That is not the code on the label.').waitFor();
      await expect.poll(() => setup.logged.length).toBe(n + 1);
    }
    await page.getByText('Wait 2 seconds, then try again.').waitFor();
    expect(await page.locator('.button-main').isDisabled()).toBe(true);
    setup.clock.at += 2;
    await expect.poll(() => page.locator('.button-main').isDisabled()).toBe(false);
    await page.locator('input').fill(labelCode);
    await next(page);
    await heading(page, 'Name this device');
  });
});

test('a claim is checked while it is typed, and taken from a file', async () => {
  await visit(async (page, _setup, url) => {
    await giveCode(page, url);
    const field = page.getByLabel('Claim');
    for (const [typed, words] of [
      ['RP-ABCDE', 'Complete at 20 letters and digits; 5 so far.'],
      [`${claim}7`, 'That is 21 letters and digits; a claim has 20.'],
      [claim.replace('RP-0', 'RP-U'), 'A claim has no “U”.'],
      [claim.replace('RP-0', 'RP-7'), 'Something is mistyped; look at group 1 first.'],
    ]) {
      await field.fill(typed ?? '');
      await page.getByText(words ?? '').waitFor();
    }
    await next(page);
    await heading(page, 'Name this device');
    const file = (text: string) => ({
      name: 'rockpool.claim',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });
    await page.locator('input[type=file]').setInputFiles(file('holiday photos'));
    await page.getByText('This file is not a claim.').waitFor();
    const pin = `sha256/${'A'.repeat(43)}=`;
    const whole = { version: 1, controller: 'https://fleet.example:8443', pin, claim };
    await page.locator('input[type=file]').setInputFiles(file(JSON.stringify(whole, null, 2)));
    await page.getByText('A claim file for fleet.example:8443.').waitFor();
    await next(page);
    await heading(page, 'Setting up');
  });
});

test('what the controller refuses is told with what to do, and then tried again', async () => {
  await visit(async (page, setup, url) => {
    await giveCode(page, url);
    await page.getByLabel('Claim').fill(claim);
    await next(page);
    await heading(page, 'Setting up');
    setup.root.phase = 'refused';
    setup.root.refusal = { code: 'claim-used', says: 'used' };
    setup.root.set('enrolment', 'failed', 'used');
    await heading(page, 'Something is in the way');
    await page.getByText('Another device has used this claim.').waitFor();
    await page.getByRole('button', { name: 'Change name or claim' }).click();
    await page.getByLabel('Claim').fill(formClaimCode(Array.from({ length: 18 }, () => 7)));
    await next(page);
    await heading(page, 'Setting up');
    expect(setup.root.phase).toBe('working');
  });
});

test('a claim whose controller never answers can be replaced by another, or kept', async () => {
  await visit(async (page, setup, url) => {
    for (const another of ['', formClaimCode(Array.from({ length: 18 }, () => 9))]) {
      await giveCode(page, url);
      await page.getByLabel('Claim').fill(claim);
      await next(page);
      await heading(page, 'Setting up');
      setup.root.needsClaim = false;
      setup.root.phase = 'refused';
      setup.root.refusal = { code: 'unreachable', says: 'unreachable' };
      setup.root.set('enrolment', 'failed', 'unreachable');
      await heading(page, 'Something is in the way');
      await page.getByRole('button', { name: 'Change name or claim' }).click();
      await page.getByText('Only if you have another').waitFor();
      await page.getByLabel('Claim').fill(another);
      await next(page);
      await heading(page, 'Setting up');
      expect(setup.root.claim).toBe(another || undefined);
      await page.context().clearCookies();
      Object.assign(setup.root, { phase: 'fresh', needsClaim: true, refusal: null });
      setup.root.set('enrolment', 'waiting');
    }
  });
});

test('a word that is not on the paper does not pass, and the key can be seen again', async () => {
  await visit(async (page, setup, url) => {
    await giveCode(page, url);
    await setup.root.work();
    await heading(page, 'Write down the recovery key');
    await next(page);
    await page.locator('input').first().fill('zoo');
    await page.locator('input').last().fill('zoo');
    await next(page);
    await page.getByText('A word does not fit.').waitFor();
    expect(setup.root.phase).toBe('recovery');
    await page.getByRole('button', { name: 'Show the key again' }).click();
    await heading(page, 'Write down the recovery key');
  });
});

test('on paper stand the name, the key in its three forms and where to keep it, and nothing of the page', async () => {
  await visit(async (page, setup, url) => {
    await giveCode(page, url);
    await setup.root.work();
    await page.locator('.words').waitFor();
    await page.emulateMedia({ media: 'print' });
    const shown = async (selector: string) => await page.locator(selector).first().isVisible();
    for (const part of ['.paper-title', '.words', '.letters', '.qr', '.paper-foot'])
      expect(await shown(part), part).toBe(true);
    for (const part of ['.door-acts', '.door-foot', '.steps', '.tide'])
      expect(await shown(part), part).toBe(false);
    expect(await page.locator('.paper-title').textContent()).toBe('Recovery key of leeds');
  });
});

test('a device whose disk did not open takes its recovery key, as words or as letters, and asks for no code', async () => {
  for (const typed of [recovery.words.join('\n'), recovery.key]) {
    await visit(async (page, setup, url) => {
      setup.root.phase = 'locked';
      setup.root.codeHash = null;
      setup.root.tell();
      await expect.poll(async () => (await setup.send('/setup/api/state')).json.phase).toBe('locked');
      await page.goto(url);
      await heading(page, 'The data disk did not open');
      await page.getByLabel('Recovery key').fill('no such key');
      await next(page);
      await page.getByText('This recovery key does not open the disk.').waitFor();
      await page.getByLabel('Recovery key').fill(typed);
      await next(page);
      await page.getByText('The disk is open.').waitFor();
      expect(setup.root.phase).toBe('done');
    });
  }
});

test('a session that ended asks for the code again, and says why', async () => {
  await visit(async (page, _setup, url) => {
    await giveCode(page, url);
    await page.context().clearCookies();
    await page.getByLabel('Claim').fill(claim);
    await next(page);
    await page.getByText('Too much time has passed.').waitFor();
    await page.getByLabel('Setup code').waitFor();
  });
});

test('all of it can be done by keyboard', async () => {
  await visit(async (page, setup, url) => {
    await page.goto(url);
    await page.locator('input:focus').waitFor();
    await page.keyboard.type(labelCode);
    await page.keyboard.press('Enter');
    await page.locator('textarea').waitFor();
    await page.locator('input:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type(claim);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await heading(page, 'Setting up');
    await setup.root.work();
    await heading(page, 'Write down the recovery key');
    await page.locator('h1:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('input:focus').waitFor();
  });
});

// Pairs of the three choices: every two of them meet, without all eight.
const variants = [
  { name: 'light, English, desk', colorScheme: 'light', locale: 'en-GB', ...desk },
  { name: 'dark, English, phone', colorScheme: 'dark', locale: 'en-GB', ...phone },
  { name: 'light, Chinese, phone', colorScheme: 'light', locale: 'zh-CN', ...phone },
  { name: 'dark, Chinese, desk', colorScheme: 'dark', locale: 'zh-CN', ...desk },
] as const;

test.each(variants)('nothing bars anyone from any step ($name)', async ({ name: _, ...variant }) => {
  await visit(async (page, setup, url) => {
    const clean = async (what: string) => {
      expect(await faults(page), what).toEqual([]);
      const tooWide = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
      expect(await page.evaluate(tooWide), `${what} is wider than the screen`).toBe(false);
      // All of it in one language: no English sentence on the Chinese page.
      if (variant.locale === 'zh-CN')
        expect(await page.locator('h1').textContent(), what).toMatch(/\p{sc=Han}/u);
    };
    await page.goto(url);
    await page.locator('form').waitFor();
    await next(page);
    await page.locator('.note-wrong').waitFor();
    await clean('the code, missing');
    await giveCode(page, url);
    await page.locator('textarea').fill('RP-7');
    await next(page);
    await page.locator('.note-wrong').waitFor();
    await clean('name and claim');
    await page.locator('textarea').fill(claim);
    await next(page);
    await page.locator('.work').waitFor();
    setup.root.set('clock', 'done');
    setup.root.set('disk-format', 'running');
    await page.locator('.work-running .note').waitFor();
    await clean('progress');
    setup.root.phase = 'refused';
    setup.root.refusal = { code: 'disk-format', says: 'This disk holds something else.' };
    setup.root.tell();
    await page.locator('.problem').waitFor();
    await page.locator('summary').click();
    await clean('refused');
    await setup.root.work();
    await page.locator('.words').waitFor();
    await clean('the recovery key');
    await next(page);
    await page.locator('form').waitFor();
    await clean('two words');
    await giveWords(page);
    await page.locator('.deeds').waitFor();
    for (const system of ['ios', 'android', 'windows']) {
      await page.selectOption('select', system);
      await clean(`the certificate on ${system}`);
    }
    await page.locator('.door-acts .button').click();
    await page.locator('.setup-qr').waitFor();
    await clean('done');
  }, variant);
});
