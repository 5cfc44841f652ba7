/** A real agent for scenarios: its own process, its own home, a free port; and a person who talks to it over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { SessionWithMessages } from '@rockpool/protocol/chat';
import { Frame, type Session } from '@rockpool/protocol/chat';
import type { Document } from '@rockpool/protocol/documents';

export interface Appliance {
  readonly home: string;
  readonly address: string;
  /** The one-time code, while no account exists. */
  readonly setupCode: string | undefined;
  readonly pid: number;
  /** Everything it printed so far. */
  printed(): string;
  /** Resolves once /readyz answers 200. */
  ready(): Promise<void>;
  /** SIGTERM, or another signal; resolves with the exit code when it is gone. The home stays. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops it and removes the home. */
  remove(): Promise<void>;
}

/** What `npm start` starts. */
const entry = join(import.meta.dirname, '../rockpool.mjs');

/** @param home kept between starts when given, else new */
export async function startAppliance(
  home: string = mkdtempSync(join(tmpdir(), 'rockpool-')),
  environment: NodeJS.ProcessEnv = {},
): Promise<Appliance> {
  const child = spawn(process.execPath, [entry, 'serve'], {
    env: { ...process.env, ROCKPOOL_HOME: home, ROCKPOOL_PORT: '0', ROCKPOOL_LOG: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const greeting = await firstAddress(child, lines, gone);
  return {
    home,
    address: greeting.address,
    setupCode: greeting.setupCode,
    pid: child.pid ?? 0,
    printed: () => lines.join('\n'),
    async ready() {
      while (!(await fetch(`${greeting.address}/readyz`)).ok) await wait(20);
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return await gone;
    },
    async remove() {
      child.kill('SIGTERM');
      await gone;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function firstAddress(child: ChildProcess, lines: string[], gone: Promise<number | null>) {
  const seen = Promise.withResolvers<{ address: string; setupCode: string | undefined }>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      const address = /https?:\/\/[^\s/]+:\d+/.exec(line)?.[0];
      if (address) seen.resolve({ address, setupCode: /\b[A-Z2-9]{4}-[A-Z2-9]{4}\b/.exec(line)?.[0] });
    });
  }
  void gone.then((code) => seen.reject(new Error(`the agent ended with ${code}:\n${lines.join('\n')}`)));
  return await seen.promise;
}

const firstAdmin = { name: 'ada', password: 'correct horse battery' };

/** Someone with a browser's cookie. */
export class Visitor {
  readonly #address: string;
  #cookie = '';

  constructor(address: string) {
    this.#address = address;
  }

  /** Any request of the page; the body is sent as JSON unless it is bytes. */
  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    const bytes = body instanceof Uint8Array;
    const response = await fetch(`${this.#address}${path}`, {
      method,
      headers: {
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
        ...(body === undefined
          ? {}
          : { 'content-type': bytes ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: bytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const cookie = response.headers.getSetCookie()[0];
    if (cookie) this.#cookie = cookie.split(';', 1)[0] ?? '';
    return response;
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.ask(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** Makes the first account. */
  async setUp(code: string | undefined): Promise<void> {
    await this.json('POST', '/api/setup', { code, ...firstAdmin });
  }

  /** Whoever made the first account, in another browser. */
  static async signedIn(address: string): Promise<Visitor> {
    const visitor = new Visitor(address);
    await visitor.json('POST', '/api/login', firstAdmin);
    return visitor;
  }

  async newSession(): Promise<string> {
    return (await this.json<Session>('POST', '/api/sessions')).id;
  }

  async messages(session: string): Promise<SessionWithMessages['messages']> {
    return (await this.json<SessionWithMessages>('GET', `/api/sessions/${session}`)).messages;
  }

  /** Says something and hears the whole answer. */
  async say(session: string, text: string, attachments: readonly number[] = []): Promise<Turn> {
    const frames: Frame[] = [];
    for await (const frame of this.turn(session, { text, attachments })) frames.push(frame);
    const last = frames.at(-1);
    if (last?.type !== 'done') throw new Error(`the turn ended with ${JSON.stringify(last)}`);
    return { frames, answer: last.message.text, message: last.message, usage: last.usage };
  }

  /** The frames of a turn as they come; ending the loop early is what a reader who leaves does. */
  async *turn(session: string, body: unknown, signal?: AbortSignal): AsyncGenerator<Frame> {
    const response = await fetch(`${this.#address}/api/sessions/${session}/turns`, {
      method: 'POST',
      headers: { cookie: this.#cookie, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
    if (!response.ok || !response.body) throw new Error(`${response.status} ${await response.text()}`);
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim()) yield Frame.parse(JSON.parse(line));
    }
  }

  /** Adds a document and waits until it is searchable. */
  async add(name: string, bytes: Uint8Array): Promise<Document> {
    const added = await this.json<Document>('POST', `/api/documents?name=${encodeURIComponent(name)}`, bytes);
    for (;;) {
      const document = await this.json<Document>('GET', `/api/documents/${added.id}`);
      if (document.status === 'ready' || document.status === 'failed') return document;
      await wait(50);
    }
  }
}

export interface Turn {
  frames: Frame[];
  answer: string;
  message: Extract<Frame, { type: 'done' }>['message'];
  usage: Extract<Frame, { type: 'done' }>['usage'];
}
