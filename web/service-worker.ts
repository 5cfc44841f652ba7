/** Keeps the shell of the page at hand, and nothing else: what people say and the API never enter a cache. */

interface ShellWorker {
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(type: 'fetch', listener: (event: ShellRequest) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
interface ShellRequest {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

declare const self: ShellWorker;

const cacheName = 'rockpool-shell-__VERSION__';
const shell: string[] = JSON.parse('__SHELL__'); // both are filled in by build/shell-list.ts

self.addEventListener('install', (event) => event.waitUntil(precache()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOlder()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || isPrivate(url.pathname)) return;
  // The page itself comes from the device first, so an update shows at once; hashed files never change.
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => fromShell('/')));
  else if (shell.includes(url.pathname)) event.respondWith(fromShell(url.pathname));
});

function isPrivate(path: string): boolean {
  return /^\/(?:api|v1|healthz|readyz|metrics)(?:\/|$)/.test(path);
}

async function precache(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(shell);
  await self.skipWaiting();
}

async function forgetOlder(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith('rockpool-shell-') && name !== cacheName) await caches.delete(name);
  }
  await self.clients.claim();
}

async function fromShell(path: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(path);
}
