/** What the repository says reaches the device; what it knew stays, whatever becomes of the network, the clock or the power. */
import { expect, test } from 'vitest';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import { address, folder, never, simulatedDevice } from './test/simulated-device.ts';
import { modelRelease, SimulatedRepository } from './test/simulated-repository.ts';

const now = Date.parse('2026-11-02T10:00:00Z');
const day = 86_400_000;

test('a release is found with its manifest and the hashes of its pieces', async () => {
  const repository = new SimulatedRepository(now);
  const release = modelRelease('qwen3-8b', '2');
  const path = repository.addRelease(release);
  repository.publish();
  const { metadata } = simulatedDevice(repository);
  await metadata.refresh(never);
  const found = await metadata.resolve(path, never);
  expect(found.release).toEqual(release);
  expect([...found.pieces.values()].map((pieces) => pieces.length)).toEqual([4]);
  expect(found.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
});

test('what is listed is newest first, by counter', async () => {
  const repository = new SimulatedRepository(now);
  for (const [version, counter] of [
    ['1', 1],
    ['3', 3],
    ['2', 2],
  ] as const)
    repository.addRelease(modelRelease('qwen3-8b', version, counter));
  repository.publish();
  const { metadata } = simulatedDevice(repository);
  await metadata.refresh(never);
  expect(await metadata.list(never)).toEqual([3, 2, 1].map((version) => `models/qwen3-8b/${version}`));
});

test('a release that the repository does not have is not found, whatever it is called', async () => {
  const repository = new SimulatedRepository(now);
  const { metadata } = simulatedDevice(repository);
  await metadata.refresh(never);
  for (const path of ['models/none/1', 'models/../agent/1', 'constructor', '__proto__', 'models/a/b/c', ''])
    await expect(metadata.resolve(path, never), path).rejects.toMatchObject({ reason: 'not-found' });
});

test('without a network it answers from what it verified before, also after a restart, until that expires', async () => {
  const repository = new SimulatedRepository(now);
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  let isOnline = true;
  const device = simulatedDevice(repository, { serves: () => (isOnline ? repository.files : undefined) });
  await device.metadata.refresh(never);
  await device.metadata.resolve(path, never);
  isOnline = false;
  const later = device.restart();
  await later.metadata.refresh(never);
  expect((await later.metadata.resolve(path, never)).release.version).toBe('1');
  later.clock.at = now + 8 * day;
  await expect(later.metadata.refresh(never)).rejects.toMatchObject({ reason: 'mirrors' });
  await expect(later.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'metadata' });
});

test('a device that never reached anybody says so', async () => {
  const { metadata } = simulatedDevice(new SimulatedRepository(now), { serves: () => undefined });
  await expect(metadata.refresh(never)).rejects.toMatchObject({ reason: 'mirrors' });
  const alone = simulatedDevice(new SimulatedRepository(now), { sources: () => [] });
  await expect(alone.metadata.refresh(never)).rejects.toMatchObject({ reason: 'mirrors' });
});

test('a source that stands still does not hide what another one knows', async () => {
  const repository = new SimulatedRepository(now);
  const old = repository.copy();
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  const files = new Map([
    ...repository.files,
    ...[...old].map(([name, bytes]) => [`old/${name}`, bytes] as const),
  ]);
  const device = simulatedDevice(repository, {
    serves: () => files,
    sources: () => [address, `${address}old/`, `${address}nothing/`],
  });
  await device.metadata.refresh(never);
  expect((await device.metadata.resolve(path, never)).path).toBe(path);
  await device.metadata.refresh(never);
  expect(device.told.length).toBeGreaterThan(0);
});

test('a folder is a source like any other, and a stick that is pulled is one that nobody answers on', async () => {
  const repository = new SimulatedRepository(now);
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  const disk = new MemoryDisk();
  for (const [name, bytes] of repository.files) {
    await disk.makeFolder(`/media/usb/${name}`.replace(/\/[^/]+$/, ''));
    const file = await disk.open(`/media/usb/${name}`, 'rw');
    await file.write(bytes, 0);
    await file.close();
  }
  const device = simulatedDevice(repository, {
    ...{ serves: () => undefined, disk, sources: () => ['/media/usb'] },
  });
  await device.metadata.refresh(never);
  await disk.remove('/media/usb/targets');
  await expect(device.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'mirrors' });
});

test('a manifest that says it is another release is refused, and one that can not be read', async () => {
  const repository = new SimulatedRepository(now);
  const good = JSON.stringify(modelRelease('qwen3-8b', '1'));
  repository.addTarget('models', 'models/qwen3-8b/2/release.json', Buffer.from(good));
  repository.addTarget('models', 'models/qwen3-8b/3/release.json', Buffer.from('{'));
  repository.addTarget('models', 'models/qwen3-8b/4/release.json', Buffer.from('{"v":2}'));
  repository.addTarget('models', 'models/qwen3-8b/5/release.json', Buffer.alloc(70_000, 0x20));
  const short = repository.addRelease(modelRelease('qwen3-8b', '6'));
  repository.addTarget('models', `${short}/model.gguf.pieces`, Buffer.alloc(64));
  repository.publish();
  const { metadata } = simulatedDevice(repository);
  await metadata.refresh(never);
  for (const version of ['2', '3', '4', '5', '6'])
    await expect(metadata.resolve(`models/qwen3-8b/${version}`, never), version).rejects.toMatchObject({
      reason: 'bad-content',
    });
});

test('a mirror that has something else in the place of a manifest is not believed, and the next one is asked', async () => {
  const repository = new SimulatedRepository(now);
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  const files = repository.copy();
  for (const [name, bytes] of repository.files) {
    files.set(`bad/${name}`, name.startsWith('targets/') ? Buffer.alloc(bytes.byteLength) : bytes);
  }
  let bases = [`${address}bad/`];
  const { metadata } = simulatedDevice(repository, { serves: () => files, sources: () => bases });
  await metadata.refresh(never);
  await expect(metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'mirrors' });
  bases = [`${address}bad/`, address];
  expect((await metadata.resolve(path, never)).path).toBe(path);
});

test('power cut at any write leaves a device that still knows what it knew, and still takes what is new', async () => {
  const repository = new SimulatedRepository(now);
  const before = repository.copy();
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  let served: ReadonlyMap<string, Uint8Array> = before;
  const first = simulatedDevice(repository, { serves: () => served });
  await first.metadata.refresh(never);
  const start = first.disk.afterPowerCut(0);
  let isCut = true;
  for (let n = 0; isCut; n += 1) {
    served = repository.files;
    const device = first.restart(start.afterKill());
    device.disk.cutPowerAtWrite(n);
    isCut = await device.metadata.refresh(never).then(
      () => false,
      (error: Error) => {
        expect(error.name).toBe('PowerCut');
        return true;
      },
    );
    for (const seed of [1, 2]) {
      const after = first.restart(device.disk.afterPowerCut(seed));
      served = before; // the old repository again: taken only where the new one was not kept
      await after.metadata.refresh(never);
      served = repository.files;
      await after.metadata.refresh(never);
      expect((await after.metadata.resolve(path, never)).path, `cut at ${n}`).toBe(path);
    }
  }
}, 120_000);

test('a full disk and a broken one are told as such, and nothing is lost', async () => {
  const repository = new SimulatedRepository(now);
  const device = simulatedDevice(repository);
  await device.metadata.refresh(never);
  repository.publish();
  device.disk.failWrites((write) => (write === 'write' ? 'ENOSPC' : undefined));
  await expect(device.metadata.refresh(never)).rejects.toMatchObject({ reason: 'no-space' });
  device.disk.failWrites((write) => (write === 'sync' ? 'EIO' : undefined));
  await expect(device.metadata.refresh(never)).rejects.toMatchObject({ reason: 'disk' });
  device.disk.failWrites(undefined);
  await device.restart().metadata.refresh(never);
});

test('what no release names any more is removed', async () => {
  const repository = new SimulatedRepository(now);
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  const device = simulatedDevice(repository);
  await device.metadata.refresh(never);
  await device.metadata.resolve(path, never);
  expect(await device.disk.list(`${folder}/targets`)).toHaveLength(2);
  repository.roles.models['targets'] = {};
  repository.publish();
  await device.metadata.refresh(never);
  expect(await device.disk.list(`${folder}/targets`)).toEqual([]);
});
