/** The built setup page: a closed table of paths, made once; what isn't in it is not found, however it is spelled. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

interface PageFile {
  type: string;
  cache: string;
  /** Path and bytes of each form; the plain one under ''. */
  forms: ReadonlyMap<string, { path: string; bytes: number }>;
}

export interface Page {
  /** @returns false when nothing stands under this path */
  send(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** @param folder what Vite built */
export function openPage(folder: string): Page {
  const files = new Map<string, PageFile>();
  const add = (path: string, name: string, cache: string): void => {
    const type = types[extname(name)];
    if (type) files.set(path, { type, cache, forms: formsOf(join(folder, name)) });
  };
  for (const path of ['/', '/setup']) add(path, 'setup.html', 'no-store');
  add('/icon.svg', 'icon.svg', 'no-cache');
  // Names under assets/ hold a hash of their content.
  for (const name of readdirSync(join(folder, 'assets'))) {
    add(`/assets/${name}`, join('assets', name), 'public, max-age=31536000, immutable');
  }
  return {
    async send(path, request, response) {
      const file = files.get(path);
      const plain = file?.forms.get('');
      if (!file || !plain) return false;
      const accepted = String(request.headers['accept-encoding'] ?? '');
      const encoding = encodings.find(
        ([name]) => file.forms.has(name) && new RegExp(`\\b${name}\\b(?!;q=0(?:\\.0*)?\\b)`).test(accepted),
      )?.[0];
      const form = (encoding && file.forms.get(encoding)) || plain;
      response.writeHead(200, {
        'content-type': file.type,
        'content-length': form.bytes,
        'cache-control': file.cache,
        vary: 'accept-encoding',
        ...(encoding ? { 'content-encoding': encoding } : {}),
      });
      if (request.method === 'HEAD') response.end();
      else await pipeline(createReadStream(form.path), response);
      return true;
    },
  };
}

function formsOf(path: string): PageFile['forms'] {
  const forms = new Map([['', { path, bytes: statSync(path).size }]]);
  for (const [name, ending] of encodings) {
    const bytes = statSync(path + ending, { throwIfNoEntry: false })?.size;
    if (bytes !== undefined) forms.set(name, { path: path + ending, bytes });
  }
  return forms;
}
