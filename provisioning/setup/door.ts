/** What every request passes before its route, and how every answer leaves: host, origin, size, shape, headers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOwnHost, isOwnOrigin } from '@rockpool/protocol/own-host';
import { pageHeaders, pagePolicy } from '@rockpool/protocol/page-headers';
import { Refusal } from '@rockpool/protocol/refusal';
import type { z } from 'zod';

/**
 * No strict-transport-security: a browser that kept it for this name would never again let anyone past a certificate
 * that it doesn't know yet, and this page's is one.
 */
export const headers = {
  ...pageHeaders,
  'content-security-policy': pagePolicy(),
  'cache-control': 'no-store',
} as const;

export const maxBodyBytes = 16 * 1024;

/** Against DNS rebinding: a name that isn't ours resolves to us only by an attacker's will. */
export function refuseUnknownHost(request: IncomingMessage, names: ReadonlySet<string>): void {
  if (isOwnHost(request.headers.host, names, request.socket.localAddress)) return;
  throw new Refusal(
    'unknown-host',
    'This device does not answer to that name; use the address on its label.',
  );
}

/** Against pages elsewhere: browsers tell where a request comes from, other programs send neither header. */
export function refuseForeignOrigin({ headers: { origin, host, ...sent }, method }: IncomingMessage): void {
  const site = sent['sec-fetch-site'];
  const isOwn = origin === undefined || isOwnOrigin(origin, host, true);
  const isNear = site === undefined || site === 'same-origin' || site === 'none';
  // A link from elsewhere may open the page, and nothing but open it.
  const opens = method === 'GET' && sent['sec-fetch-mode'] === 'navigate';
  if ((isOwn && isNear) || opens) return;
  throw new Refusal('foreign-origin', 'Pages of other sites may not talk to this device.');
}

/** @throws Refusal before it holds more than it may */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal('unsupported-type', "Send the body as JSON, with 'content-type: application/json'.");
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBodyBytes) throw new Refusal('too-large', 'The request is too large; send less at once.');
    pieces.push(piece);
  }
  return parse(Buffer.concat(pieces).toString('utf8'), schema);
}

function parse<T>(text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('bad-request', 'The body is not valid JSON.', { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue?.path.join('.') ?? '';
  throw new Refusal('bad-request', `Check '${param || 'body'}': ${issue?.message ?? 'it is not valid'}.`, {
    param,
  });
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** @param report gets what nobody expected, once; its asker learns only that it happened */
export function sendError(error: unknown, response: ServerResponse, report: (error: unknown) => void): void {
  if (!(error instanceof Refusal)) report(error);
  const { status, code, message, detail } =
    error instanceof Refusal
      ? error
      : new Refusal('failed', 'Something went wrong on the device; try again, or switch it off and on.');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (detail.retryAfterS !== undefined) response.setHeader('retry-after', detail.retryAfterS);
  // What was not read of the request would be taken for the next one.
  response.setHeader('connection', 'close');
  const { param, retryAfterS } = detail;
  sendJson(
    response,
    {
      error: {
        code,
        message,
        ...(param ? { param } : {}),
        ...(retryAfterS === undefined ? {} : { retryAfterS }),
      },
    },
    status,
  );
}
