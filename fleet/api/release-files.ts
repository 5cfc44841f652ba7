/**
 * The releases' repository as files: what devices and mirrors fetch. Nobody signs in here: every byte is signed or pinned
 * by something that is, none is secret, and a device whose certificate has run out must still be able to get well.
 */
import { createHash } from 'node:crypto';
import { constants, type ReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Server } from 'node:https';
import { join } from 'node:path';
import { readRange } from '@rockpool/protocol/byte-range';
import { ReleasePath } from '@rockpool/protocol/update/release';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { networkOf } from '../host/address.ts';

/** A device fetches with a handful of connections; an office has several behind one address. */
const atOnceFromOne = 64;
const atOnceFromAll = 512;
const prefix = '/releases/';

export const isReleaseFile = (url: string): boolean => url.startsWith(prefix);

interface Place {
  file: string;
  /** Undefined where the name doesn't say it. */
  sha256: string | undefined;
  /** Stays what it is for ever. */
  isFixed: boolean;
}

/** Only names of the forms that a repository has: there is nothing to list, and no way out of the folder. */
export function placeOf(folder: string, path: string): Place | undefined {
  const [, metadata] =
    /^metadata\/((?:[1-9][0-9]{0,9}\.(?:root|targets|snapshot|models|agent|patches)|timestamp)\.json)$/.exec(
      path,
    ) ?? [];
  if (metadata !== undefined)
    return { file: join(folder, 'metadata', metadata), sha256: undefined, isFixed: false };
  const [, artifact, part] = /^artifacts\/([0-9a-f]{64})(\.[0-9]{3})?$/.exec(path) ?? [];
  if (artifact !== undefined)
    return { file: join(folder, path), sha256: `${artifact}${part ?? ''}`, isFixed: true };
  const [, release, sha256, name] =
    /^targets\/([a-z]+\/[^/]+\/[^/]+)\/([0-9a-f]{64})\.([0-9A-Za-z][0-9A-Za-z._+-]{0,80})$/.exec(path) ?? [];
  if (release === undefined || name === undefined || !ReleasePath.safeParse(release).success)
    return undefined;
  return { file: join(folder, path), sha256, isFixed: true };
}

export function addReleaseFiles(app: FastifyInstance<Server>, folder: string): void {
  const busy = createBusy();
  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'HEAD'],
    url: `${prefix}*`,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const place = placeOf(folder, request.params['*']);
      const handle = place && (await openFile(place.file));
      if (!place || !handle) return reply.code(404).type('text/plain').send('There is nothing here.\n');
      if (!busy.enter(networkOf(request.ip), reply)) {
        await handle.close();
        return reply
          .code(503)
          .header('retry-after', '5')
          .type('text/plain')
          .send('Too many fetch at once.\n');
      }
      return send(request, reply, place, handle);
    },
  });
}

/** Who holds connections: a few slow readers must not keep a fleet from its patch. */
function createBusy() {
  const from = new Map<string, number>();
  let all = 0;
  return {
    enter(address: string, reply: FastifyReply): boolean {
      const here = from.get(address) ?? 0;
      if (here >= atOnceFromOne || all >= atOnceFromAll) return false;
      from.set(address, here + 1);
      all += 1;
      reply.raw.once('close', () => {
        all -= 1;
        const left = (from.get(address) ?? 1) - 1;
        if (left > 0) from.set(address, left);
        else from.delete(address);
      });
      return true;
    },
  };
}

/** @returns undefined for what isn't a file: a folder, a link, nothing */
async function openFile(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  place: Place,
  handle: FileHandle,
): Promise<FastifyReply> {
  const { size } = await handle.stat();
  const tag = `"${
    place.sha256 ??
    createHash('sha256')
      .update(await readAll(handle, size))
      .digest('hex')
  }"`;
  reply
    .header('etag', tag)
    .header('accept-ranges', 'bytes')
    .header('x-content-type-options', 'nosniff')
    // A mirror between must not hold back a new timestamp, and may keep for ever what is named by its hash.
    .header('cache-control', place.isFixed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .type('application/octet-stream');
  if (namesTag(request.headers['if-none-match'], tag)) return end(reply.code(304), handle);
  const ifRange = request.headers['if-range'];
  const asked = ifRange === undefined || ifRange === tag ? request.headers.range : undefined;
  const range = readRange(asked, size);
  if (range === 'unsatisfiable')
    return end(reply.code(416).header('content-range', `bytes */${size}`), handle);
  const { start, end: last } = range ?? { start: 0, end: size - 1 };
  if (range) reply.code(206).header('content-range', `bytes ${start}-${last}/${size}`);
  reply.header('content-length', last - start + 1);
  if (request.method === 'HEAD' || size === 0) return end(reply, handle);
  const stream: ReadStream = handle.createReadStream({ start, end: last, highWaterMark: 256 * 1024 });
  return reply.send(stream);
}

async function end(reply: FastifyReply, handle: FileHandle): Promise<FastifyReply> {
  await handle.close();
  return reply.send('');
}

async function readAll(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  await handle.read(bytes, 0, size, 0);
  return bytes;
}

const namesTag = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === tag || one.trim() === '*');
