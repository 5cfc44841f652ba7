/** A Vite plugin that tells the service worker which files are the chat's shell, and a version that changes when they do. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

const still = ['/', '/manifest.webmanifest', '/icon.svg', '/icon-192.png'];

type Bundle = Parameters<Extract<NonNullable<Plugin['generateBundle']>, (...given: never) => unknown>>[1];

export function shellList(): Plugin {
  return {
    name: 'rockpool-shell-list',
    apply: 'build',
    enforce: 'post',
    generateBundle: (_options, bundle) => {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('the service worker is missing from the bundle');
      const shell = [...still, ...ofChat(bundle).map((name) => `/${name}`)].sort();
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

/** What the chat page loads, now or later. The setup page's own files are used once, and before there is a worker. */
function ofChat(bundle: Bundle): string[] {
  const found = new Set<string>();
  const follow = (name: string): void => {
    const chunk = bundle[name];
    if (chunk?.type !== 'chunk' || found.has(name)) return;
    found.add(name);
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) follow(next);
  };
  const entry = Object.values(bundle).find(
    (one) => one.type === 'chunk' && one.isEntry && one.name === 'index',
  );
  if (!entry) throw new Error('the chat page is missing from the bundle');
  follow(entry.fileName);
  return [...found].filter((name) => name.startsWith('assets/'));
}
