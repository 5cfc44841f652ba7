/** A server on this machine that misbehaves: nothing is followed, decoded, or waited for longer than agreed. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpGet } from './http.ts';
import { FetchFailed, fetchWhole, metadataPatience, monotonic, type Stopwatch } from './transport.ts';

const never = new AbortController().signal;
const gets = createHttpGet({ plain: true });
const asked: string[] = [];
const answers: Record<string, RequestListener> = {
  '/good': (_, response) => response.end('good'),
  '/elsewhere': (_, response) => response.writeHead(302, { location: '/good' }).end(),
  '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  '/broken': (_, response) => response.writeHead(500).end('no'),
  '/short': (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('ten bytes.', () => response.destroy());
  },
  '/silent': (_, response) => void response.writeHead(200).write('one byte or two'),
  '/claims': (_, response) => response.writeHead(200, { 'content-length': '99999' }).end('x'.repeat(99_999)),
};
const server = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers['accept-encoding']}`);
  const answer = answers[request.url ?? ''];
  if (answer) answer(request, response);
  else response.writeHead(404).end('no such thing');
});
let base: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  gets.close();
  server.closeAllConnections();
  server.close();
});

const fetched = (path: string, over: Partial<Parameters<typeof fetchWhole>[2]> = {}, signal = never) =>
  fetchWhole(
    `${base}${path}`,
    1_000,
    { get: gets, watch: monotonic, patience: metadataPatience, ...over },
    signal,
  );

test('what is there comes whole, what is not is not, and nobody is asked to compress', async () => {
  expect(String(await fetched('/good'))).toBe('good');
  expect(await fetched('/nothing')).toBeUndefined();
  expect(asked).toEqual(['/good identity', '/nothing identity']);
});

test.each([
  ['/elsewhere', 'answers 302'],
  ['/gzip', 'gzip'],
  ['/broken', 'answers 500'],
  ['/short', "can't be fetched"],
  ['/claims', 'larger than 1000 bytes'],
])('%s fails: %s', async (path, says) => {
  const error: unknown = await fetched(path).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(FetchFailed);
  expect((error as Error).message).toContain(says);
});

test('silence ends at the deadline', async () => {
  let late: (() => void) | undefined;
  const watch: Stopwatch = {
    now: () => 0,
    after: (_, deed) => {
      late = deed;
      return () => undefined;
    },
  };
  const waiting = fetched('/silent', { watch });
  while (!asked.includes('/silent identity')) await new Promise((resolve) => setImmediate(resolve));
  late?.();
  await expect(waiting).rejects.toThrow('took longer than');
});

test('whoever asked may give up', async () => {
  const stop = new AbortController();
  const waiting = fetched('/silent', {}, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('without TLS nothing is asked where it was not said that this may be', async () => {
  const strict = createHttpGet();
  await expect(fetched('/good', { get: strict })).rejects.toThrow('http: is not spoken here');
  await expect(
    fetchWhole('ftp://x/y', 1, { get: gets, watch: monotonic, patience: metadataPatience }, never),
  ).rejects.toThrow('ftp: is not spoken here');
  strict.close();
});
