import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage, phone } from '../../test/browser.ts';
import { type Built, buildPage } from '../../test/build.ts';
import { type FakeController, serve } from './fake-controller.fixture.ts';
import { emptyFleet, livedIn } from './fake-fleet.fixture.ts';

let browser: Browser;
let built: Built;
beforeAll(async () => {
  [browser, built] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser.close();
  await built.remove();
});

interface Scene {
  page: Page;
  fake: FakeController;
  /** Opens an address of the dashboard anew. */
  open(hash: string): Promise<void>;
}

/** With a thousand devices, unless told otherwise; nothing may be stopped by the policy, thrown, or asked of another host. */
async function scene(
  play: (scene: Scene) => Promise<void>,
  fleet = livedIn(),
  options: BrowserContextOptions = {},
): Promise<void> {
  const fake = await serve(fleet, built.folder);
  const { page, complaints, close } = await openPage(browser, { reducedMotion: 'reduce', ...options });
  const open = async (hash: string) => {
    await page.goto('about:blank');
    await page.goto(`${fake.url}/${hash}`);
  };
  try {
    await play({ page, fake, open });
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await fake.close();
  }
}

const lastAsked = (fake: FakeController) => fake.asked.at(-1);

test('the first admin comes in with the printed code, which does not stay in the address', () =>
  scene(async ({ page, fake, open }) => {
    Object.assign(fake, { needsSetup: true, operator: null });
    await open('#setup=WRONG-CODE');
    await page.getByLabel('Your name').fill('ada');
    expect(new URL(page.url()).hash).toBe('#/');
    expect(await page.getByLabel('One-time code').inputValue()).toBe('WRONG-CODE');
    await page.getByLabel('Password', { exact: true }).fill('correct horse');
    await page.getByRole('button', { name: 'Become its first admin' }).click();
    await page.getByText('This is not the code').waitFor();
    await page.getByLabel('One-time code').fill('RUN7-HKQ2');
    await page.getByRole('button', { name: 'Become its first admin' }).click();
    await page.getByText('No device yet').waitFor();
    await page.getByRole('link', { name: 'Enrol a device' }).click();
    await page.getByRole('heading', { name: 'New claim' }).waitFor();
  }, emptyFleet()));

test('who is signed out elsewhere is shown the door, and comes back to where they were', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/devices/york');
    await page.getByRole('heading', { name: 'Posture' }).waitFor();
    fake.operator = null;
    await page.evaluate(() => location.assign('#/alerts'));
    await page.getByLabel('Name').fill('bo');
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is wrong.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('correct horse');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Your choices, bo' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  }));

test('the overview says what is wrong, where, since when and what to do; a thousand branches are one field', () =>
  scene(async ({ page, open }) => {
    await open('#/');
    await expect.poll(() => page.locator('.headline-words').textContent()).toMatch(/^\d+ critical alerts$/);
    await page.getByText('All devices of this site are offline').waitFor();
    await page.getByText('Ask somebody there whether power and internet work.').waitFor();
    expect(await page.getByRole('link', { name: 'branch=ripon' }).getAttribute('href')).toBe(
      '#/devices?label=branch%3Dripon',
    );
    const cells = page.locator('.cell');
    expect(await cells.count()).toBe(897);
    expect(await page.locator('.cells a[tabindex="0"]').count()).toBe(1);
    await cells.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator('.device-link').first().waitFor();
    expect(page.url()).toMatch(/#\/devices\?label=branch%3Dbala-2$/);
    await page.goBack();
    await page.getByLabel('Map by label').selectOption('region');
    await expect.poll(() => page.locator('.tile').count()).toBe(6);
    expect(page.url()).toMatch(/#\/\?by=region$/);
    expect(await page.title()).toMatch(/^\(\d+\) Overview/);
  }));

test('a fleet without trouble is told to be well at once', () =>
  scene(async ({ page, fake, open }) => {
    fake.fleet.alerts = [];
    for (const device of fake.fleet.devices.values()) device.presence = 'online';
    await open('#/');
    await page.getByText('All 12 devices are well').waitFor();
    await page.getByText('Nothing needs anyone.').waitFor();
  }, livedIn(12)));

test('the list is narrowed down in its address, turned by pages, and walked by keys', () =>
  scene(async ({ page, open }) => {
    await open('#/devices');
    const names = page.locator('.device-link');
    await expect.poll(() => names.count()).toBe(100);
    const first = await names.first().textContent();
    await page.keyboard.press(']');
    await expect.poll(() => names.first().textContent()).not.toBe(first);
    await page.getByText('101–200 of 997').waitFor();
    await page.getByRole('button', { name: 'Previous page' }).click();
    await expect.poll(() => names.first().textContent()).toBe(first);
    await page.keyboard.press('/');
    // The next key comes at once: a hand does not wait for a page.
    await page.keyboard.type('york');
    await expect.poll(() => page.url()).toContain('search=york');
    await expect
      .poll(async () => (await names.allTextContents()).every((name) => name.includes('york')))
      .toBe(true);
    await page.getByLabel('State').selectOption('offline');
    await expect.poll(() => page.url()).toContain('presence=offline');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Alerts').selectOption('critical');
    await expect.poll(async () => (await names.count()) > 0 && (await names.count()) < 100).toBe(true);
    await page.getByLabel('Label').fill('branch=york');
    await page.keyboard.press('Enter');
    await expect.poll(() => names.allTextContents()).toEqual(['york']);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => names.count()).toBe(100);
    await names.first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.getByText('1 device chosen').waitFor();
    const second = await names.nth(1).textContent();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: second ?? '' }).waitFor();
  }));

test('many are commanded together, by all that match, and not by a stray click', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/devices?label=region%3Deast');
    await page.getByLabel('Choose all on this page').check();
    await page.getByText('100 devices chosen').waitFor();
    await page.getByRole('button', { name: /^Choose all \d+ that match$/ }).click();
    await page.getByText(/^13\d devices chosen$/).waitFor();
    const chosen = Number(/\d+/.exec((await page.locator('.selection strong').textContent()) ?? '')?.[0]);
    await page.getByRole('button', { name: 'Command…' }).click();
    await page.getByLabel('Which command').selectOption('reboot');
    await page.getByText('Answers under way are lost.').waitFor();
    const give = page.getByRole('button', { name: `Reboot: ${chosen} devices` });
    await give.click();
    expect(fake.asked).toEqual([]);
    await page.getByLabel(`Type ${chosen} to confirm`).fill(String(chosen));
    await give.click();
    await page.getByText(`Queued for ${chosen} devices`).first().waitFor();
    const asked = lastAsked(fake)?.body as { names: string[]; order: unknown };
    expect(new Set(asked.names).size).toBe(chosen);
    expect(asked).toMatchObject({ order: { name: 'reboot', args: {} }, ttlS: 900 });
    expect(await page.locator('.selection').count()).toBe(0);
  }));

test('a device tells how it is, is drawn over time, and follows what changes', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/devices/york');
    await page.getByText('It does not hold: nobody is served.').waitFor();
    await page.getByText('Provision the device anew with LUKS2.').waitFor();
    await page.locator('canvas').first().waitFor();
    expect(await page.locator('canvas').count()).toBe(8);
    const isDrawn = () =>
      page
        .locator('canvas')
        .first()
        .evaluate((canvas) => {
          if (!(canvas instanceof HTMLCanvasElement)) return false;
          const { width, height } = canvas;
          return (
            canvas
              .getContext('2d')
              ?.getImageData(0, 0, width, height)
              .data.some((byte) => byte > 0) ?? false
          );
        });
    await expect.poll(isDrawn).toBe(true);
    expect(
      await page.getByRole('img', { name: /^CPU: last \d+%, lowest \d+%, highest \d+%; GPU/ }).count(),
    ).toBe(1);
    await page.getByText('The same as a table').click();
    await expect.poll(() => page.locator('.table-scroll tbody tr').count()).toBe(24);
    await page.getByRole('button', { name: '7 days' }).click();
    await page.getByRole('button', { name: '7 days', pressed: true }).waitFor();
    const york = fake.fleet.devices.get('york');
    Object.assign(york ?? {}, { presence: 'offline', open: [] });
    fake.change({ devices: ['york'], alerts: false, commands: false });
    await page.locator('.page-head .state-offline').waitFor();
    await page.getByText('Nothing was raised up to its last word.').waitFor();
    await open('#/devices/nobody');
    await page.getByText('No device has this name.').waitFor();
  }));

test('a command asks once more by the name of the device, and shows what became of it', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/devices/york');
    await page.getByRole('button', { name: 'Use another model' }).click();
    await page.getByRole('heading', { name: 'Use another model: york?' }).waitFor();
    await page.getByRole('textbox', { name: 'Model' }).fill('');
    await page.getByRole('button', { name: 'Use another model: york' }).click();
    await page.getByText('Please fill this in.').waitFor();
    expect(fake.asked).toEqual([]);
    await page.getByRole('textbox', { name: 'Model' }).fill('qwen3-1.7b');
    await page.getByRole('button', { name: 'Use another model: york' }).click();
    await page.getByRole('button', { name: 'Take back : Use another model' }).waitFor();
    expect(lastAsked(fake)?.body).toEqual({
      order: { name: 'use-model', args: { model: 'qwen3-1.7b' } },
      ttlS: 900,
    });
    await page.getByRole('button', { name: 'Take back : Use another model' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Change settings' }).click();
    await page.getByLabel('Heartbeat, seconds').fill('5');
    await page.getByRole('button', { name: 'Change settings: york' }).click();
    await page.getByText('Between 10 and 3,600.').waitFor();
    await page.getByLabel('Heartbeat, seconds').fill('60');
    await page.getByLabel('May be asked for support bundles').selectOption('false');
    await page.getByRole('button', { name: 'Change settings: york' }).click();
    await expect
      .poll(() => lastAsked(fake)?.body)
      .toEqual({
        order: {
          name: 'set-config',
          args: { version: 4, config: { heartbeatS: 60, logLevel: 'info', supportBundles: false } },
        },
        ttlS: 900,
      });
  }));

test('to revoke a device its name is typed', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/devices/york');
    await page.getByRole('button', { name: 'Revoke this device…' }).click();
    await page.getByLabel('Why').fill('sold');
    await page.getByRole('button', { name: 'Revoke york' }).click();
    expect(fake.asked).toEqual([]);
    await page.getByLabel('Type york to confirm').fill('york');
    await page.getByRole('button', { name: 'Revoke york' }).click();
    await page.getByText(/^Revoked just now: sold$/).waitFor();
    expect(await page.getByRole('button', { name: 'Reboot' }).count()).toBe(0);
  }));

test('a controller that goes away is said to be away, what is shown looks old, and all is read anew when it is back', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/devices/leeds');
    await page.getByText('Live', { exact: true }).waitFor();
    fake.isAway = true;
    fake.change({ devices: ['leeds'], alerts: false, commands: false });
    await page.getByText(/has not answered since \d/).waitFor();
    expect(await page.locator('html').getAttribute('data-link')).toBe('lost');
    expect(await page.locator('.device-page').evaluate((shown) => getComputedStyle(shown).filter)).toBe(
      'grayscale(1)',
    );
    await page.getByText('What to do').waitFor();
    const leeds = fake.fleet.devices.get('leeds');
    Object.assign(leeds ?? {}, { presence: 'flapping' });
    fake.isAway = false;
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.page-head .state-flapping').waitFor();
    expect(await page.getByText(/has not answered since/).count()).toBe(0);
    expect(await page.locator('html').getAttribute('data-link')).toBe('there');
  }));

test('a claim is made with labels, shown once as words, QR code and file, and gone after', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/enrolment');
    await page.getByLabel('Labels').fill('branch leeds');
    await page.getByLabel('Labels').press('Enter');
    await page.getByText('Write it like branch=leeds.').waitFor();
    await page.getByLabel('Labels').fill('branch=leeds');
    await page.getByLabel('Labels').press('Enter');
    await page.getByLabel('7 days').check();
    await page.getByRole('button', { name: 'Create the claim' }).click();
    await page.getByText('RP-7KQM2-XWR4T-9HBCD-0EFGJ').waitFor();
    expect(lastAsked(fake)?.body).toEqual({ labels: { branch: 'leeds' }, ttlS: 604_800 });
    await page.getByRole('img', { name: 'The claim as a QR code' }).waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a file' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toMatch(/^rockpool-\d+\.claim$/);
    expect(await readFile(await saved.path(), 'utf8')).toContain('RP-7KQM2');
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain('RP-7KQM2');
    await page.getByRole('button', { name: /^Revoke #5/ }).click();
    await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(() => fake.fleet.claims[0]?.state).toBe('revoked');
  }));

test('alerts are acknowledged one by one or by their kind, and closed ones are kept apart', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/alerts');
    await page.getByRole('button', { name: 'Acknowledge : The data disk is full, hull' }).click();
    await page.getByText(/^Acknowledged by ada/).waitFor();
    await page.getByRole('button', { name: /^Acknowledge all \d+ : The device is offline$/ }).click();
    const fresh = () =>
      fake.fleet.alerts.filter(({ code, acknowledged }) => code === 'offline' && !acknowledged).length;
    await expect.poll(fresh).toBe(0);
    await page.getByRole('link', { name: 'Closed' }).click();
    await page.getByText('lasted 1 day').waitFor();
    expect(await page.getByRole('link', { name: 'hull' }).count()).toBe(0);
  }));

test('a viewer sees everything, and nothing that they may not do', () =>
  scene(async ({ page, fake, open }) => {
    fake.operator = { name: '陈晨', role: 'viewer' };
    await open('#/devices/york');
    await page.getByText('It does not hold: nobody is served.').waitFor();
    for (const name of ['Reboot', 'Revoke this device…', 'Change labels', /^Acknowledge/, /^Take back/])
      expect(await page.getByRole('button', { name }).count(), String(name)).toBe(0);
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()).toEqual(
      ['Overview', 'Devices', expect.stringMatching(/^Alerts/), 'Rollouts'],
    );
    await open('#/devices');
    await page.locator('.device-link').first().waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
    await open('#/operators');
    await page.getByText('There is nothing at this address.').waitFor();
  }));

test('operators are added, changed and removed; what the controller refuses is told, and not shown as done', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/operators');
    await page.getByLabel('Name').fill('cleo');
    await page.getByLabel('Password', { exact: true }).fill('too short');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('Please use at least 10 characters.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('a longer password');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByLabel('Role of cleo').waitFor();
    await page.getByLabel('Role of cleo').selectOption('viewer');
    await expect.poll(() => fake.fleet.operators.find(({ name }) => name === 'cleo')?.role).toBe('viewer');
    await page.getByLabel('Role of ada').selectOption('viewer');
    await page.getByText('The last admin stays one.').first().waitFor();
    await expect.poll(() => page.getByLabel('Role of ada').inputValue()).toBe('admin');
    await page.getByRole('button', { name: 'More for cleo' }).click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => page.getByLabel('Role of cleo').count()).toBe(0);
  }));

test('the audit log is read on, page by page', () =>
  scene(async ({ page, open }) => {
    await open('#/audit');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(100);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(200);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(240);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  }));

test('what a device or a stranger says is text, and nothing else', () =>
  scene(async ({ page, fake, open }) => {
    const evil = '<img src=x onerror="complain(1)">';
    const leeds = fake.fleet.devices.get('leeds');
    Object.assign(leeds ?? {}, { labels: { branch: evil }, model: evil });
    leeds?.timeline.unshift({ at: Date.now(), kind: 'event', what: evil, detail: evil });
    await open('#/devices/leeds');
    await page.locator('.entry-detail', { hasText: evil }).waitFor();
    await open('#/');
    await page.locator('.tile, .cell').first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
  }, livedIn(30)));

test('on a phone every page is as wide as the screen, and every target as large as a finger', () =>
  scene(
    async ({ page, open }) => {
      for (const hash of [
        '#/',
        '#/devices',
        '#/devices/york',
        '#/alerts',
        '#/rollouts',
        '#/rollouts/0199c0de-0000-4000-9000-000000000002',
        '#/rollouts/new',
        '#/releases',
        '#/enrolment',
        '#/operators',
        '#/audit',
      ]) {
        await open(hash);
        await page.locator('.place').first().waitFor();
        await page.locator('.panel, .devices').first().waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wide, hash).toBeLessThanOrEqual(0);
        const main = await page.locator('#main').evaluate((box) => box.scrollWidth - box.clientWidth);
        expect(main, hash).toBeLessThanOrEqual(0);
      }
      const places = await page.locator('.place').all();
      for (const place of places) expect((await place.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    },
    livedIn(40),
    phone,
  ));
