/** A mirror on a free port that serves artifacts as it should, or in whatever way a test asks for. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { readFolder } from './folder.ts';
import { readOver } from './https.ts';
import { type ReadRange, readByProtocol } from './source.ts';

export interface Asked {
  from: number;
  to: number;
  file: Buffer;
  response: ServerResponse;
  /** How many requests came before. */
  n: number;
  /** As an honest mirror answers. */
  well(file?: Buffer): void;
}
export type Behave = (asked: Asked) => void;

export interface TestMirror {
  url: string;
  requests: { from: number; to: number }[];
  behave: Behave;
  close(): Promise<void>;
}

export async function startMirror(
  files: ReadonlyMap<string, Buffer>,
  behave: Behave = ({ well }) => well(),
  serve: (listener: RequestListener) => Server & { closeAllConnections(): void } = createServer,
  protocol = 'http',
): Promise<TestMirror> {
  const server = serve((asked, response) => answer(mirror, files, asked, response));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const mirror: TestMirror = {
    url: `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}/releases/`,
    requests: [],
    behave,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
  return mirror;
}

function answer(
  mirror: TestMirror,
  files: ReadonlyMap<string, Buffer>,
  asked: IncomingMessage,
  response: ServerResponse,
): void {
  response.on('error', () => undefined); // whoever asked may have left
  const file = files.get(asked.url?.replace('/releases/artifacts/', '') ?? '');
  const range = /^bytes=(\d+)-(\d+)$/.exec(asked.headers.range ?? '');
  if (!file || !range) return void response.writeHead(404).end();
  const from = Number(range[1]);
  const to = Number(range[2]) + 1;
  const n = mirror.requests.push({ from, to }) - 1;
  const well = (what = file): void => {
    const body = what.subarray(from, to);
    const headers = {
      'content-range': `bytes ${from}-${to - 1}/${file.length}`,
      'content-length': body.length,
    };
    response.writeHead(206, headers).end(body);
  };
  mirror.behave({ from, to, file, response, n, well });
}

/** Over plain HTTP, which production has no way to ask for. */
export const readInTests: ReadRange = readByProtocol({
  'http:': readOver(request, 5_000),
  'file:': readFolder,
});
