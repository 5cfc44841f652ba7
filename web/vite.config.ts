/** Builds the pages into `dist/`: hashed assets, each beside its .br and .gz, and the chat's service worker that knows its own. */
import { defineConfig } from 'vite';
import { precompress } from './build/precompress.ts';
import { shellList } from './build/shell-list.ts';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [shellList(), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'], // the oldest that know light-dark()
    assetsInlineLimit: 0, // data: URLs would need a wider policy
    modulePreload: { polyfill: false }, // the polyfill is an inline script
    rolldownOptions: {
      input: {
        index: new URL('./index.html', import.meta.url).pathname,
        setup: new URL('./setup.html', import.meta.url).pathname,
        ca: new URL('./ca.html', import.meta.url).pathname,
        fleet: new URL('./fleet.html', import.meta.url).pathname,
        sw: new URL('./service-worker.ts', import.meta.url).pathname,
      },
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
});
