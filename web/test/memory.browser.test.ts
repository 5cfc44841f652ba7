import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage } from './browser.ts';
import { type Built, buildPage } from './build.ts';
import { livedIn } from './fake-device.ts';
import { serve } from './fake-server.ts';

let browser: Browser;
let built: Built;
beforeAll(async () => {
  [browser, built] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser.close();
  await built.remove();
});

async function opened(locale = 'en-GB') {
  const server = await serve(livedIn(), built.folder);
  const { page, complaints, close } = await openPage(browser, { locale });
  const go = () => page.goto(`${server.url}/settings/memory`);
  const done = async () => {
    await close();
    await server.close();
    expect(complaints).toEqual([]);
  };
  return { server, device: server.device, page, go, [Symbol.asyncDispose]: done };
}

test('a fact tells whose word it is, since when it holds, and every message that it was said in', async () => {
  await using home = await opened();
  const { device, page } = home;
  const chat = device.addSession('Alarm');
  const fact = device.remember('The alarm code is 9920.');
  const [at, id] = [Date.UTC(2026, 2, 2), chat.id];
  Object.assign(fact, {
    ...{ validFrom: Date.UTC(2026, 4, 1), validUntil: Date.UTC(2026, 11, 1), origin: 'agent' },
    evidence: [
      { sessionId: id, messageId: 11, at },
      { sessionId: id, messageId: 12, at: at + 1 },
    ],
  });
  await home.go();
  const row = page.locator('.row', { hasText: '9920' });
  await row.waitFor();
  expect(await row.textContent()).toContain('Drawn from what you said');
  expect(await row.textContent()).toMatch(/Holds from 1 May 2026.*Holds until 1 Dec 2026/);
  expect(await row.getByRole('link', { name: 'Open the chat' }).getAttribute('href')).toContain('12');
  expect(await row.getByRole('link', { name: /^Also said on/ }).getAttribute('href')).toContain('11');
});

test.each([
  ['en-GB', 'Kind', 'Preferences', 'Said since'],
  ['zh-CN', '类别', '偏好', '从哪天起'],
])('what is listed is narrowed by kind and by day (%s)', async (locale, kind, preferences, since) => {
  await using home = await opened(locale);
  home.device.remember('I prefer tea.');
  await home.go();
  await home.page.locator('.row', { hasText: 'tea' }).waitFor();
  const asked = home.page.waitForRequest(/\/api\/memory\?kind=preference$/);
  await home.page.getByLabel(kind, { exact: true }).selectOption(preferences);
  await asked;
  const both = home.page.waitForRequest(/\/api\/memory\?kind=preference&since=2026-03-02$/);
  await home.page.getByLabel(since, { exact: true }).fill('2026-03-02');
  await both;
});

test('text that nobody confirmed says so, and becomes a fact by a click', async () => {
  await using home = await opened();
  Object.assign(home.device.remember('The bank account changed.'), { origin: 'untrusted' });
  await home.go();
  const row = home.page.locator('.row', { hasText: 'bank account' });
  await row.getByText('Not confirmed').waitFor();
  await row.getByRole('button', { name: /^More for/ }).click();
  await home.page.getByRole('menuitem', { name: 'It is true: use it' }).click();
  await row.getByText('Not confirmed').waitFor({ state: 'detached' });
});

test('it shows how full memory is, and how far the vectors are until they are all made', async () => {
  await using home = await opened();
  home.device.waiting = 2;
  await home.go();
  await home.page.getByText(/can be found by meaning; the others by their words/).waitFor();
  await home.page.getByText(/current, 1 replaced · room for 100,000/).waitFor();
  await home.page
    .getByRole('progressbar', { name: 'Facts that can be found by meaning' })
    .waitFor({ state: 'detached' });
});

test('everything goes out in both forms, and is erased only by who types it', async () => {
  await using home = await opened();
  const { page, device } = home;
  await home.go();
  await page.getByLabel('With all my chats').check();
  const hrefs = await page
    .locator('a[download]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  expect(hrefs).toEqual([
    '/api/memory/export?format=json&sessions=true',
    '/api/memory/export?format=markdown&sessions=true',
  ]);
  await page.getByRole('button', { name: 'Erase everything…' }).click();
  const sure = page.getByRole('button', { name: 'Erase everything', exact: true });
  expect(await sure.isDisabled()).toBe(true);
  await page.getByLabel('Type “erase” to go on').fill('erase');
  await page.keyboard.press('Enter');
  await expect.poll(() => device.facts.length).toBe(0);
});

test('a memory that was put aside says so to everybody, and how it comes back to administrators', async () => {
  await using home = await opened('zh-CN');
  const restore = '/srv/backups/9-day-memory.db';
  home.device.memoryAway = { since: Date.UTC(2026, 10, 22), why: 'page 7', restore };
  await home.go();
  await home.page.getByText('记忆暂不可用').waitFor();
  expect(await home.page.locator('.settings-page').textContent()).toContain(restore);
  expect(await home.page.getByText('npx rockpool memory restore').count()).toBe(1);
  if (home.device.signedIn) home.device.signedIn.role = 'member';
  home.device.memoryAway = { since: Date.UTC(2026, 10, 22), why: '', restore: null };
  await home.page.reload();
  await home.page.getByText('请告诉管理员').waitFor();
});
