/** A Vite plugin for the browser tests: where Chromium is missing, each file becomes one skipped test that says why. */
import type { Plugin } from 'vite';

export function withoutBrowser(reason = process.env['ROCKPOOL_TEST_NO_BROWSER']): Plugin {
  return {
    name: 'rockpool-without-browser',
    enforce: 'pre',
    load: (id) => (reason && /\.browser\.test\.ts$/.test(id) ? skipped(reason) : undefined),
  };
}

const skipped = (reason: string): string =>
  `import { test } from 'vitest';\ntest(${JSON.stringify(reason)}, ({ skip }) => skip(${JSON.stringify(reason)}));\n`;
