/** The reviewer's list, cases 1 to 4: what was true once is not taken for what is true now. */
import { expect, test } from 'vitest';
import { known, now, refused, stillUpdates } from './test/known-device.ts';
import { folder, never, simulatedDevice } from './test/simulated-device.ts';
import { SimulatedRepository } from './test/simulated-repository.ts';

const day = 86_400_000;

test('case 1: an older timestamp and an older snapshot are not taken again', async () => {
  const { repository, device, path } = await known();
  const old = repository.copy();
  repository.roles.models['targets'] = {};
  repository.publish();
  await device.metadata.refresh(never);
  device.serve(old);
  await device.metadata.refresh(never); // as good as no network: what is known is newer
  await expect(device.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'not-found' });
  expect(device.told.join()).toContain('less than current version');
  // The same by whoever has the timestamp's key only: a newer timestamp that names the older snapshot.
  const { version } = repository.snapshot as { version: number };
  repository.snapshot['version'] = version - 1;
  repository.putSnapshot();
  device.serve(repository.files);
  await refused(device);
  repository.snapshot['version'] = version;
  await stillUpdates(device, repository);
});

test('case 2: a replay after what was kept is torn or gone is not taken: the floor remembers', async () => {
  const { repository, device } = await known();
  const old = repository.copy();
  repository.publish();
  await device.metadata.refresh(never);
  for (const torn of [
    ['trusted.a', 'trusted.b'],
    ['trusted.a', 'trusted.b', 'floor.a'],
    ['trusted.a', 'trusted.b', 'floor.b'],
  ]) {
    for (const bytes of [0, 40]) {
      const disk = device.disk.afterKill();
      for (const name of torn) {
        const file = await disk.open(`${folder}/${name}`, 'rw');
        await file.truncate(bytes);
        await file.close();
      }
      const after = device.restart(disk);
      device.serve(old);
      expect((await refused(after)).message).toContain('has seen version');
      device.serve(repository.files);
      await after.metadata.refresh(never);
    }
    device.disk = device.disk.afterKill();
  }
});

test('case 2: with everything lost it starts anew from the root of its image, and is not bricked', async () => {
  const { repository, device } = await known();
  repository.publishRoot();
  repository.publish();
  await device.metadata.refresh(never);
  const disk = device.disk.afterKill();
  for (const name of ['trusted.a', 'trusted.b', 'floor.a', 'floor.b']) {
    const file = await disk.open(`${folder}/${name}`, 'rw');
    await file.write(Buffer.from('garbage'), 0);
    await file.close();
  }
  const after = device.restart(disk);
  await after.metadata.refresh(never);
  expect(after.told.join()).toContain('damaged');
});

test('case 3: a frozen repository expires, and then says so', async () => {
  const { repository, device } = await known();
  device.clock.at = now + 8 * day;
  const error = await refused(device);
  expect(error.message).toMatch(/expired.*2026-11-10/);
  device.clock.at = now + 3_600_000;
  await stillUpdates(device, repository);
});

test('case 3: with a clock from before the code was built nothing is even asked', async () => {
  const { repository, device, path } = await known();
  device.asked.length = 0;
  device.clock.at = 0;
  await refused(device, 'clock');
  await expect(device.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'clock' });
  await expect(device.metadata.list(never)).rejects.toMatchObject({ reason: 'clock' });
  expect(device.asked).toEqual([]);
  device.clock.at = now;
  await stillUpdates(device, repository);
});

test('case 3: a clock that was set back to where an expired repository looks fresh is noticed by signed time', async () => {
  const repository = new SimulatedRepository(now - 30 * day);
  const old = repository.copy();
  let serves: ReadonlyMap<string, Uint8Array> = old;
  const device = simulatedDevice(repository, { serves: () => serves, clockAt: now });
  repository.timestamp['x-rockpool-signed-at'] = new Date(now - 3_600_000).toISOString();
  repository.timestamp['expires'] = new Date(now + 7 * day).toISOString();
  repository.snapshot['expires'] = repository.timestamp['expires'];
  repository.publish();
  serves = repository.files;
  await device.metadata.refresh(never);
  device.clock.at = now - 29 * day;
  await refused(device, 'clock');
  serves = old;
  const after = device.restart();
  await refused(after, 'clock');
  after.clock.at = now + 3_600_000;
  serves = repository.files;
  await after.metadata.refresh(never);
});

test('case 3: in 2099 nothing is taken, nothing is remembered of it, and nothing is bricked', async () => {
  const { repository, device, path } = await known();
  device.clock.at = Date.parse('2099-01-01T00:00:00Z');
  expect((await refused(device)).message).toContain('2099-01-01');
  await expect(device.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'metadata' });
  device.clock.at = now + 3_600_000;
  const after = device.restart();
  await after.metadata.refresh(never);
  expect((await after.metadata.resolve(path, never)).path).toBe(path);
  repository.publish();
  await after.metadata.refresh(never);
  expect(after.told).toEqual([]);
});

test('case 3: a thief who signs a time far ahead moves no floor beyond the next day', async () => {
  const { repository, device } = await known();
  const honest = { ...repository.timestamp };
  repository.timestamp['x-rockpool-signed-at'] = '2098-01-01T00:00:00Z';
  repository.timestamp['expires'] = '2099-01-01T00:00:00Z';
  repository.publishTimestamp();
  await refused(device, 'clock');
  Object.assign(repository.timestamp, honest);
  await stillUpdates(device, repository);
});

test.each(['snapshot', 'targets'])(
  'case 4: an older %s does not pass for the one that is named',
  async (name) => {
    const { repository, device } = await known();
    const before = repository[name as 'snapshot' | 'targets']['version'] as number;
    const old = repository.files.get(`metadata/${before}.${name}.json`) ?? Buffer.alloc(0);
    repository.publish();
    const mixed = repository.copy();
    mixed.set(`metadata/${before + 1}.${name}.json`, old);
    device.serve(mixed);
    await refused(device);
    await stillUpdates(device, repository);
  },
);

test('case 4: an older role does not pass either, and the others are taken without it', async () => {
  const { repository, device, path } = await known();
  const before = repository.roles.models['version'] as number;
  const old = repository.files.get(`metadata/${before}.models.json`) ?? Buffer.alloc(0);
  repository.publish();
  const mixed = repository.copy();
  mixed.set(`metadata/${before + 1}.models.json`, old);
  device.serve(mixed);
  await device.metadata.refresh(never);
  await expect(device.metadata.resolve(path, never)).rejects.toMatchObject({ reason: 'metadata' });
  await stillUpdates(device, repository);
});

test('case 4: a role that does not hold blocks no other role, and itself says why', async () => {
  const { repository, device, path } = await known();
  repository.roles.agent['expires'] = repository.time(-1);
  repository.publish();
  device.serve(repository.files);
  await device.metadata.refresh(never);
  expect((await device.metadata.resolve(path, never)).path).toBe(path);
  const error: unknown = await device.metadata.resolve('agent/rockpool/1', never).catch((caught) => caught);
  expect(error).toMatchObject({ reason: 'metadata', message: expect.stringContaining('agent') });
});
