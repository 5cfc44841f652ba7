/** The page of a device that may not serve yet, in a real browser: no script, forms that arrive, both languages. */
import AxeBuilder from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../../web/test/browser.ts';
import { type StartedFront, setupCode, spoil, startFront, wellTree } from './appliance-mode.ts';

let browser: Browser;
let tree: Awaited<ReturnType<typeof wellTree>>;
let front: StartedFront;
beforeAll(async () => {
  tree = await wellTree();
  spoil(tree.root, 'proc/self/mountinfo', '24 1 259:3 / / rw - ext4 /dev/nvme0n1p3 rw\n');
  [front, browser] = await Promise.all([startFront(tree.root), openBrowser()]);
  await front.front.watch.look();
});
afterAll(async () => {
  await browser?.close();
  await front?.close();
  tree?.remove();
});

test.each(['light', 'dark'] as const)(
  'whoever holds the code is told what to do, in the %s',
  async (colorScheme) => {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      colorScheme,
      viewport: { width: 390, height: 800 },
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      // The status of the page itself is 503, and of a try that was wrong 401: both are meant.
      if (message.type() === 'error' && !/status of (?:503|401)/.test(message.text()))
        complaints.push(message.text());
    });
    await page.goto(`https://127.0.0.1:${front.port}/c/some-chat`);
    expect(new URL(page.url()).pathname).toBe('/posture');
    await page.getByText('disk-encrypted').waitFor();
    expect(await page.getByText('加密的数据卷没有打开').count()).toBe(1);
    expect(await page.getByText('is not mounted').count()).toBe(0);

    await page.getByLabel(/Setup code/).fill('AAAA-AAAA');
    await page.getByRole('button').click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/^That is not the setup code/);

    await page.getByLabel(/Setup code/).fill(setupCode);
    await page.getByRole('button').click();
    await page.getByText('the data volume is not mounted on /var/lib/rockpool.').waitFor();
    const context2 = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme, bypassCSP: true });
    const looked = await context2.newPage();
    await looked.goto(`https://127.0.0.1:${front.port}/posture`);
    await looked.evaluate(AxeBuilder.source);
    const { violations } = await looked.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run(),
    );
    expect(violations.map(({ id }) => id)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
    await context2.close();
  },
);
