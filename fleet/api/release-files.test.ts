/** The door through which devices fetch: ranges, tags, and nothing but the repository's own names. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRange } from '@rockpool/protocol/byte-range';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addReleaseFiles } from './release-files.ts';

const hash = 'a'.repeat(64);
let folder: string;
let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-release-files-'));
  for (const one of ['metadata', 'targets/models/qwen3-8b/2', 'artifacts', 'keys', 'staging'])
    mkdirSync(join(folder, one), { recursive: true });
  writeFileSync(join(folder, 'metadata/timestamp.json'), '{"v":1}');
  writeFileSync(join(folder, 'metadata/3.snapshot.json'), '{}');
  writeFileSync(join(folder, `artifacts/${hash}`), '0123456789');
  writeFileSync(join(folder, `artifacts/${hash}.000`), 'part');
  writeFileSync(join(folder, `targets/models/qwen3-8b/2/${hash}.release.json`), 'manifest');
  writeFileSync(join(folder, 'keys/timestamp.key'), 'secret');
  writeFileSync(join(folder, 'staging/root.json'), 'draft');
  symlinkSync('../keys/timestamp.key', join(folder, 'metadata/1.root.json'));
  mkdirSync(join(folder, 'metadata/2.root.json'));
  app = Fastify();
  addReleaseFiles(app as unknown as FastifyInstance<Server>, folder);
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${url}/releases/${path}`, { headers, method });

test.each([
  ['metadata/timestamp.json', '{"v":1}'],
  ['metadata/3.snapshot.json', '{}'],
  [`artifacts/${hash}`, '0123456789'],
  [`artifacts/${hash}.000`, 'part'],
  [`targets/models/qwen3-8b/2/${hash}.release.json`, 'manifest'],
])('%s is served', async (path, content) => {
  const answer = await get(path);
  expect([answer.status, await answer.text()]).toEqual([200, content]);
  expect(answer.headers.get('accept-ranges')).toBe('bytes');
});

test.each([
  ...['', 'metadata', 'metadata/', 'artifacts/', 'keys/timestamp.key', 'staging/root.json', 'metadata/lock'],
  ...['metadata/1.root.json', 'metadata/2.root.json', 'metadata/9.root.json', 'metadata/0.root.json'],
  ...['metadata/..%2fkeys/timestamp.key', 'metadata/%2e%2e/keys/timestamp.key', '..%2fkeys%2ftimestamp.key'],
  ...[
    `artifacts/${hash.toUpperCase()}`,
    `artifacts/${hash}.partial`,
    `artifacts/${hash}%00`,
    `artifacts/${hash}/`,
  ],
  ...[`targets/models/..%2f..%2f/2/${hash}.release.json`, `targets/models/__proto__/2/${hash}.release.json`],
  `targets/keys/x/2/${hash}.release.json`,
])('case 10: %j is nothing', async (path) => {
  expect((await get(path)).status).toBe(404);
});

describe('case 13: ranges', () => {
  test.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=5-2', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=0-1,4-5', 416, '', 'bytes */10'],
    ['bytes=x', 416, '', 'bytes */10'],
    ['lines=1-2', 200, '0123456789', null],
  ])('%s is answered with %i', async (range, status, content, contentRange) => {
    const answer = await get(`artifacts/${hash}`, { range });
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      status,
      content,
      contentRange,
    ]);
  });

  test('count beyond 2^32', () => {
    expect(readRange('bytes=4294967296-4294967299', 2 ** 40)).toEqual({ start: 2 ** 32, end: 2 ** 32 + 3 });
    expect(readRange(undefined, 5)).toBeUndefined();
  });
});

test('a tag says whether it is still the same, and If-Range begins again where it is not', async () => {
  const answer = await get(`artifacts/${hash}`);
  const tag = answer.headers.get('etag') ?? '';
  expect(tag).toBe(`"${hash}"`);
  expect(answer.headers.get('cache-control')).toContain('immutable');
  expect((await get(`artifacts/${hash}`, { 'if-none-match': tag })).status).toBe(304);
  expect((await get(`artifacts/${hash}`, { range: 'bytes=0-1', 'if-range': tag })).status).toBe(206);
  expect((await get(`artifacts/${hash}`, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
  const timestamp = await get('metadata/timestamp.json');
  expect(timestamp.headers.get('cache-control')).toBe('no-cache');
  expect(
    (await get('metadata/timestamp.json', { 'if-none-match': timestamp.headers.get('etag') ?? '' })).status,
  ).toBe(304);
});

test('HEAD tells the size, and sends nothing', async () => {
  const answer = await get(`artifacts/${hash}`, {}, 'HEAD');
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '10', '']);
});

test('one address holds so many connections and no more, and gets them back', async () => {
  writeFileSync(join(folder, `artifacts/${'b'.repeat(64)}`), Buffer.alloc(32 * 1024 * 1024));
  const open = await Promise.all(Array.from({ length: 64 }, () => get(`artifacts/${'b'.repeat(64)}`)));
  expect(open.map(({ status }) => status)).toEqual(Array(64).fill(200));
  const more = await get(`artifacts/${hash}`);
  expect([more.status, more.headers.get('retry-after')]).toEqual([503, '5']);
  await Promise.all(open.map((answer) => answer.body?.cancel()));
  await expect.poll(async () => (await get(`artifacts/${hash}`)).status, { timeout: 10_000 }).toBe(200);
});
