/** Key files and what goes beside a release: made once, sealed, and the same from the same. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { foundForTrial, trialKeyFile } from './found.ts';
import { createKeyFile, isSealedKey, loadKey, loadShownKey, publicFileOf } from './key-files.ts';
import { provenanceOf } from './provenance.ts';
import { loadOnlineKeys } from './publish.ts';
import { sbomOf } from './sbom.ts';
import { statusOf } from './status.ts';
import { verify } from './verify.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a key file', () => {
  test('is made once, for one role, and shows its public half to whoever asks', () => {
    const path = join(folder, 'root.key');
    const made = createKeyFile(path, 'root', 'a long passphrase');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(loadShownKey(path)).toEqual(made);
    expect(loadShownKey(publicFileOf(path))).toEqual(made);
    expect(readFileSync(publicFileOf(path), 'utf8')).not.toContain('seal');
    expect(() => createKeyFile(path, 'root', null)).toThrow('never written over another');
  });

  test('opens with its passphrase alone', () => {
    const path = join(folder, 'models.key');
    createKeyFile(path, 'models', 'a long passphrase');
    expect(isSealedKey(path)).toBe(true);
    expect(loadKey(path, 'a long passphrase').role).toBe('models');
    expect(() => loadKey(path, 'another passphrase')).toThrow('not the passphrase');
    expect(() => loadKey(path, null)).toThrow('is sealed');
  });

  test('whose halves were mixed is refused', () => {
    const [one, other] = [join(folder, 'one.key'), join(folder, 'other.key')];
    createKeyFile(one, 'models', null);
    createKeyFile(other, 'models', null);
    const mixed = {
      ...JSON.parse(readFileSync(one, 'utf8')),
      public: JSON.parse(readFileSync(other, 'utf8')).public,
    };
    writeFileSync(one, JSON.stringify(mixed));
    expect(() => loadKey(one, null)).toThrow("don't belong together");
    writeFileSync(one, 'x');
    expect(() => loadKey(one, null)).toThrow('holds no key');
    expect(() => loadKey(join(folder, 'none'), null)).toThrow('There is no file');
  });
});

test('a repository for trials is one that devices take, and says how weak it is', async () => {
  const place = join(folder, 'releases');
  foundForTrial(place, { now: Date.now(), passphrase: 'a long passphrase' });
  expect((await verify(place, { bytes: true, partial: false })).releases).toEqual([]);
  expect(statusOf(place).roles.map(({ role, threshold, keys }) => [role, threshold, keys])).toContainEqual([
    'root',
    1,
    1,
  ]);
  expect(isSealedKey(trialKeyFile(place, 'root'))).toBe(true);
  expect(loadOnlineKeys(place, 'a long passphrase').map(({ role }) => role)).toContain('timestamp');
  expect(() => foundForTrial(place, { now: Date.now(), passphrase: null })).toThrow('already');
});

test('what a release is made of comes from the lock file: no tools of developers, each package with its hash', () => {
  const integrity = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
  const packages = {
    '': { name: 'x', version: '1.0.0' },
    'node_modules/@scope/a': { version: '2.0.0', integrity, license: 'MIT' },
    'node_modules/b/node_modules/c': { version: '3.0.0' },
    'node_modules/dev': { version: '1.0.0', dev: true },
    'node_modules/own': { link: true, version: '0.1.0' },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  const of = { name: 'rockpool', version: '1.4.0', madeAt: 1_700_000_000_000 };
  const sbom = JSON.parse(sbomOf(folder, of).toString('utf8'));
  expect(sbom).toMatchObject({
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
    components: [
      {
        ...{ name: '@scope/a', version: '2.0.0', purl: 'pkg:npm/%40scope/a@2.0.0' },
        hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }],
        licenses: [{ expression: 'MIT' }],
      },
      { name: 'c', purl: 'pkg:npm/c@3.0.0' },
    ],
  });
  expect(sbom.serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(sbomOf(folder, of)).toEqual(sbomOf(folder, of));
});

test('how a release came about names its bytes and its commit', () => {
  const commit = 'c'.repeat(40);
  const subjects = [{ name: 'agent.tar.zst', sha256: 'a'.repeat(64) }];
  const rest = { subjects, inputs: [], builder: 'urn:x', madeAt: 0, parameters: {} };
  const statement = JSON.parse(
    provenanceOf({ ...rest, source: `git+https://example.com/x@${commit}` }).toString('utf8'),
  );
  expect(statement).toMatchObject({
    ...{ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1' },
    subject: [{ name: 'agent.tar.zst', digest: { sha256: 'a'.repeat(64) } }],
    predicate: {
      buildDefinition: {
        resolvedDependencies: [{ uri: 'git+https://example.com/x', digest: { gitCommit: commit } }],
      },
    },
  });
  expect(() => provenanceOf({ ...rest, source: 'main' })).toThrow('names no commit');
});
