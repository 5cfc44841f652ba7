/** The appliance's main job as a person lives it: the real process, the built-in model, a real browser, the page it ships. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, openBrowser, openPage, type Watched } from '../../web/test/browser.ts';
import { type Appliance, startAppliance } from './appliance.ts';
import { handbook } from './handbook.ts';

let appliance: Appliance;
let browser: Browser;
let ada: Watched;
let page: Page;

beforeAll(async () => {
  [appliance, browser] = await Promise.all([startAppliance(), openBrowser()]);
  ada = await open();
  page = ada.page;
});
afterAll(async () => {
  await browser?.close();
  await appliance?.remove();
});

/** A page of its own, whose every error is a complaint. */
async function open(options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await openPage(browser, { serviceWorkers: 'allow', ...options });
  watched.page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watched.complaints.push(`console: ${message.text()}`);
  });
  watched.page.setDefaultTimeout(20_000);
  return watched;
}

const passwords = { ada: 'correct horse battery', bob: 'another long password' };
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const answered = (where: Page = page) => where.locator('.answer-last .message-acts');

async function newChat(words: string): Promise<void> {
  await page.goto(appliance.address);
  await page.locator('.welcome').waitFor();
  await ask(page, words);
  await answered().waitFor();
}

test('someone opens the printed address, sets the device up, and is remembered in a new chat', async () => {
  await page.goto(appliance.address);
  await page.getByLabel('Setup code').fill(appliance.setupCode ?? '');
  await button('Continue').click();
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(passwords.ada);
  await button('Create account').click();
  await button('Begin').click();

  await page.getByRole('heading', { name: /, ada$/ }).waitFor();
  await ask(page, 'Remember that the alarm code is 4471');
  await page.locator('.noted-fact', { hasText: 'The alarm code is 4471.' }).waitFor();
  expect(await page.locator('.noted-fact').textContent()).toContain('Remembered');
  await answered().waitFor();

  await newChat('What is the alarm code?');
  expect(await page.locator('.answer-last .prose').textContent()).toContain('4471');
  await page.locator('.answer-last .cite').first().click();
  await page.locator('.source-panel .passage-cited', { hasText: 'The alarm code is 4471.' }).waitFor();
});

test('a PDF is added to a chat, and a later answer opens the page it comes from', async () => {
  await page.goto(appliance.address);
  await page.setInputFiles('.composer input[type=file]', {
    name: 'handbook.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from(await handbook()),
  });
  await page.locator('.chip', { hasText: 'handbook.pdf' }).waitFor();
  await page.fill('#composer', 'What is this about?');
  await page.locator('button.send:enabled').click();
  await page.locator('.chips-sent', { hasText: 'handbook.pdf' }).waitFor();
  await answered().waitFor();

  await newChat('Where do visitors park?');
  expect(await page.locator('.answer-last .prose').textContent()).toContain('behind the bakery');
  await page
    .getByRole('button', { name: /^Open source \d: handbook\.pdf, p\. 2$/ })
    .first()
    .click();
  const cited = page.locator('.passage-cited', { hasText: 'Page 2' });
  await cited.locator('mark', { hasText: 'Visitors park behind the bakery.' }).waitFor();
});

test('a file that cannot be read says why, in the language of who added it', async () => {
  const chinese = await open({ locale: 'zh-CN', storageState: await page.context().storageState() });
  await chinese.page.goto(`${appliance.address}/settings/documents`);
  await chinese.page.setInputFiles('.dropzone input[type=file]', {
    name: 'scan.png',
    mimeType: 'image/png',
    buffer: Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0', 'latin1'),
  });
  const why = chinese.page.locator('.note-wrong');
  await why.waitFor();
  expect(await why.textContent()).toMatch(/图片/u);
  expect(chinese.complaints).toEqual([]);
  await chinese.close();
});

test('a key is shown once, and a fact is forgotten', async () => {
  await page.goto(`${appliance.address}/settings/keys`);
  await page.getByLabel('What is it for?').fill('editor');
  await button('Create key').click();
  const key = (await page.locator('.secret').textContent()) ?? '';
  expect(key).toMatch(/^rp-/);
  await button('Done').click();
  await page.locator('.row', { hasText: 'editor' }).waitFor();
  expect(await page.content()).not.toContain(key);

  await page.goto(`${appliance.address}/settings/memory`);
  await page.getByLabel('Remember something').fill('The printer is on the second floor');
  await button('Add').click();
  const menu = page.getByRole('button', { name: /^More for “The printer/ });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Forget' }).click();
  await menu.waitFor({ state: 'detached' });
  await page.locator('.row', { hasText: 'The alarm code is 4471.' }).waitFor();
});

test("someone joins by a link, in Chinese, and sees nothing of ada's", async () => {
  await page.goto(`${appliance.address}/settings/people`);
  await button('Invite someone').click();
  const link = (await page.locator('.secret').textContent()) ?? '';

  const bob = await open({ locale: 'zh-CN' });
  await bob.page.goto(link);
  await bob.page.getByLabel('用户名').fill('bob');
  await bob.page.getByLabel('密码', { exact: true }).fill(passwords.bob);
  await bob.page.getByRole('button', { name: '加入' }).click();
  await bob.page.getByRole('heading', { name: /，bob$/ }).waitFor();
  await ask(bob.page, 'What is the alarm code?');
  await answered(bob.page).waitFor();
  expect(await bob.page.locator('.answer-last').textContent()).not.toContain('4471');
  expect(await bob.page.locator('.answer-last .cite').count()).toBe(0);
  for (const tab of ['memory', 'documents']) {
    await bob.page.goto(`${appliance.address}/settings/${tab}`);
    await bob.page.locator('.nothing').waitFor();
  }
  expect(bob.complaints).toEqual([]);
  await bob.close();
});

test('signing out ends it, and signing in brings the chats back', async () => {
  await page.goto(`${appliance.address}/settings/account`);
  await button('Sign out').click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(passwords.ada);
  await button('Sign in').click();
  await page.locator('.session', { hasText: 'Where do visitors park?' }).first().waitFor();
  expect(ada.complaints).toEqual([]);
});
