/** Serves the built chat page: hashed assets for ever, everything else revalidated, one document for all its paths. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyPluginAsync } from 'fastify';
import type { App } from './app.ts';

/** The page's own router answers these; anything else is not found. */
const pagePaths = ['/', '/c/:session', '/settings', '/settings/:tab', '/setup', '/login', '/join/:code'];

/** Installing the authority may be what mends a device's posture, and these files hold nothing of anyone's. */
const isForAll = /^\/(?:ca|icon\.svg|assets\/[^/]+)$/;
const openToAll = { posture: 'any' } as const;

/** @param folder what Vite built: index.html, assets/, and a .br and .gz beside each file */
export async function pageRoutes(app: App, folder: string): Promise<void> {
  const page: FastifyPluginAsync = async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public', ...(isForAll.test(route.url) ? openToAll : {}) };
      route.schema = { ...route.schema, hide: true };
    });
    if (!existsSync(join(folder, 'index.html'))) {
      scope.get('/', () => {
        throw new Refusal('not-found', "The chat page is not built; run 'npm run build'.");
      });
      return;
    }
    await scope.register(staticFiles, {
      root: folder,
      wildcard: false,
      index: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        reply.header('cache-control', cacheFor(path.slice(folder.length)));
      },
    });
    // Told apart from the chat, which a person sees only after this has let their browser trust the device.
    scope.get('/ca', (_, reply) => reply.sendFile('ca.html'));
    for (const path of pagePaths) scope.get(path, (_, reply) => reply.sendFile('index.html'));
  };
  await app.register(page);
}

/** Names under assets/ hold a hash of their content. */
const cacheFor = (path: string): string =>
  path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
