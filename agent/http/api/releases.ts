/** What this device fetched for its own updates, for others of the same office: each of them verifies it like any mirror's. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { readRange } from '@rockpool/protocol/byte-range';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import type { App } from '../app.ts';

export interface ReleaseRoutesParts {
  /** Where artifacts lie under their hashes. */
  store: string;
  /** Whether the fleet's settings let this device serve them. */
  serves(): boolean;
}

/** Public: everything there is signed, and none of it is anybody's. */
export function releaseRoutes(app: App, { store, serves }: ReleaseRoutesParts): void {
  app.get(
    '/releases/artifacts/:hash',
    {
      config: { access: 'public' },
      schema: { hide: true, params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }) },
    },
    async ({ params, headers }, reply) => {
      const file = serves() ? await opened(join(store, params.hash)) : undefined;
      if (!file) throw new Refusal('not-found', 'This device has none of it to give.');
      const { size } = await file.stat();
      const range = readRange(headers.range, size);
      reply
        .header('accept-ranges', 'bytes')
        .header('content-type', 'application/octet-stream')
        .header('cache-control', 'public, max-age=31536000, immutable');
      if (range === 'unsatisfiable') {
        await file.close();
        return await reply.code(416).header('content-range', `bytes */${size}`).send('');
      }
      const { start, end } = range ?? { start: 0, end: size - 1 };
      if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
      return await reply
        .header('content-length', end - start + 1)
        .send(file.createReadStream({ start, end, highWaterMark: 256 * 1024 }));
    },
  );
}

/** @returns undefined for what isn't a whole file of the store */
async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
