/** The dashboard's files: those that are its own, as long as they are good, and nothing beside them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Door, openDoor } from './operators-door.fixture.ts';

let folder: string;
let door: Door;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-pages-'));
  const pages = join(folder, 'dist');
  mkdirSync(join(pages, 'assets'), { recursive: true });
  const write = (name: string, text: string): void => {
    writeFileSync(join(pages, name), text);
    writeFileSync(join(pages, `${name}.br`), brotliCompressSync(text));
  };
  write('fleet.html', '<!doctype html><title>Fleet</title>');
  write('index.html', 'the chat, which is none of ours');
  write('icon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  write('assets/fleet-abc.js', 'export {};');
  writeFileSync(join(folder, 'secret'), 'a secret');
  door = await openDoor({ pages });
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('the document is asked for anew each time, under the strict policy; what holds a hash in its name is kept', async () => {
  const page = await door.ask('GET', '/');
  expect([page.statusCode, page.body]).toEqual([200, '<!doctype html><title>Fleet</title>']);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
  });
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  const asset = await door.ask('GET', '/assets/fleet-abc.js');
  expect(asset.headers['content-type']).toMatch(/javascript/);
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect((await door.ask('GET', '/icon.svg')).headers['content-type']).toBe('image/svg+xml');
});

test('whoever understands brotli gets what the build compressed', async () => {
  const asset = await door.ask('GET', '/assets/fleet-abc.js', { headers: { 'accept-encoding': 'br' } });
  expect(asset.headers['content-encoding']).toBe('br');
  expect(asset.rawPayload).toEqual(brotliCompressSync('export {};'));
});

test.each([
  '/index.html',
  '/fleet.html',
  '/assets/',
  '/assets/none.js',
  '/assets/../../secret',
  '/assets/..%2f..%2fsecret',
  '/assets/%2e%2e%2f%2e%2e%2fsecret',
  '/assets/..%5c..%5csecret',
  '//etc/passwd',
])('%s is not found', async (path) => {
  const answer = await door.ask('GET', path);
  expect(answer.body).not.toMatch(/secret|chat|root:/);
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  expect(answer.statusCode).toBeLessThan(500);
});

test('where nothing was built it says how to', async () => {
  await using bare = await openDoor();
  expect((await bare.ask('GET', '/')).json()).toMatchObject({
    error: { message: expect.stringContaining('npm run build') },
  });
});
