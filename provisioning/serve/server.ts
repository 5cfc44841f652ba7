/** Root's side of the setup page: a Unix socket that takes a closed set of requests and knows nothing else. */
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Refusal } from '@rockpool/protocol/refusal';
import { maxRequestBytes, type ProvisionAnswer, ProvisionRequest } from './requests.ts';
import type { Setup } from './setup.ts';

export interface ServerParts {
  setup: Setup;
  codeHash(): string | null;
  certificate(): Promise<Extract<ProvisionAnswer, { say: 'certificate' }>['certificate']>;
  report(error: unknown): void;
}

/** More than a page with several tabs needs; whoever is in the group can't take all of root's descriptors. */
const mostConnections = 64;
/** A line that doesn't end is nobody's question. */
const patienceMs = 10_000;

export interface ProvisionServer extends Server {
  /** A page that watches never leaves by itself, and would keep this program alive for ever. */
  end(): void;
}

export function createProvisionServer(parts: ServerParts): ProvisionServer {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy()); // who asked has gone; nobody is left to be told
    answer(socket, parts).catch(parts.report);
  });
  server.maxConnections = mostConnections;
  return Object.assign(server, {
    end() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  });
}

/** Who may ask is said by the socket's owner and mode, before it can be connected to. */
export async function listenAt(server: Server, path: string, group: number): Promise<void> {
  rmSync(path, { force: true });
  const before = process.umask(0o777);
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  } finally {
    process.umask(before);
  }
  chownSync(path, 0, group);
  chmodSync(path, 0o660);
}

async function answer(socket: Socket, parts: ServerParts): Promise<void> {
  const say = (what: ProvisionAnswer): void => void socket.write(`${JSON.stringify(what)}\n`);
  try {
    const request = parse(await readLine(socket));
    if (request.ask === 'watch') {
      const { setup } = parts;
      say({ say: 'progress', progress: setup.progress() });
      socket.once(
        'close',
        setup.watch((progress) => say({ say: 'progress', progress })),
      );
      // A half-closed connection is one whose reader has gone.
      socket.once('end', () => socket.destroy());
      return;
    }
    say(await answerTo(request, parts));
  } catch (error) {
    if (!(error instanceof Refusal)) parts.report(error);
    const refused =
      error instanceof Refusal ? error : new Refusal('failed', 'It failed; look at the device’s console.');
    say({ say: 'refused', code: refused.code, message: refused.message });
  }
  socket.end();
}

async function answerTo(
  request: Exclude<ProvisionRequest, { ask: 'watch' }>,
  { setup, codeHash, certificate }: ServerParts,
): Promise<ProvisionAnswer> {
  switch (request.ask) {
    case 'progress':
      return { say: 'progress', progress: setup.progress() };
    case 'code':
      return { say: 'code', hash: codeHash() };
    case 'certificate':
      return { say: 'certificate', certificate: await certificate() };
    case 'start':
      await setup.start(request.with);
      return { say: 'done' };
    case 'kept':
      setup.kept(request.with);
      return { say: 'done' };
    case 'unlock':
      await setup.unlock(request.with);
      return { say: 'done' };
  }
}

/** @throws Refusal for what is no request of ours; what was sent is not repeated */
function parse(line: string): ProvisionRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Refusal('bad-request', 'This is not a line of JSON.', { cause });
  }
  const parsed = ProvisionRequest.safeParse(value);
  if (!parsed.success) throw new Refusal('bad-request', 'There is no such request.', { cause: parsed.error });
  return parsed.data;
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      clearTimeout(late);
      socket.off('data', hear).off('close', gone);
      settle();
    };
    const hear = (piece: Buffer): void => {
      received = Buffer.concat([received, piece]);
      const at = received.indexOf(0x0a);
      if ((at < 0 ? received.length : at) > maxRequestBytes)
        end(() => reject(new Refusal('too-large', 'A request has at most 16 KB.')));
      else if (at >= 0) end(() => resolve(received.toString('utf8', 0, at)));
    };
    const gone = (): void =>
      end(() => reject(new Refusal('aborted', 'The connection ended before its line did.')));
    const late = setTimeout(() => end(() => reject(new Refusal('aborted', 'No line came.'))), patienceMs);
    socket.on('data', hear).once('close', gone);
  });
}
