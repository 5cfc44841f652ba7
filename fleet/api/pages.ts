/** The dashboard's files as Vite built them: hashed ones for ever, its one document anew each time, and nothing of other pages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyPluginAsync } from 'fastify';
import type { App } from './app.ts';

const document = 'fleet.html';
const open = { config: { who: 'anyone' }, schema: { hide: true } } as const;

/** @param folder `web/dist` */
export async function addPages(app: App, folder: string): Promise<void> {
  const own: FastifyPluginAsync = async (scope) => {
    if (!existsSync(join(folder, document))) {
      scope.get('/', open, () => {
        throw new Refusal('not-found', "The dashboard is not built; run 'npm run build'.");
      });
      return;
    }
    await scope.register(staticFiles, {
      root: folder,
      serve: false,
      preCompressed: true,
      cacheControl: false,
    });
    scope.get('/', open, (_, reply) => reply.header('cache-control', 'no-cache').sendFile(document));
    scope.get('/icon.svg', open, (_, reply) =>
      reply.header('cache-control', 'no-cache').sendFile('icon.svg'),
    );
    // A name under assets/ holds the hash of what is in it.
    scope.get<{ Params: { file: string } }>('/assets/:file', open, (request, reply) =>
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .sendFile(join('assets', request.params.file)),
    );
  };
  await app.register(own);
}
