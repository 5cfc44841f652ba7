/** The page's build: `web/dist` is made anew when what it is made from has changed, and swapped in whole. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from './installed.mjs';
import { CannotPrepare } from './refusal.mjs';

const dist = (root) => join(root, 'web/dist');
const stampIn = (folder) => join(folder, '.built-from');

export function isWebBuilt(root) {
  if (!existsSync(join(root, 'web/index.html'))) return true; // an image carries the page without its sources
  return (
    existsSync(join(dist(root), 'index.html')) && readIfThere(stampIn(dist(root))) === sourcesDigest(root)
  );
}

/** By content and not by date: a checkout or a copy gives files any date. */
export function sourcesDigest(root) {
  const digest = createHash('sha256');
  for (const file of [...filesIn(root, 'web'), ...filesIn(root, 'protocol'), 'package-lock.json']) {
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return `${digest.digest('hex')}\n`;
}

const isSource = (path) => !/(?:^|\/)(?:node_modules|dist|test)(?:\/|$)|\.test\.tsx?$/.test(path);

const filesIn = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .filter(isSource)
    .sort();

/** Built beside and renamed into place: a server that runs meanwhile never serves half a page. */
export async function buildWeb(root, node) {
  const digest = sourcesDigest(root);
  const next = join(root, 'node_modules/.rockpool-web');
  rmSync(next, { recursive: true, force: true });
  await vite(root, node, '../node_modules/.rockpool-web');
  writeFileSync(stampIn(next), digest);
  const old = join(root, 'node_modules/.rockpool-web-old');
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist(root))) renameSync(dist(root), old);
  renameSync(next, dist(root));
  rmSync(old, { recursive: true, force: true });
}

function vite(root, node, outDir) {
  const args = [
    join(root, 'node_modules/vite/bin/vite.js'),
    'build',
    'web',
    '--outDir',
    outDir,
    '--emptyOutDir',
    '--logLevel',
    'warn',
  ];
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(node, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-8_000);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new CannotPrepare('The page could not be built:', output.trim().split('\n').slice(-12)));
    });
  });
}
