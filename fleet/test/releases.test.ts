/** Releases at a running controller: devices fetch them at the door where they enrol, and it keeps them signed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Founded, foundForTrial } from '../releases/found.ts';
import { make } from '../releases/inputs.ts';
import { addRelease } from '../releases/making.ts';
import { publish } from '../releases/publish.ts';
import { loadPublished } from '../releases/repository.ts';
import { day, type Fleet, openFleet } from './fleet.fixture.ts';

let fleet: Fleet;
let folder: string;
let founded: Founded;
beforeEach(async () => {
  fleet = await openFleet();
  folder = join(fleet.home, 'releases');
  founded = foundForTrial(folder, { now: fleet.clock.now(), passphrase: null });
});
afterEach(() => fleet[Symbol.asyncDispose]());

function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${fleet.controller.url}/releases/${path}`,
      { rejectUnauthorized: false, headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    asked.once('error', reject).end();
  });
}

test('a device without a certificate reads what is signed, piece by piece, as often as it must, and no key', async () => {
  writeFileSync(join(fleet.home, 'm'), 'weights of a model');
  const made = await make(folder, {
    ...{ kind: 'model', name: 'pebble', version: '1', counter: 1, dataForm: 0, madeAt: fleet.clock.now() },
    ...{ notes: '', compat: {}, golden: { prompt: 'x', holds: ['y'], withinMs: 1_000 }, base: undefined },
    ...{ files: [join(fleet.home, 'm')], boot: undefined, deltasFrom: 0, level: 3, link: false, beside: {} },
  });
  addRelease(folder, made, { key: founded.keys.models, now: fleet.clock.now() });
  publish(folder, { keys: [founded.keys.snapshot, founded.keys.timestamp], now: fleet.clock.now() });
  expect((await get('metadata/timestamp.json')).body).toBe(
    readFileSync(join(folder, 'metadata/timestamp.json'), 'utf8'),
  );
  const { release } = made;
  if (release.kind !== 'model') throw new Error('no model');
  // More than an address may ask of the rest of this door in a minute.
  for (let at = 0; at < 80; at += 1) {
    const piece = await get(`artifacts/${release.artifact.sha256}`, { range: 'bytes=8-9' });
    expect(piece).toEqual({ status: 206, body: 'of' });
  }
  expect((await get('keys/timestamp.key')).status).toBe(404);
  expect((await get('metadata/9.root.json')).status).toBe(404);
});

test('what ends soon is signed again by the controller, and what it has no keys for is left to others', async () => {
  const { timestamp } = loadPublished(folder);
  fleet.clock.pass(2 * day);
  await fleet.restart();
  expect(loadPublished(folder).timestamp).toEqual(timestamp);
  fleet.clock.pass(3 * day);
  await fleet.restart();
  expect(loadPublished(folder).timestamp?.signed).toMatchObject({ version: 2 });
  expect(Date.parse(loadPublished(folder).timestamp?.signed.expires ?? '')).toBeGreaterThan(
    fleet.clock.now() + 6 * day,
  );
});
