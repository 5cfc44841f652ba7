/** The agent's own HTTP interface as a command uses it: typed answers, streams of frames, uploads. */
import type { Readable } from 'node:stream';
import { Refusal, type RefusalCode, refusals } from '@rockpool/protocol/refusal';
import { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Ask {
  method: Method;
  path: string;
  headers: Record<string, string>;
  body?: string | Readable | undefined;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  body: Readable;
}

/** How a request reaches the agent. */
export interface Transport {
  send(ask: Ask): Promise<Answer>;
  close(): Promise<void>;
}

export interface Api {
  /** @throws Refusal what the agent refused with */
  request<T>(method: Method, path: string, answer: z.ZodType<T>, body?: unknown): Promise<T>;
  /** The objects of a streamed answer as they come; ending the iteration tells the agent to stop. */
  stream(path: string, body: unknown, signal?: AbortSignal): AsyncGenerator<unknown>;
  upload<T>(path: string, content: Readable, answer: z.ZodType<T>, signal?: AbortSignal): Promise<T>;
  /** The bytes of an answer. */
  download(method: Method, path: string, signal?: AbortSignal): Promise<Readable>;
  /** The same interface, in somebody's name. */
  as(person: string | undefined): Api;
  close(): Promise<void>;
}

export const nothing = z.unknown().transform(() => undefined);

export function createApi(transport: Transport, person?: string): Api {
  const send = async (ask: Omit<Ask, 'headers'>, contentType?: string): Promise<Readable> => {
    const headers = {
      // A header is ASCII; a name is not.
      ...(person === undefined ? {} : { 'x-rockpool-as': encodeURIComponent(person) }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    };
    const { status, body } = await transport.send({ ...ask, headers });
    if (status >= 200 && status < 300) return body;
    throw refusalIn(await text(body), status);
  };
  const sendJson = (method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Readable> =>
    body === undefined
      ? send({ method, path, signal })
      : send({ method, path, signal, body: JSON.stringify(body) }, 'application/json');

  return {
    request: async (method, path, answer, body) =>
      parse(answer, await text(await sendJson(method, path, body))),
    async *stream(path, body, signal) {
      yield* objects(await sendJson('POST', path, body, signal));
    },
    upload: async (path, content, answer, signal) =>
      parse(
        answer,
        await text(await send({ method: 'POST', path, body: content, signal }, 'application/octet-stream')),
      ),
    download: (method, path, signal) => send({ method, path, signal }),
    as: (name) => createApi(transport, name),
    close: () => transport.close(),
  };
}

async function text(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces).toString('utf8');
}

async function* objects(body: Readable): AsyncGenerator<unknown> {
  let rest = '';
  for await (const piece of body.setEncoding('utf8')) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) yield JSON.parse(line);
  }
  if (rest.trim()) yield JSON.parse(rest);
}

function parse<T>(answer: z.ZodType<T>, json: string): T {
  const parsed = answer.safeParse(json === '' ? undefined : JSON.parse(json));
  if (parsed.success) return parsed.data;
  throw new Error('the agent answered something else than was expected; is it of the same version?', {
    cause: parsed.error,
  });
}

const Failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

function refusalIn(body: string, status: number): Refusal {
  try {
    const { code, message } = Failure.parse(JSON.parse(body)).error;
    return new Refusal(isKnown(code) ? code : 'failed', message);
  } catch (cause) {
    return new Refusal('failed', `The agent answered with status ${status}.`, { cause });
  }
}

const isKnown = (code: string): code is RefusalCode => code in refusals;
