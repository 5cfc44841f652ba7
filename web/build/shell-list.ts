/** A Vite plugin that tells the service worker which files are the shell, and a version that changes when they do. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

const still = ['/', '/manifest.webmanifest', '/icon.svg', '/icon-192.png'];

export function shellList(): Plugin {
  return {
    name: 'rockpool-shell-list',
    apply: 'build',
    enforce: 'post',
    generateBundle: (_options, bundle) => {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('the service worker is missing from the bundle');
      const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const shell = [...still, ...assets.map((name) => `/${name}`)].sort();
      const html = bundle['index.html'];
      const version = createHash('sha256')
        .update(JSON.stringify([shell, html?.type === 'asset' ? html.source : '']))
        .digest('hex')
        .slice(0, 12);
      worker.code = worker.code
        .replace(/["'`]__SHELL__["'`]/, JSON.stringify(JSON.stringify(shell)))
        .replace('__VERSION__', version);
    },
  };
}
