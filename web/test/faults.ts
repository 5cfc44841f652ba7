/** Asks axe what bars people from a page as it is now. For tests only. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Fault {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Every fault with where it is; an empty list is what we want. */
export async function faults(page: Page): Promise<string[]> {
  // Colours in the middle of a fade are nobody's colours.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((one) => one.effect?.getTiming().iterations === 1)
        .map((one) => one.finished.catch(() => undefined)),
    ),
  );
  await page.evaluate(await axe);
  const found: Fault[] = await page.evaluate(async () => (await Reflect.get(window, 'axe').run()).violations);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}
