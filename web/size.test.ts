/** The first load stays small, and what is built is what the policy allows. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Built, buildPage } from './test/build.ts';

let built: Built;
beforeAll(async () => {
  built = await buildPage();
});
afterAll(() => built.remove());

const read = (name: string) => readFile(join(built.folder, name), 'utf8');
const brotliBytes = async (name: string) => (await readFile(join(built.folder, `${name}.br`))).length;

/** The page, what it names, and what those import before anything shows. */
async function firstLoad(page = 'index.html'): Promise<string[]> {
  const html = await read(page);
  const names = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  const imported = await Promise.all(
    names
      .filter((name) => name.endsWith('.js'))
      .map(async (name) =>
        [...(await read(name)).matchAll(/\bfrom\s*["']\.\/([^"']+\.js)["']/g)].map(
          (match) => `assets/${match[1]}`,
        ),
      ),
  );
  return [...new Set([page, ...names, ...imported.flat()])];
}

test('the first load is at most 120 KB compressed, page, style and script together', async () => {
  const names = await firstLoad();
  expect(names.filter((name) => name.endsWith('.css'))).toHaveLength(1);
  expect(names.some((name) => name.endsWith('.js'))).toBe(true);
  const sizes = await Promise.all(names.map(brotliBytes));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(120 * 1024);
});

test('the setup page is at most 40 KB with gzip, which every browser takes, and loads nothing of the chat', async () => {
  for (const page of ['setup.html', 'ca.html']) {
    const names = await firstLoad(page);
    expect(names.filter((name) => name.endsWith('.css'))).toHaveLength(1);
    const sizes = await Promise.all(
      names.map(async (name) => (await readFile(join(built.folder, `${name}.gz`))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(40 * 1024);
    expect(names.join(' ')).not.toMatch(/index-|qr-encode/);
    expect(await read(page)).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
  }
});

test('the dashboard is at most 90 KB compressed without its charts, which come with a device, and loads nothing of the chat', async () => {
  const names = await firstLoad('fleet.html');
  expect(names.filter((name) => name.endsWith('.css'))).toHaveLength(1);
  const sizes = await Promise.all(names.map(brotliBytes));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(90 * 1024);
  expect(names.join(' ')).not.toMatch(/index-|uplot|qr-encode/);
  expect((await readdir(join(built.folder, 'assets'))).join(' ')).toMatch(/uplot-.*\.js/);
  expect(await read('fleet.html')).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
});

test('colours in code and formulas are not part of the first load', async () => {
  const names = (await firstLoad()).join(' ');
  const all = (await readdir(join(built.folder, 'assets'))).join(' ');
  expect(all).toMatch(/highlight-.*temml-/);
  expect(names).not.toMatch(/highlight|temml/);
});

test('every text file lies beside its compressed copies, which hold the same bytes', async () => {
  const names = (await readdir(built.folder, { recursive: true })).filter((name) =>
    /\.(?:html|js|css|svg|webmanifest)$/.test(name),
  );
  for (const name of names) {
    const plain = await readFile(join(built.folder, name));
    expect(brotliDecompressSync(await readFile(join(built.folder, `${name}.br`))).equals(plain), name).toBe(
      true,
    );
    expect(gunzipSync(await readFile(join(built.folder, `${name}.gz`))).equals(plain), name).toBe(true);
  }
});

test('the page holds no inline script or style and names no other host', async () => {
  const html = await read('index.html');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
});

test('the service worker knows every file of the shell by name, and no path of the API', async () => {
  const worker = await read('sw.js');
  const shell: string[] = JSON.parse(/\[\\?".*?\]/.exec(worker.replaceAll('\\"', '"'))?.[0] ?? '[]');
  const assets = (await readdir(join(built.folder, 'assets'))).filter((name) => /\.(?:js|css)$/.test(name));
  const ofChat = assets.filter((name) => !/^(?:setup|install|ca|fleet|uplot|qr|qr-encode)-/.test(name));
  expect(ofChat.length).toBeLessThan(assets.length);
  expect(shell.filter((path) => path.startsWith('/assets/')).sort()).toEqual(
    ofChat.map((name) => `/assets/${name}`).sort(),
  );
  expect(shell).toContain('/');
  expect(shell.filter((path) => /^\/(?:api|v1)/.test(path))).toEqual([]);
  expect(worker).not.toContain('__VERSION__');
});
