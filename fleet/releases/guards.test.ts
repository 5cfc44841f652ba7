/** What must never be signed: each rule with the sentence that it says. */

import { openReleaseKey } from '@rockpool/signing/release-key';
import { describe, expect, test } from 'vitest';
import {
  delegationOf,
  emptyTargets,
  keyIdOf,
  type PublicKey,
  parseDocument,
  publicKeyOf,
  type RootBody,
  type TargetsBody,
} from './documents.ts';
import {
  problemsOfCounter,
  problemsOfExpiry,
  problemsOfKeys,
  problemsOfRoot,
  problemsOfSharedKeys,
  problemsOfSize,
  problemsOfTargetName,
  problemsOfTargets,
  problemsOfThreshold,
  problemsOfTree,
  problemsOfVersion,
} from './guards.ts';
import { problemOfHashes } from './hashes.ts';

const key = (byte: number): PublicKey => publicKeyOf(openReleaseKey(Buffer.alloc(32, byte)).publicKey);
const id = (byte: number): string => keyIdOf(key(byte));
const held = (...bytes: number[]): Record<string, PublicKey> =>
  Object.fromEntries(bytes.map((byte) => [id(byte), key(byte)]));
const target = { length: 1, hashes: { sha256: '0'.repeat(64) } };
const sha = { sha256: '0'.repeat(64) };

const root = (change: Partial<RootBody> = {}): RootBody => ({
  ...{ _type: 'root', spec_version: '1.0.31', version: 1, expires: '2030-01-01T00:00:00Z' },
  consistent_snapshot: true,
  keys: held(1, 2, 3, 4),
  roles: {
    root: { keyids: [id(1), id(2)], threshold: 2 },
    targets: { keyids: [id(1), id(2)], threshold: 2 },
    snapshot: { keyids: [id(3)], threshold: 1 },
    timestamp: { keyids: [id(4)], threshold: 1 },
  },
  ...change,
});
const targets = (change: Partial<TargetsBody> = {}): TargetsBody => ({
  ...emptyTargets(1, '2029-01-01T00:00:00Z'),
  delegations: {
    keys: held(5, 6),
    roles: [delegationOf('models', [id(5)], 1), delegationOf('agent', [id(6)], 1)],
  },
  ...change,
});

test('what is in order has no problem', () => {
  expect(problemsOfRoot(root())).toEqual([]);
  expect(problemsOfTree({ targets: targets() })).toEqual([]);
  expect(problemsOfSharedKeys(root(), targets())).toEqual([]);
});

describe('case 12: hashes', () => {
  test.each([
    [{}, 'any bytes of its length'],
    [undefined, 'any bytes of its length'],
    [{ md5: 'x' }, 'only md5'],
    [{ md5: 'x', sha1: 'y' }, 'only md5 and sha1'],
  ])('%j are refused', (hashes, says) => {
    expect(problemOfHashes(hashes)).toContain(says);
  });

  test('of a document in the folder are looked at before it is read as one', () => {
    expect(problemOfHashes(sha)).toBeUndefined();
    const signed = {
      ...emptyTargets(1, '2029-01-01T00:00:00Z'),
      targets: { 'models/a/1/x': { length: 1, hashes: {} } },
    };
    const file = Buffer.from(JSON.stringify({ signed, signatures: [] }));
    expect(() => parseDocument('models', file, '1.models.json')).toThrow(/models\/a\/1\/x has no hash/);
  });
});

describe('case 5: thresholds and keys', () => {
  test.each([
    [{ keyids: [id(1)], threshold: 0 }, 'would need none'],
    [{ keyids: [id(1)], threshold: -1 }, 'would need none'],
    [{ keyids: [id(1), id(2)], threshold: 3 }, 'nobody could ever sign it'],
    [{ keyids: [id(1), id(1)], threshold: 2 }, 'names one key twice'],
    [{ keyids: [], threshold: 1 }, 'has 0 keys'],
  ])('%j', (threshold, says) => {
    expect(problemsOfThreshold('root', threshold, true)[0]).toContain(says);
  });

  test('root and targets need two signatures, unless it is for a trial', () => {
    const one = { keyids: [id(1), id(2)], threshold: 1 };
    expect(problemsOfThreshold('root', one)[0]).toContain('--force');
    expect(problemsOfThreshold('targets', one)[0]).toContain('one stolen key is not enough');
    expect(problemsOfThreshold('root', one, true)).toEqual([]);
    expect(problemsOfThreshold('timestamp', { keyids: [id(1)], threshold: 1 })).toEqual([]);
  });

  test('one key under two ids is found, and a key under an id that is not its own', () => {
    expect(problemsOfKeys({ ...held(1), ['f'.repeat(64)]: key(1) })[0]).toContain('stands there twice');
    expect(problemsOfKeys({ ['f'.repeat(64)]: key(1) })[0]).toContain('not its own');
  });

  test('a key with which anybody could sign is not trusted', () => {
    const weak = publicKeyOf(`01${'00'.repeat(31)}`);
    expect(problemsOfKeys({ [keyIdOf(weak)]: weak })[0]).toContain('small order');
  });

  test('roles name keys that are there, and no key is there for nothing', () => {
    expect(problemsOfRoot(root({ keys: held(1, 2, 3) }))[0]).toContain('timestamp names the key');
    expect(problemsOfRoot(root({ keys: held(1, 2, 3, 4, 9) }))[0]).toContain('for no role');
  });

  test('a key signs for one role, but for root and targets', () => {
    const both = targets({
      delegations: {
        keys: held(4, 6),
        roles: [delegationOf('models', [id(4)], 1), delegationOf('agent', [id(6)], 1)],
      },
    });
    expect(problemsOfSharedKeys(root(), both)[0]).toMatch(/signs timestamp and models/);
  });
});

describe('case 10: names of targets', () => {
  test.each([
    ['/etc/passwd', 'absolute'],
    ['models/../agent/x', 'leads out'],
    ['models//x', 'leads out'],
    ['models/./x', 'leads out'],
    ['models/a/1/..', 'leads out'],
    ['models/__proto__/1/release.json', 'taken by the language'],
    ['models/a/constructor/release.json', 'taken by the language'],
    ['-rf', 'begins with a dash'],
    ['models/-x/1/release.json', 'begins with a dash'],
    ['models/a/1/é', 'a shell or an address'],
    ['models/a/1/%2e%2e', 'a shell or an address'],
    ['models/a/1/x y', 'a shell or an address'],
    ['models\\a', 'a shell or an address'],
    [`models/${'a'.repeat(255)}/1/x`, '200 characters'],
  ])('%s is refused', (name, says) => {
    expect(problemsOfTargetName(name)[0]).toContain(says);
  });

  test('such as releases have are taken', () => {
    expect(problemsOfTargetName('models/qwen3-8b/2.0+b1/model.gguf.pieces')).toEqual([]);
  });
});

describe('case 11: delegations', () => {
  test('a role signs its own paths alone', () => {
    const body = {
      ...emptyTargets(1, '2029-01-01T00:00:00Z'),
      targets: { 'agent/rockpool/2/release.json': target },
    };
    expect(problemsOfTargets('models', body)[0]).toContain('not for models to sign');
    expect(problemsOfTargets('targets', body)[0]).toContain('not for targets to sign');
    expect(problemsOfTargets('agent', body)).toEqual([]);
  });

  test('a diamond is refused: two ways to one path', () => {
    const twice = targets();
    twice.delegations?.roles.push(delegationOf('models', [id(6)], 1));
    expect(problemsOfTree({ targets: twice })[0]).toContain('models is delegated twice');
    expect(problemsOfTree({ targets: targets(), models: targets() })[0]).toContain('models hands models on');
  });

  test('a pattern reaches no further than its role', () => {
    const wide = targets();
    const [first] = wide.delegations?.roles ?? [];
    if (first) first.paths = ['*/*/*/*'];
    expect(problemsOfTree({ targets: wide })[0]).toContain('models/*/*/* alone');
  });
});

test('two releases whose names differ in case alone are one on a stick', () => {
  const body = {
    ...emptyTargets(1, '2029-01-01T00:00:00Z'),
    targets: { 'models/a/1B/release.json': target, 'models/a/1b/release.json': target },
  };
  expect(problemsOfTargets('models', body)[0]).toContain('knows no case');
});

test('the next version is one more, and the first is 1', () => {
  expect(problemsOfVersion('root', 4, 5)).toEqual([]);
  expect(problemsOfVersion('root', undefined, 1)).toEqual([]);
  expect(problemsOfVersion('root', 4, 6)[0]).toBe('The next root has version 5, not 6.');
  expect(problemsOfVersion('models', 4, 4)[0]).toContain('version 5');
});

test('nothing outlives what it rests on, and nothing begins when it is over', () => {
  const parent = { expires: '2027-01-01T00:00:00Z' };
  expect(
    problemsOfExpiry('models', { expires: '2027-01-01T00:00:01Z' }, [['targets', parent]], 0)[0],
  ).toContain('models may not outlive targets');
  expect(problemsOfExpiry('models', parent, [['targets', parent]], 0)).toEqual([]);
  expect(problemsOfExpiry('models', parent, [], Date.parse('2028-01-01'))[0]).toContain(
    'over before it begins',
  );
});

test('case 19: a counter never falls, and may stay', () => {
  const earlier = [
    { version: '1', counter: 1 },
    { version: '2', counter: 3 },
  ];
  const next = (counter: number) => problemsOfCounter({ name: 'qwen', version: '3', counter }, earlier);
  expect(next(3)).toEqual([]);
  expect(next(4)).toEqual([]);
  expect(next(2)[0]).toBe('qwen 2 has the counter 3: a device that has it would refuse 3 with 2.');
});

test('case 8: a document that devices would not read is not signed', () => {
  expect(problemsOfSize('models', 128 * 1024)).toEqual([]);
  expect(problemsOfSize('models', 128 * 1024 + 1)[0]).toContain('devices read 128');
  expect(problemsOfSize('root', 33 * 1024)[0]).toContain('devices read 32');
});
