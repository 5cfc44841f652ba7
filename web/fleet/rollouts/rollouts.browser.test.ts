/** The pages of rollouts in a browser, before a controller that never was. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage } from '../../test/browser.ts';
import { type Built, buildPage } from '../../test/build.ts';
import { type FakeController, serve } from '../test/fake-controller.fixture.ts';
import { emptyFleet, livedIn } from '../test/fake-fleet.fixture.ts';
import { counted, type FakeRollout, patch } from '../test/fake-rollouts.fixture.ts';

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
  open(hash: string): Promise<void>;
}

async function scene(play: (scene: Scene) => Promise<void>, fleet = livedIn(60)): Promise<void> {
  const fake = await serve(fleet, built.folder);
  const { page, complaints, close } = await openPage(browser, { reducedMotion: 'reduce' });
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

const [running, halted, waiting, draft] = [1, 2, 3, 4].map(
  (n) => `#/rollouts/0199c0de-0000-4000-9000-${String(n).padStart(12, '0')}`,
) as [string, string, string, string];
const rolloutAt = (fake: FakeController, place: number): FakeRollout => {
  const found = fake.fleet.rollouts[place];
  if (!found) throw new Error(`there is no rollout at ${place}`);
  return found;
};
const asked = (fake: FakeController) => fake.asked.map(({ path }) => path.split('/').slice(3).join('/'));

test('the list tells of each rollout how far it is, what goes on first, and why one halted', () =>
  scene(async ({ page, open }) => {
    await open('#/rollouts');
    const rows = page.locator('.rollout-row');
    await expect.poll(() => rows.count()).toBe(5);
    expect(await rows.nth(0).textContent()).toContain('Wave 2 of 3 is under way');
    expect(await rows.nth(1).textContent()).toContain('waits for somebody’s word');
    await page.getByText('3 of the 6 that said how it ended failed; more than 10 % halt it.').waitFor();
    await page.getByText('36 of 36', { exact: true }).waitFor();
    await rows.nth(0).getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'qwen3-8b 2026.11' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await expect.poll(() => rows.count()).toBe(5);
  }));

test('a halted rollout says why, which failures there were, what to do about each, and where', () =>
  scene(async ({ page, open }) => {
    await open(halted);
    await page.getByText('Halted in wave 2 of 3').waitFor();
    await page.getByText('3 of the 6 that said how it ended failed').waitFor();
    const first = page.locator('.alerts .alert').first();
    expect(await first.textContent()).toContain('It ran, and was not well');
    expect(await first.textContent()).toContain('2 devices');
    await page.getByText('See whether it reaches the controller’s port and its mirrors.').waitFor();
    await first.getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Posture' }).waitFor();
    await page.goBack();
    expect(await page.getByRole('button', { name: /^(?:Pause|Resume|Halt)/ }).count()).toBe(0);
    await page.getByLabel('State').selectOption('rolled-back');
    await expect.poll(() => page.locator('.rollout-device').count()).toBe(2);
  }));

test('a device that fetches is followed as it goes on', () =>
  scene(async ({ page, fake, open }) => {
    await open(running);
    await page.getByText('Live', { exact: true }).waitFor();
    const rollout = rolloutAt(fake, 0);
    const one = rollout.devices.find(({ phase }) => phase === 'fetching');
    if (!one) throw new Error('none fetches');
    const row = page.locator('.rollout-device', {
      has: page.getByRole('link', { name: one.device, exact: true }),
    });
    await row.getByText('Fetching').waitFor();
    Object.assign(one, { permille: 870 });
    fake.change({ devices: [one.device], alerts: false, commands: false });
    await row.getByText('87%', { exact: true }).waitFor();
    Object.assign(one, { state: 'installed', outcome: 'installed', phase: 'idle', permille: null });
    counted(rollout, Date.now());
    fake.change({ devices: [one.device], alerts: false, commands: false });
    await row.getByText('Installed').waitFor();
  }));

test('a rollout is paused and resumed with a click, and halted with a reason', () =>
  scene(async ({ page, fake, open }) => {
    await open(running);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused in wave 2 of 3').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Wave 2 of 3 is under way').waitFor();
    await page.getByRole('button', { name: 'Halt…' }).click();
    await page.getByLabel('Why').fill('the answers are odd');
    expect(asked(fake)).toHaveLength(2);
    await page.getByRole('button', { name: 'Halt it', exact: true }).click();
    await page.getByText('Halted in wave 2 of 3').waitFor();
    await page.getByText('the answers are odd').waitFor();
    expect(fake.asked.at(-1)?.body).toEqual({ rollBack: false, because: 'the answers are odd' });
    expect(asked(fake).map((path) => path.split('/')[1])).toEqual(['pause', 'resume', 'halt']);
  }));

test('what is installed can be taken back with the halt, and the button says so', () =>
  scene(async ({ page, fake, open }) => {
    await open(running);
    await page.getByRole('button', { name: 'Halt…' }).click();
    await page.getByLabel('Also take it back where it is installed').check();
    await page.getByRole('button', { name: 'Halt it and take it back' }).click();
    await page.getByText('Halted by ada.').waitFor();
    expect(fake.asked.at(-1)?.body).toEqual({ rollBack: true, because: '' });
  }));

test('what is through can still be taken back', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/rollouts/0199c0de-0000-4000-9000-000000000005');
    await page.getByRole('button', { name: 'Take it back…' }).click();
    await page.getByText('The 36 devices that run it return to what they ran before').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Take it back', exact: true }).click();
    await expect.poll(() => fake.asked.at(-1)?.body).toEqual({ rollBack: true, because: '' });
  }));

test('a wave that asks is approved once it was said to how many it goes', () =>
  scene(async ({ page, fake, open }) => {
    await open(waiting);
    await page.getByText('Wave 2 of 3 waits for somebody’s word').waitFor();
    await page.getByRole('button', { name: 'Approve wave 2' }).click();
    await page.getByText('9 more devices are told to install openssl 3.0.19-1.').waitFor();
    expect(fake.asked).toEqual([]);
    await page.locator('dialog').getByRole('button', { name: 'Approve wave 2' }).click();
    await page.getByText('Wave 2 of 3 is under way').waitFor();
  }));

test('a draft is started by typing how many devices it reaches', () =>
  scene(async ({ page, fake, open }) => {
    await open(draft);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('It is rolled out to 38 devices in 3 waves').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('Please fill this in.').waitFor();
    expect(asked(fake)).toEqual(['']);
    await page.getByLabel('Type 38 to confirm').fill('38');
    await page.locator('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('Wave 1 of 3 is under way').waitFor();
  }));

test('a new rollout shows what would happen before it can begin, and no longer after a change', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/releases');
    await page.getByRole('link', { name: `Roll out… ${patch}` }).click();
    await page.getByRole('heading', { level: 1, name: 'New rollout' }).waitFor();
    expect(await page.getByLabel('Release', { exact: true }).inputValue()).toBe(patch);
    await page.getByLabel('Devices with all of these labels').fill('region=north');
    await page.getByLabel('Devices with all of these labels').press('Enter');
    await page.getByLabel('Size of wave 2').fill('1000');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('Between 0.1 and 100.').waitFor();
    expect(fake.asked).toEqual([]);
    await page.getByLabel('Size of wave 2').fill('25');
    await page.getByLabel('asks first').first().check();
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('38 devices get it').waitFor();
    await page.getByText('Wave 1: 1 device').waitFor();
    await page.getByText('have it already').waitFor();
    expect(fake.asked.at(-1)).toMatchObject({
      method: 'POST',
      body: {
        release: patch,
        labels: { region: 'north' },
        waves: [
          { devices: 1, approval: false, pauseS: 0 },
          { permille: 250, approval: true, pauseS: 0 },
          { permille: 1_000, approval: false, pauseS: 0 },
        ],
      },
    });
    expect(fake.fleet.rollouts).toHaveLength(5);
    await page.getByLabel('Carefully').check();
    await page.getByText('You changed something since. Ask again.').waitFor();
    expect(await page.getByRole('button', { name: /^Start with/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByRole('button', { name: 'Start with 38 devices…' }).click();
    await page.getByLabel('Type 38 to confirm').fill('38');
    await page.locator('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('Wave 1 of 4 is under way').waitFor();
    expect(fake.fleet.rollouts).toHaveLength(6);
  }));

test('a draft can be kept for somebody else to start', () =>
  scene(async ({ page, fake, open }) => {
    await open('#/rollouts/new');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Note').fill('after the fair');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByRole('button', { name: 'Keep as a draft' }).click();
    await page.getByText('Not started').waitFor();
    await page.getByText('after the fair').waitFor();
    expect(rolloutAt(fake, 0).state).toBe('draft');
  }));

test('the repository is shown with what ends soon, and what was withdrawn can not be chosen', () =>
  scene(async ({ page, open }) => {
    await open('#/releases');
    await page.getByText('Withdrawn').waitFor();
    const patches = page.locator('.row', { has: page.locator('code', { hasText: /^patches$/ }) });
    expect(await patches.locator('.outcome-bad').textContent()).toMatch(/^ended 2/);
    await expect.poll(() => page.locator('.outcome-open').count()).toBe(2);
    expect(await page.getByRole('link', { name: /^Roll out/ }).count()).toBe(4);
    await open('#/rollouts/new?release=agent%2Frockpool-agent%2F0.9.9');
    const offered = page.getByLabel('Release', { exact: true }).locator('option');
    await expect.poll(() => offered.count()).toBe(4);
  }));

test('a viewer sees all of it, and may change none', () =>
  scene(async ({ page, fake, open }) => {
    fake.operator = { name: '陈晨', role: 'viewer' };
    await open(running);
    await page.getByText('Wave 2 of 3 is under way').waitFor();
    for (const name of ['Pause', 'Halt…']) expect(await page.getByRole('button', { name }).count()).toBe(0);
    await open('#/releases');
    await page.getByText('In the repository').waitFor();
    expect(await page.getByRole('link', { name: /^Roll out/ }).count()).toBe(0);
    await open('#/rollouts/new');
    await page.getByText('There is nothing at this address.').waitFor();
  }));

test('where nothing was rolled out, and nothing can be, the pages say so and what helps', () =>
  scene(async ({ page, open }) => {
    await open('#/rollouts');
    await page.getByText('Nothing was rolled out yet.').waitFor();
    await page.getByRole('link', { name: 'New rollout' }).click();
    await page.getByText('The repository holds no release.').waitFor();
    await open('#/rollouts/0199c0de-0000-4000-9000-00000000ffff');
    await page.getByText('There is no such rollout.').waitFor();
  }, emptyFleet()));

test('a device tells what updates brought, and where the one is that is under way', () =>
  scene(async ({ page, open }) => {
    await open('#/devices/leeds');
    await page.getByRole('heading', { name: 'Update', exact: true }).waitFor();
    await page.getByText('agent/rockpool-agent/0.9.2').waitFor();
    await page.getByRole('link', { name: 'qwen3-8b 2026.11' }).click();
    await page.getByText('Wave 2 of 3 is under way').waitFor();
  }));

test('what a device says is text, and nothing else', () =>
  scene(async ({ page, fake, open }) => {
    const evil = '<img src=x onerror="complain(1)">';
    const rollout = rolloutAt(fake, 1);
    for (const one of rollout.devices) if (one.says) one.says = evil;
    rollout.because = evil;
    await open(halted);
    await page.locator('.col-says', { hasText: evil }).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
  }));
