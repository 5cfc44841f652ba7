/** The reviewer's list, cases 10 to 12: a name, a role and a hash are what they are for us, or nothing. */
import { expect, test } from 'vitest';
import { known, refused } from './test/known-device.ts';
import { never } from './test/simulated-device.ts';
import { createKey, publicOf, type Signed, sha256 } from './test/simulated-repository.ts';

test.each([
  ['a name that climbs', 'models/../agent/release.json'],
  ['a name that climbs at its end', 'models/a/1/..'],
  ['an absolute name', '/models/a/1/release.json'],
  ['an empty segment', 'models//1/release.json'],
  ['a prototype', '__proto__'],
  ['a constructor', 'models/constructor/1/release.json'],
  ['a name in percent', 'models/%2e%2e/1/release.json'],
  ['a letter that looks like another', 'models/qwеn/1/release.json'],
  ['a name that is composed in another way', 'models/cafe\u0301/1/release.json'],
  ['a name with a zero byte', 'models/a/1/release.json\0'],
  ['a name with a backslash', 'models/a/1/..\\release.json'],
  ['255 bytes', `models/a/1/${'x'.repeat(244)}`],
  ['another role', 'agent/rockpool/9/release.json'],
  ['a deeper name', 'models/a/1/more/release.json'],
])('case 10: %s is no target', async (_, name) => {
  const { repository, device } = await known();
  const targets = JSON.stringify({ length: 1, hashes: { sha256: sha256('x') } });
  // By text: an object would take `__proto__` for something else.
  repository.roles.models['targets'] = JSON.parse(`{${JSON.stringify(name)}:${targets}}`);
  repository.publish();
  await refused(device);
});

test.each(['../agent', '__proto__', 'constructor', 'models/../agent', 'voices', '%2e%2e', ''])(
  'case 10: a delegation to a role named %j is not taken, and nothing of that name is fetched',
  async (name) => {
    const { repository, device } = await known();
    const role = createKey();
    const { roles, keys } = repository.targets['delegations'] as { roles: Signed[]; keys: Signed };
    repository.targets['delegations'] = {
      keys: { ...keys, [role.id]: role.public },
      roles: [{ name, keyids: [role.id], threshold: 1, terminating: false, paths: ['*/*/*/*'] }, ...roles],
    };
    repository.publishTargets();
    device.asked.length = 0;
    await refused(device);
    expect(device.asked.filter((path) => !/^metadata\/[a-z0-9.]+$/.test(path))).toEqual([]);
  },
);

test('case 11: the key for models signs no agent, whatever it calls itself', async () => {
  const { repository, device } = await known();
  repository.roles.models['targets']['agent/rockpool/9/release.json'] = {
    ...{ length: 1, hashes: { sha256: sha256('x') } },
  };
  repository.publish();
  await refused(device);
  delete repository.roles.models['targets']['agent/rockpool/9/release.json'];
  // Its own file in the agent's place.
  repository.publish();
  const version = repository.roles.agent['version'] as number;
  repository.put(`metadata/${version}.agent.json`, repository.roles.agent, repository.keys.models);
  const bytes = repository.files.get(`metadata/${version}.agent.json`) ?? Buffer.alloc(0);
  repository.snapshot['meta']['agent.json'] = {
    version,
    length: bytes.byteLength,
    hashes: { sha256: sha256(bytes) },
  };
  repository.publishSnapshot();
  await device.metadata.refresh(never);
  await expect(device.metadata.resolve('agent/rockpool/9', never)).rejects.toMatchObject({
    reason: 'metadata',
  });
});

test('case 11: a delegation that reaches into another role is not taken, nor a role that delegates (a diamond)', async () => {
  for (const paths of [['agent/*/*/*'], ['models/*/*/*', 'agent/*/*/*'], ['*/*/*/*'], ['models/**'], []]) {
    const { repository, device } = await known();
    (repository.targets['delegations'] as { roles: Signed[] }).roles[0]!['paths'] = paths;
    repository.publishTargets();
    await refused(device);
  }
  const { repository, device } = await known();
  const [key] = repository.keys.patches;
  repository.roles.models['delegations'] = {
    keys: Object.fromEntries([publicOf(key!)]),
    roles: [
      { name: 'patches', keyids: [key?.id], threshold: 1, terminating: true, paths: ['patches/*/*/*'] },
    ],
  };
  repository.publish();
  await refused(device);
});

test('case 11: a role that is delegated no more is believed no more', async () => {
  const { repository, device, path } = await known();
  const { roles, keys } = repository.targets['delegations'] as { roles: Signed[]; keys: Signed };
  repository.targets['delegations'] = { keys, roles: roles.filter(({ name }) => name !== 'models') };
  repository.publishTargets();
  await device.metadata.refresh(never);
  for (const one of [device, device.restart()])
    await expect(one.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'not-found' });
});

test.each([
  ['no hashes', {}],
  ['MD5 only', { md5: 'd41d8cd98f00b204e9800998ecf8427e' }],
  ['SHA-1 only', { sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' }],
  ['half a SHA-256', { sha256: 'e3b0c44298fc1c14' }],
  ['SHA-256 in another spelling', { sha256: 'E'.repeat(64) }],
])('case 12: a target with %s is not taken', async (_, hashes) => {
  const { repository, device } = await known();
  repository.roles.models['targets']['models/a/1/release.json'] = { length: 1, hashes };
  repository.publish();
  await refused(device);
});

test('case 12: nor metadata that is named with empty or weak hashes only', async () => {
  for (const hashes of [{}, { md5: 'd41d8cd98f00b204e9800998ecf8427e' }]) {
    const { repository, device } = await known();
    repository.timestamp['meta']['snapshot.json'].hashes = hashes;
    repository.publishTimestamp();
    await refused(device);
  }
});
