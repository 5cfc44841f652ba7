import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateAt } from './agent-socket.ts';

const calm = new AbortController().signal;
const state = {
  ...{ version: '1.0.0', release: null, pid: 1, uptimeMs: 1, ready: true, why: null },
  model: { id: null, sha256: null, adapter: null, busy: 0 },
  ...{ uplink: 'none', memoryAvailableMiB: 4_000 },
};
let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-socket-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  rmSync(folder, { recursive: true });
});
async function answering(listener: RequestListener): Promise<string> {
  const path = join(folder, 'agent.sock');
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(path, resolve));
  return path;
}

test('the agent says how it is', async () => {
  const path = await answering((request, response) => {
    expect(request.url).toBe('/state');
    response.end(JSON.stringify(state));
  });
  expect(await stateAt(path)(calm)).toEqual(state);
});

test.each([
  ['it fails', (_, response) => response.writeHead(500).end('{}')],
  ['it speaks in other words', (_, response) => response.end(JSON.stringify({ ...state, ready: 'yes' }))],
  ['it speaks no JSON', (_, response) => response.end('<html>')],
  [
    'it ends in the middle',
    (_, response) => response.writeHead(200, { 'content-length': 100 }).flushHeaders(),
  ],
  ['it never stops', (_, response) => response.end('x'.repeat(1_000_000))],
] as [string, RequestListener][])('nobody is there when %s', async (name, listener) => {
  const path = await answering((request, response) => {
    listener(request, response);
    if (name === 'it ends in the middle') setImmediate(() => request.socket.destroy());
  });
  expect(await stateAt(path)(calm)).toBeUndefined();
});

test('nobody is there when nobody listens, and when one no longer wants to know', async () => {
  expect(await stateAt(join(folder, 'absent.sock'))(calm)).toBeUndefined();
  const path = await answering(() => undefined); // it hangs
  const leaving = new AbortController();
  const asked = stateAt(path)(leaving.signal);
  leaving.abort();
  expect(await asked).toBeUndefined();
});
