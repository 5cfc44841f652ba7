/** The reviewer's list, cases 5 to 7: a threshold counts keys, roots are a chain, and what a thief signed can be undone. */
import { expect, test } from 'vitest';
import { known, now, refused, stillUpdates } from './test/known-device.ts';
import { folder, never } from './test/simulated-device.ts';
import {
  createKey,
  type Signed,
  type SimulatedRepository,
  signaturesOf,
} from './test/simulated-repository.ts';

test('case 5: one key under two ids is one key, one id twice is none, and a threshold is at least one', async () => {
  const twin = (
    repository: SimulatedRepository,
    write: (twin: { id: string }, root: Signed) => void,
  ): void => {
    const [only] = repository.keys.timestamp;
    if (!only) throw new Error('no key');
    repository.root['version'] += 1;
    repository.root['keys']['twin'] = { ...only.public, note: 'another id' };
    write({ id: only.id }, repository.root);
    repository.putRoot(repository.keys.root);
    const bytes = repository.timestamp;
    repository.timestamp['version'] += 1;
    const signatures = signaturesOf(bytes, [only, { ...only, id: 'twin' }]);
    repository.files.set(
      'metadata/timestamp.json',
      Buffer.from(JSON.stringify({ signed: bytes, signatures })),
    );
  };
  for (const [keyids, threshold] of [
    [['twin'], 2],
    [[], 0],
    [[], 2],
  ] as const) {
    const { repository, device } = await known();
    twin(repository, ({ id }, root) => {
      root['roles'].timestamp = { keyids: [id, ...keyids], threshold };
    });
    await refused(device);
  }
  const { repository, device } = await known();
  twin(repository, ({ id }, root) => {
    root['roles'].timestamp = { keyids: [id, id], threshold: 2 };
  });
  await refused(device);
});

test('case 5: the same in a delegation, and a key of small order', async () => {
  for (const write of [
    (role: Signed, keys: Signed) => {
      keys['twin'] = { ...keys[role['keyids'][0]] };
      role['keyids'] = [...role['keyids'], 'twin'];
    },
    (role: Signed, keys: Signed) => {
      keys[role['keyids'][0]].keyval.public = `01${'00'.repeat(31)}`;
    },
    (role: Signed) => {
      role['threshold'] = 0;
    },
    (role: Signed) => {
      role['threshold'] = 2;
    },
  ]) {
    const { repository, device } = await known();
    const { roles, keys } = structuredClone(repository.targets['delegations']) as {
      roles: Signed[];
      keys: Signed;
    };
    write(roles[1] ?? {}, keys);
    repository.targets['delegations'] = { roles, keys };
    repository.publishTargets();
    await refused(device);
  }
});

test('case 6: a root that skips a version, or that only its own new keys signed, is not taken', async () => {
  const { repository, device } = await known();
  const before = repository.copy();
  const thief = createKey();
  const honest = repository.keys.root;
  repository.keys.root = [thief];
  repository.publishRoot(); // by the new key only
  repository.publish();
  await refused(device);
  const skipped = new Map(before);
  repository.keys.root = honest;
  repository.publishRoot();
  skipped.set('metadata/2.root.json', repository.files.get('metadata/3.root.json') ?? Buffer.alloc(0));
  device.serve(skipped);
  await refused(device);
});

test('case 6: a device that slept through 300 roots arrives, in two walks', async () => {
  const { repository, device } = await known();
  for (let n = 0; n < 300; n += 1) {
    // The last ones have another timestamp key: after one walk alone nothing else would hold.
    if (n === 280) repository.keys.timestamp = [createKey()];
    repository.publishRoot();
  }
  repository.publish();
  await refused(device);
  await device.restart().metadata.refresh(never);
}, 120_000);

test('case 7: who stole the timestamp key and ran the version up is undone by a new root', async () => {
  const { repository, device } = await known();
  const honest = repository.timestamp['version'] as number;
  repository.timestamp['version'] = 2_000_000_000;
  repository.publishTimestamp();
  await device.metadata.refresh(never);
  repository.timestamp['version'] = honest;
  repository.publishTimestamp();
  await device.metadata.refresh(never); // old: as good as no network
  expect(device.told.join()).toContain('less than current version');
  repository.keys.timestamp = [createKey()];
  repository.publishRoot();
  await stillUpdates(device, repository);
});

test('case 7: the same for a snapshot and its targets, also when only the floor is left', async () => {
  const { repository, device } = await known();
  const honest = [repository.snapshot['version'], repository.targets['version']] as number[];
  repository.snapshot['version'] = 2_000_000_000;
  repository.targets['version'] = 1_000_000_000;
  repository.publish();
  await device.metadata.refresh(never);
  [repository.snapshot['version'], repository.targets['version']] = honest;
  repository.publish();
  await refused(device);
  repository.keys.timestamp = [createKey()];
  repository.keys.snapshot = [createKey()];
  repository.publishRoot();
  repository.publish();
  for (const name of ['trusted.a', 'trusted.b']) await device.disk.remove(`${folder}/${name}`);
  const after = device.restart();
  device.serve(repository.files);
  await after.metadata.refresh(never);
});

test('case 7: signed time that was run up with a stolen key is forgotten with the key', async () => {
  const { repository, device } = await known();
  const honest = { ...repository.timestamp };
  repository.timestamp['x-rockpool-signed-at'] = '2098-01-01T00:00:00Z';
  repository.timestamp['expires'] = '2099-01-01T00:00:00Z';
  for (const role of [repository.snapshot, repository.targets, ...Object.values(repository.roles)])
    role['expires'] = '2099-01-01T00:00:00Z';
  repository.root['expires'] = '2099-01-01T00:00:00Z';
  repository.publishRoot();
  repository.publish();
  device.clock.at = Date.parse('2098-06-01T00:00:00Z'); // both at once: a key stolen, and a clock set ahead
  await device.metadata.refresh(never);
  device.clock.at = now + 3_600_000;
  Object.assign(repository.timestamp, honest, { version: repository.timestamp['version'] });
  repository.publishTimestamp();
  await refused(device, 'clock');
  repository.keys.timestamp = [createKey()];
  repository.publishRoot();
  await stillUpdates(device, repository);
});
