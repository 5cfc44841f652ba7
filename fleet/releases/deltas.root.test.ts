/** Short ways between releases of the agent: made by zstd's program, read by what devices have. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release } from '@rockpool/protocol/update/release';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unzstd } from '../../agent/update/payload/zstd.ts';
import { measure } from './artifacts.ts';
import { everReleased } from './manifests.ts';
import { type Office, openFoundedOffice } from './repository.fixture.ts';
import { artifactFile } from './repository.ts';
import { decompress } from './zstd.ts';

let office: Office;
beforeEach(() => {
  office = openFoundedOffice();
});
afterEach(() => office.close());

/** More than any level's tables hold of the end of a dictionary. */
const files = 300;
function folderOf(name: string, changed: string): string {
  const folder = join(office.desk, name);
  mkdirSync(folder, { recursive: true });
  let state = 1;
  for (let at = 0; at < files; at += 1) {
    const bytes = Buffer.alloc(64 * 1024);
    for (let word = 0; word < bytes.length; word += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes.writeUInt32LE(state, word);
    }
    writeFileSync(join(folder, `file-${at}`), bytes);
  }
  writeFileSync(join(folder, 'file-0'), changed);
  return folder;
}

const agent = (version: string, from: string) =>
  office.release({ kind: 'agent', name: 'rockpool', version, golden: undefined, files: [from] });

function agents(): Extract<Release, { kind: 'agent' }>[] {
  return everReleased(office.folder, 'agent').flatMap(({ release }) =>
    release.kind === 'agent' ? [release] : [],
  );
}

test('a release of one changed file is less than a hundredth of it, from each of the three before, and no further', async () => {
  for (const version of ['1', '2', '3', '4', '5']) {
    await agent(version, folderOf(version, `version ${version}`));
    office.publish();
  }
  const all = agents();
  const newest = all.find(({ version }) => version === '5');
  if (!newest) throw new Error('not there');
  expect(new Set(newest.deltas.map(({ from }) => from))).toEqual(
    new Set(all.filter(({ version }) => ['2', '3', '4'].includes(version)).map(({ tar }) => tar.sha256)),
  );
  for (const { artifact } of newest.deltas) expect(artifact.bytes).toBeLessThan(newest.artifact.bytes / 100);
});

test('it is what a device reads: the tar that was signed', async () => {
  await agent('1', folderOf('1', 'one'));
  office.publish();
  await agent('2', folderOf('2', 'two'));
  office.publish();
  const [older, newer] = agents();
  const delta = newer?.deltas[0];
  if (!older || !newer || !delta) throw new Error('no delta');
  const tar = join(office.desk, 'tar');
  await decompress(artifactFile(office.folder, older.artifact.sha256), tar);
  const frame = readFileSync(artifactFile(office.folder, delta.artifact.sha256));
  const chunks: Buffer[] = [];
  const never = AbortSignal.any([]);
  const from = async function* () {
    yield frame;
  };
  for await (const chunk of unzstd(from(), never, { bytes: readFileSync(tar), newBytes: newer.tar.bytes }))
    chunks.push(chunk);
  writeFileSync(join(office.desk, 'again'), Buffer.concat(chunks));
  expect((await measure(join(office.desk, 'again'))).sha256).toBe(newer.tar.sha256);
});
