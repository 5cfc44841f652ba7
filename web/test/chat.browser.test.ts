import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, openBrowser, openPage, phone, type Watched } from './browser.ts';
import { type Built, buildPage } from './build.ts';
import { FakeDevice, livedIn } from './fake-device.ts';
import { type FakeServer, serve } from './fake-server.ts';

let browser: Browser;
let built: Built;
let server: FakeServer;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  [browser, built] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser.close();
  await built.remove();
});
beforeEach(async () => {
  server = await serve(livedIn(), built.folder);
  watched = await openPage(browser);
  page = watched.page;
});
afterEach(async () => {
  await watched.close();
  await server.close();
  expect(watched.complaints).toEqual([]);
});

const textOf = (selector: string) => page.locator(selector).last().textContent();
const lastAnswer = '.answer-last .prose';

describe('someone new', () => {
  test('sets the device up, has something remembered, and gets it in another chat with its source', async () => {
    await server.close();
    server = await serve(new FakeDevice(), built.folder);
    await page.goto(server.url);
    await page.getByLabel('Setup code').fill(server.device.setupCode);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill('harbour lights');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('button', { name: 'Have something remembered' }).click();
    await expect.poll(() => page.inputValue('#composer')).toContain('4471');
    await page.keyboard.press('Enter');
    await expect.poll(() => textOf('.noted-fact')).toContain('the alarm code is 4471');

    await page.keyboard.press('Control+Shift+O');
    await page.getByRole('heading', { name: /, ada$/ }).waitFor();
    await ask(page, 'What is the alarm code?');
    await page.locator(`${lastAnswer} .cite`).click();
    await expect.poll(() => textOf('.passage-cited')).toContain('the alarm code is 4471');
  });

  test('comes from the page that set the device up with the code in hand, and leaves none in the address', async () => {
    await server.close();
    server = await serve(new FakeDevice(), built.folder);
    await page.goto(`${server.url}/#setup=${server.device.setupCode}`);
    await expect.poll(() => page.getByLabel('Setup code').inputValue()).toBe(server.device.setupCode);
    await expect.poll(() => page.url()).toBe(`${server.url}/setup`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Password', { exact: true }).waitFor();
  });

  test('joins by a link, once', async () => {
    server.device.signedIn = null;
    await page.goto(`${server.url}/join/open-link`);
    await page.getByLabel('Name').fill('cy');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Join' }).click();
    expect(await page.getByText('Please use at least 10 characters.').isVisible()).toBe(true);
    await page.getByLabel('Password', { exact: true }).fill('a longer password');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('heading', { name: /, cy$/ }).waitFor();
    server.device.signedIn = null;
    await page.goto(`${server.url}/join/open-link`);
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  });
});

describe('an answer', () => {
  test('shows tables, formulas and coloured code, and opens the cited passage with its neighbours', async () => {
    await page.goto(server.url);
    await ask(page, 'How many days of holiday may I carry over, and by when are requests made?');
    await page.locator(`${lastAnswer} table`).waitFor();
    await page.locator(`${lastAnswer} math`).first().waitFor();
    await page.locator(`${lastAnswer} .hljs-keyword`).first().waitFor();
    expect(await page.locator('[style]:not(#composer, math, math *, .menu)').count()).toBe(0);
    await page.getByRole('button', { name: 'Open source 1: handbook.pdf, p. 12' }).first().click();
    await page.getByText('Working hours are recorded').waitFor();
    expect(await page.locator('.passage').count()).toBe(3);
    expect(await textOf('.passage-cited mark')).toContain('thirty days a year');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.source-panel').count()).toBe(0);
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('cite');
  });

  test('tells the place in the queue, stops on Escape, and keeps what was said, marked', async () => {
    server.pieceMs = 40;
    await page.goto(server.url);
    await ask(page, 'A long answer, in the queue');
    await page.getByText('Waiting: number 3 in line, about 20 seconds').waitFor();
    await page.getByText('Waiting: you are next').waitFor();
    await page.getByText('Word 2 of').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Stopped', { exact: true }).waitFor();
    await expect
      .poll(() => server.device.branch(server.device.sessions[0]!.id).at(-1)?.outcome)
      .toBe('aborted');
    await expect.poll(() => page.locator('.answer-last').getAttribute('id')).not.toBe('m-1');
  });

  test('that waits for a new model says so with its place, and comes without anything to press', async () => {
    server.pieceMs = 40;
    await page.goto(server.url);
    await ask(page, 'A long answer by the new model');
    const shown = page.locator('.activity-words');
    await shown.getByText('The model is being updated. Number 2 in line once it is ready').waitFor();
    expect(await page.locator('#status').textContent()).toContain('The model is being updated');
    await shown.getByText('The model is being updated. You are next once it is ready').waitFor();
    await page.getByText('Word 2 of').waitFor();
    expect(await page.locator('.problem').count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  test('is told to screen readers at its start and its end, and not at every word', async () => {
    await page.goto(server.url);
    await page.evaluate(() => {
      const said: string[] = [];
      Reflect.set(window, 'said', said);
      const region = document.getElementById('status')!;
      new MutationObserver(() => said.push(region.textContent)).observe(region, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    server.pieceMs = 4;
    await ask(page, 'What is the alarm code?');
    await page.locator(lastAnswer).waitFor();
    expect(await page.evaluate(() => Reflect.get(window, 'said'))).toEqual([
      'The answer has started.',
      'The answer is complete.',
    ]);
    const log = page.getByRole('log');
    expect(await log.getAttribute('aria-live')).toBe('off');
    expect(await page.locator('[aria-live]:not([aria-live=off])').count()).toBe(1);
  });

  test('that is hostile shows words, runs nothing and asks no one', async () => {
    await page.goto(server.url);
    await ask(page, 'Something hostile');
    await page.getByText('Done.').waitFor();
    const prose = page.locator(lastAnswer);
    expect(
      await prose
        .locator('img, script, style, iframe, form, input, svg, video, link, [onclick], [onerror], [style]')
        .count(),
    ).toBe(0);
    const links = await prose
      .locator('a[href]')
      .evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.getAttribute('rel')]));
    expect(links.map(([href]) => href)).toEqual(['http://evil.example/beacon.png', 'https://example.org/']);
    expect(links.every(([, rel]) => rel?.includes('noopener'))).toBe(true);
    expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined();
  });

  test('can be given again and edited into branches, which can be paged through', async () => {
    await page.goto(server.url);
    await ask(page, 'What is the alarm code?');
    await page.locator(lastAnswer).waitFor();
    await page.getByRole('button', { name: 'Answer again' }).click();
    await page.getByText('2/2').waitFor();
    await page.getByRole('button', { name: 'Previous version' }).click();
    await page.getByText('1/2').waitFor();

    await page.press('#composer', 'ArrowUp');
    await page.getByLabel('Edit your message').fill('When does the office close on Fridays?');
    await page.keyboard.press('Enter');
    await expect.poll(() => textOf(lastAnswer)).toContain('noon');
    await page.locator('.question').hover();
    await page.locator('.question').getByRole('button', { name: 'Previous version' }).click();
    await expect.poll(() => textOf('.bubble')).toBe('What is the alarm code?');
  });

  test('that fails says why and can be tried again; one that broke off can be reloaded', async () => {
    await page.goto(server.url);
    await ask(page, 'please fail');
    await page.getByText('The model stopped unexpectedly.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await ask(page, 'drop the connection');
    await page.getByText('The connection broke off').waitFor();
    await page.getByRole('button', { name: 'Reload the chat' }).click();
    await expect.poll(() => page.getByText('The connection broke off').count()).toBe(0);
  });
});

describe('what one writes', () => {
  test('stays in the field when the device refuses it, and survives a reload', async () => {
    await page.goto(server.url);
    await ask(page, 'are you busy?');
    await page.getByText('Too many people are asking at once.').waitFor();
    expect(await page.inputValue('#composer')).toBe('are you busy?');
    expect(await page.locator('.question').count()).toBe(0);
    await page.reload();
    expect(await page.inputValue('#composer')).toBe('are you busy?');
  });

  test('is not sent by the Enter that ends a Chinese composition, but by the next', async () => {
    await page.goto(server.url);
    await page.focus('#composer');
    const keys = await page.context().newCDPSession(page);
    await keys.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
    await keys.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Enter',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    });
    expect(server.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
    await keys.send('Input.insertText', { text: '你好' });
    expect(await page.inputValue('#composer')).toBe('你好');
    await page.keyboard.press('Enter');
    await page.locator(lastAnswer).waitFor();
    expect(await textOf('.bubble')).toBe('你好');
  });

  test('takes a file along, waits until it is read, and sends its id', async () => {
    await page.goto(server.url);
    await page.setInputFiles('.composer input[type=file]', {
      name: 'plan.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF'),
    });
    await page.fill('#composer', 'What is in it?');
    await page.locator('.chip progress').waitFor();
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await expect
      .poll(() => page.getByRole('button', { name: 'Send', exact: true }).isDisabled(), { timeout: 10_000 })
      .toBe(false);
    await page.press('#composer', 'Enter');
    await page.locator('.chips-sent').waitFor();
    expect(await textOf('.chips-sent')).toContain('plan.pdf');
  });

  test('leaves no memory behind when that is undone', async () => {
    await page.goto(server.url);
    await ask(page, 'Remember that the printer is on the second floor');
    await page.getByRole('button', { name: /^Forget again/ }).click();
    await expect.poll(() => page.locator('.noted-fact').count()).toBe(0);
    expect(server.device.facts.some((fact) => fact.text.includes('printer'))).toBe(false);
  });
});

describe('the keyboard', () => {
  test('finds a chat, opens the list of keys, goes back to the field and hides the sidebar', async () => {
    const session = server.device.sessions[0]!;
    const said = server.device.addMessage(session.id, {
      from: 'person',
      text: 'Where is the spare projector lamp?',
    });
    await page.goto(server.url);
    await page.locator('.session').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.locator('dialog input:focus').waitFor();
    await page.keyboard.type('projector');
    await page.locator('.hit mark').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/c/${session.id}#m${said.id}`);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(`m${said.id}`);

    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('composer');
    await page.keyboard.press('Control+Shift+S');
    await expect.poll(() => page.locator('.sidebar').count()).toBe(0);
  });
});

test('a chat that is gone says so and offers a new one', async () => {
  await page.goto(`${server.url}/c/gone`);
  await page.getByText('There is nothing at this address.').waitFor();
  expect(await page.locator('#composer').count()).toBe(0);
  await page.getByRole('link', { name: 'Start a new chat' }).click();
  await page.locator('.welcome').waitFor();
  await page.locator('#composer').waitFor();
});

describe('sessions', () => {
  test('are renamed and deleted from their menu', async () => {
    await page.goto(`${server.url}/c/${server.device.sessions[1]!.id}`);
    await page.getByRole('button', { name: 'More for this chat' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByLabel('Title').fill('Rules for holidays');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Rules for holidays' }).waitFor();
    await page.getByRole('button', { name: 'More for this chat' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.waitForURL(server.url);
    expect(server.device.sessions.some((one) => one.title === 'Rules for holidays')).toBe(false);
  });

  test('end where signing in again begins, and come back to the same place', async () => {
    const { id } = server.device.sessions[1]!;
    await page.goto(`${server.url}/c/${id}`);
    await page.getByRole('heading', { name: 'Holiday rules' }).waitFor();
    server.device.signedIn = null;
    await ask(page, 'Am I still here?');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill('harbour lights');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`**/c/${id}`);
    await expect.poll(() => page.inputValue('#composer')).toBe('Am I still here?');
  });
});

describe('settings', () => {
  test('show a new key once', async () => {
    await page.goto(`${server.url}/settings/keys`);
    await page.getByLabel('What is it for?').fill('script');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('rp-aa0123456789abcdefghijklmnopqrstuvwxyzzz', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain('rp-aa0123456789abc');
  });

  test('tell how far a file is on its way, and let it be stopped', async () => {
    await page.goto(`${server.url}/settings/documents`);
    const held = Promise.withResolvers<void>();
    await page.route('**/api/documents?*', async (route) => {
      await held.promise;
      await route.abort();
    });
    await page.setInputFiles('.dropzone input[type=file]', {
      name: 'plan.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF'),
    });
    await page.getByRole('progressbar', { name: 'Progress of plan.pdf' }).waitFor();
    expect(await page.locator('.row', { hasText: 'plan.pdf' }).textContent()).toContain('Sending');
    await page.getByRole('button', { name: 'Stop sending plan.pdf' }).click();
    await expect.poll(() => page.locator('.row', { hasText: 'plan.pdf' }).count()).toBe(0);
    held.resolve();
    expect(server.device.documents.some((one) => one.name === 'plan.pdf')).toBe(false);
  });

  test('find, correct and forget what is remembered', async () => {
    await page.goto(`${server.url}/settings/memory`);
    await page.getByLabel('Search memory').fill('coffee');
    await expect.poll(() => page.locator('.row').count()).toBe(1);
    await page.getByRole('button', { name: /^More for “Ada takes/ }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await page.getByLabel('Edit what is remembered').fill('Ada takes her coffee with milk');
    await page.keyboard.press('Enter');
    await page.getByText('with milk').waitFor();
    await page.getByRole('button', { name: /^More for “Ada takes/ }).click();
    await page.getByRole('menuitem', { name: 'Forget' }).click();
    await page.getByText('Nothing found.').waitFor();
  });
});

test('a phone has a drawer for the chats and a sheet for the source', async () => {
  const small = await openPage(browser, phone);
  await small.page.goto(server.url);
  await ask(small.page, 'What is the alarm code?');
  await small.page.locator('.source-chip').click();
  await small.page.locator('.dialog-sheet .passage-cited').waitFor();
  await small.page.getByRole('button', { name: 'Close' }).click();
  await small.page.getByRole('button', { name: 'Show sidebar' }).click();
  await small.page.locator('.dialog-drawer .session').last().locator('a').click();
  await expect.poll(() => small.page.locator('.dialog-drawer').count()).toBe(0);
  expect(await small.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(small.complaints).toEqual([]);
  await small.close();
});

test('the installed page opens while the device is away, and no answer of the device lies in its cache', async () => {
  const installed = await openPage(browser, { serviceWorkers: 'allow' });
  await installed.page.goto(server.url);
  await installed.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await expect
    .poll(() => installed.page.evaluate(() => navigator.serviceWorker.controller !== null))
    .toBe(true);
  await ask(installed.page, 'What is the alarm code?');
  await installed.page.locator('.answer-last').waitFor();
  const kept = await installed.page.evaluate(async () => {
    const names = await caches.keys();
    const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map((request) => new URL(request.url).pathname);
  });
  expect(kept).toContain('/');
  expect(kept.filter((path) => !/^\/(?:$|assets\/|icon|manifest)/.test(path))).toEqual([]);
  await server.close();
  await installed.page.reload();
  await installed.page.getByText('The device does not answer.').waitFor();
  server = await serve(livedIn(), built.folder);
  await installed.close();
});
