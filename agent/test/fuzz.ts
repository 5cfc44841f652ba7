/** Every operation of the OpenAPI document against bad input: a clear "no" in the right shape, never a failure, never a crash. */
import { OpenAiError } from '@rockpool/protocol/openai';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { z } from 'zod';
import type { App } from '../http/app.ts';
import { hostileBodies, hostileContentType, hostileQuery, hostileSegment, type Schema } from './hostile.ts';

export interface Operation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
}

export interface FuzzOptions {
  /** What lets a request to this operation in; asked for each request, since some of them end a sign-in. */
  headers(operation: Operation): Record<string, string> | Promise<Record<string, string>>;
  /** Operations whose answer never ends by itself. */
  skip?(operation: Operation): boolean;
  /** Requests for each operation. */
  runs?: number;
  /** The same one gives the same requests. */
  seed?: number;
}

interface Described extends Operation {
  body: Schema | undefined;
  query: string[];
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        requestBody?: { content?: Record<string, { schema: Schema }> };
        parameters?: { in: string; name: string }[];
      }
    >
  >;
  components?: { schemas?: Record<string, Schema> };
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** @returns for each operation (`POST /v1/embeddings`) how often each status was answered */
export async function fuzz(app: App, options: FuzzOptions): Promise<Map<string, Map<number, number>>> {
  const { headers, skip = () => false, runs = 60, seed = 4471 } = options;
  const document = await documentOf(app);
  const statuses = new Map<string, Map<number, number>>();
  for (const operation of operationsOf(document).filter((one) => !skip(one))) {
    const counted = new Map<number, number>();
    statuses.set(`${operation.method.toUpperCase()} ${operation.path}`, counted);
    const requests = hostileRequests(operation, document.components?.schemas ?? {});
    const property = fc.asyncProperty(requests, async (request) => {
      const answer = await app.inject({
        ...request,
        headers: { ...request.headers, ...(await headers(operation)) },
      });
      counted.set(answer.statusCode, (counted.get(answer.statusCode) ?? 0) + 1);
      demandClearAnswer(answer);
    });
    await fc.assert(property, {
      numRuns: runs,
      seed,
      examples: operation.body ? [[tooLarge(operation)]] : [],
    });
  }
  return statuses;
}

async function documentOf(app: App): Promise<Document> {
  const answer = await app.inject({
    method: 'GET',
    url: '/api/openapi.json',
    headers: { host: '127.0.0.1' },
  });
  return answer.json() as Document;
}

function operationsOf(document: Document): Described[] {
  return Object.entries(document.paths).flatMap(([path, described]) =>
    methods.flatMap((method): Described[] => {
      const operation = described[method];
      if (!operation) return [];
      const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
      const query = (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
      return [{ method, path, body, query }];
    }),
  );
}

function hostileRequests(
  operation: Described,
  components: Record<string, Schema>,
): fc.Arbitrary<InjectOptions> {
  const parts = operation.path.split(/(\{[^}]+\})/);
  const path = fc.tuple(...parts.map((part) => (part.startsWith('{') ? hostileSegment : fc.constant(part))));
  // Routes that describe no body may still read one.
  const body =
    operation.method === 'get' ? fc.constant(undefined) : hostileBodies(operation.body ?? {}, components);
  return fc
    .tuple(path, hostileQuery(operation.query), body, hostileContentType)
    .map(([segments, query, payload, type]) => ({
      method: upper(operation.method),
      url: segments.join('') + query,
      headers: { host: '127.0.0.1', ...(payload ? { 'content-type': type } : {}) },
      ...(payload ? { payload } : {}),
    }));
}

const upper = (method: Operation['method']) => method.toUpperCase() as Uppercase<Operation['method']>;

const tooLarge = ({ method, path }: Described): InjectOptions => ({
  method: upper(method),
  url: path.replaceAll(/\{[^}]+\}/g, '1'),
  headers: { host: '127.0.0.1', 'content-type': 'application/json' },
  payload: Buffer.from(`{"text":"${'x'.repeat(5 * 1024 * 1024)}"}`),
});

const ApiError = z.object({ error: z.object({ code: z.string().regex(/^[a-z-]+$/), message: z.string() }) });

/** @throws Error when the answer is not what its sender can act on */
function demandClearAnswer(answer: {
  statusCode: number;
  body: string;
  raw: { req: { url?: string | undefined } };
}): void {
  const { statusCode, body } = answer;
  const url = answer.raw.req.url ?? '';
  if (statusCode < 400) return;
  if (statusCode >= 500 && statusCode !== 503)
    throw new Error(`${statusCode} to ${url.slice(0, 200)}: ${body.slice(0, 300)}`);
  const shape = url.startsWith('/v1') ? OpenAiError : ApiError;
  const parsed = shape.safeParse(parseJson(body));
  if (!parsed.success)
    throw new Error(`${statusCode} to ${url.slice(0, 200)} in a shape of its own: ${body.slice(0, 300)}`);
  const { message } = parsed.data.error;
  if (!/^[^\n]{8,400}[.!?]$/u.test(message))
    throw new Error(`no sentence: ${JSON.stringify(message).slice(0, 600)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
