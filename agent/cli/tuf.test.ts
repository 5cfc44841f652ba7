/** The client of the conformance suite: files by plain names, an exit code of 0 or 1, and nothing that was not verified. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelRelease, SimulatedRepository } from '../update/metadata/test/simulated-repository.ts';

const repository = new SimulatedRepository(Date.now());
const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
repository.publish();
const folder = mkdtempSync(join(tmpdir(), 'rockpool-tuf-'));
const trusted = join(folder, 'trusted');
const server = createServer((request, response) => {
  const bytes = repository.files.get((request.url ?? '').slice(1));
  response.writeHead(bytes ? 200 : 404).end(bytes);
});
let base: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'root.json'), repository.files.get('metadata/1.root.json') ?? '');
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** @returns the exit code */
const tuf = (...args: string[]): Promise<number> =>
  new Promise((resolve) => {
    const main = join(import.meta.dirname, '../main.ts');
    execFile(process.execPath, [main, 'tuf', '--metadata-dir', trusted, ...args], (error) =>
      resolve(error ? Number(error.code) : 0),
    );
  });

test('init, refresh and download, in the words of the suite', async () => {
  expect(await tuf('init', join(folder, 'root.json'))).toBe(0);
  expect(await tuf('--metadata-url', `${base}/metadata/`, 'refresh')).toBe(0);
  expect(readdirSync(trusted).sort()).toEqual([
    'root.json',
    'snapshot.json',
    'targets.json',
    'timestamp.json',
  ]);
  const download = (name: string): Promise<number> =>
    tuf(
      ...['--metadata-url', `${base}/metadata/`, '--target-name', name],
      ...['--target-dir', join(folder, 'targets'), '--target-base-url', `${base}/targets/`, 'download'],
    );
  expect(await download(`${path}/release.json`)).toBe(0);
  expect(await download(`${path}/nothing`)).toBe(1);
  const [file] = readdirSync(join(folder, 'targets'));
  expect(JSON.parse(readFileSync(join(folder, 'targets', file ?? ''), 'utf8'))).toMatchObject({
    name: 'qwen3-8b',
  });
  repository.put(
    'metadata/timestamp.json',
    { ...repository.timestamp, version: 99 },
    repository.keys.snapshot,
  );
  expect(await tuf('--metadata-url', `${base}/metadata/`, 'refresh')).toBe(1);
  expect(JSON.parse(readFileSync(join(trusted, 'timestamp.json'), 'utf8')).signed.version).toBeLessThan(99);
}, 120_000);
