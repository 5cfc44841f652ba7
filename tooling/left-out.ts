/** A Vite plugin for tests that need what a machine may lack: there, each file becomes one skipped test that says why. */
import type { Plugin } from 'vite';

/** @param reason why they can't run here; undefined where they can */
export function leftOut(files: RegExp, reason: string | undefined): Plugin {
  return {
    name: 'rockpool-left-out',
    enforce: 'pre',
    load: (id) => (reason && files.test(id) ? skipped(reason) : undefined),
  };
}

const skipped = (reason: string): string =>
  `import { test } from 'vitest';\ntest(${JSON.stringify(reason)}, ({ skip }) => skip(${JSON.stringify(reason)}));\n`;
