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

async function opened(locale = 'en-GB', as = 'ada') {
  const server = await serve(livedIn(), built.folder);
  const { device } = server;
  device.signedIn = device.people.find(({ name }) => name === as) ?? device.signedIn;
  const { page, complaints, close } = await openPage(browser, { locale });
  await page.goto(`${server.url}/settings/documents`);
  await page.locator('.row').first().waitFor();
  const done = async () => {
    await close();
    await server.close();
    expect(complaints).toEqual([]);
  };
  return { device, page, [Symbol.asyncDispose]: done };
}

test('a document is shared with a group, and tells so', async () => {
  await using home = await opened();
  const { page, device } = home;
  await page.getByRole('button', { name: 'More for handbook.pdf' }).click();
  await page.getByRole('menuitem', { name: 'Share …' }).click();
  await page.locator('dialog').getByLabel('Who may find it').selectOption('Board');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.locator('.row', { hasText: 'handbook.pdf' }).locator('.tag', { hasText: 'Board' }).waitFor();
  expect(device.documents.find(({ name }) => name === 'handbook.pdf')).toMatchObject({ scope: 'group' });
});

test('a new version is sent, read, and stands in the history', async () => {
  await using home = await opened();
  const { page } = home;
  const row = page.locator('.row', { hasText: 'strategy-2027.docx' });
  await row.locator('input[type=file]').setInputFiles({
    ...{ name: 'strategy-2028.docx', mimeType: 'application/pdf', buffer: Buffer.from('%PDF') },
  });
  await row.locator('.tag', { hasText: 'Version 4' }).waitFor();
  await page.getByRole('button', { name: 'More for strategy-2027.docx' }).click();
  await page.getByRole('menuitem', { name: 'Versions' }).click();
  const versions = page.locator('dialog .row');
  await expect.poll(() => versions.count()).toBe(4);
  expect(await versions.first().textContent()).toMatch(/Version 4 now.*added by ada/);
});

test('a group is made, changed and removed', async () => {
  await using home = await opened();
  const { page, device } = home;
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Works council');
  await page.getByLabel('bo', { exact: true }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  const row = page.locator('.row', { hasText: 'Works council' });
  await row.getByText('bo', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'More for Works council' }).click();
  await page.getByRole('menuitem', { name: 'Remove group' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Remove group' }).click();
  await row.waitFor({ state: 'detached' });
  expect(device.groups.map(({ name }) => name)).not.toContain('Works council');
});

test('a folder is watched, shows how far it is, and is let go of', async () => {
  await using home = await opened();
  const { page, device } = home;
  await page.getByText('192 of 214 read').waitFor();
  await page.getByLabel('Folder on the device').fill('/srv/office/rules');
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.getByRole('button', { name: 'More for /srv/office/rules' }).click();
  await page.getByRole('menuitem', { name: 'Stop watching' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Stop watching' }).click();
  await expect.poll(() => device.folders.map(({ path }) => path)).not.toContain('/srv/office/rules');
});

test('many documents are searched by name, and shown a page at a time', async () => {
  await using home = await opened();
  const { page, device } = home;
  for (let i = 0; i < 120; i += 1) device.addDocument(`minutes-${i}.pdf`);
  await page.reload();
  await expect.poll(() => page.locator('.row', { hasText: 'minutes-' }).count()).toBe(50);
  await page.getByRole('button', { name: 'Show 75 more' }).click();
  await expect.poll(() => page.locator('.row', { hasText: 'minutes-' }).count()).toBe(100);
  await page.getByLabel('Find a document').fill('MINUTES-119');
  await expect.poll(() => page.locator('.row', { hasText: 'minutes-' }).count()).toBe(1);
  await page.getByLabel('Find a document').fill('nothing of that name');
  await page.getByText('No document is called that.').waitFor();
});

test('whoever is no administrator sees neither folders nor groups, and shares with groups of their own', async () => {
  await using home = await opened('zh-CN', 'bo');
  const { page } = home;
  await page.getByRole('button', { name: '添加文档' }).waitFor();
  expect(await page.getByText('监视的文件夹').count()).toBe(0);
  expect(await page.getByRole('button', { name: '新建群组' }).count()).toBe(0);
});
