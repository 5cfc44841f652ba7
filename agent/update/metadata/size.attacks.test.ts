/** The reviewer's list, cases 8 and 9: whoever sends without end, in knots or by the drop costs this device little. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { deviceCaps } from './task.ts';
import { known, refused } from './test/known-device.ts';
import { address, answerOf, getFrom, never, simulatedDevice } from './test/simulated-device.ts';

test.each(['timestamp.json', '2.root.json', 'N.snapshot.json', 'N.targets.json', 'N.models.json'])(
  'case 8: endless data for %s is cut off at its cap',
  async (name) => {
    const { repository } = await known();
    const path = `metadata/${name.replace('N', String(repository.targets['version']))}`;
    let served = 0;
    const device = simulatedDevice(repository, {
      get: async (url, signal) => {
        if (url !== `${address}${path}`) return getFrom(() => repository.files)(url, signal);
        const endless = (function* () {
          for (;;) {
            served += 4_096;
            yield Buffer.alloc(4_096, 0x20);
          }
        })();
        return answerOf(endless);
      },
    });
    expect((await refused(device, 'mirrors')).message).toContain('larger than');
    expect(served).toBeLessThanOrEqual(deviceCaps.targets + 8_192);
  },
);

test('case 8: a length that a thief wrote into the timestamp lifts no cap', async () => {
  const { repository } = await known();
  repository.snapshot['padding'] = 'x'.repeat(100_000);
  repository.publishSnapshot();
  expect((await refused(simulatedDevice(repository), 'mirrors')).message).toContain(
    'larger than 32768 bytes',
  );
});

test('case 8: what comes compressed is not unpacked', async () => {
  const { repository } = await known();
  const bomb = gzipSync(Buffer.alloc(10_000_000, 0x20));
  const device = simulatedDevice(repository, {
    get: async () => answerOf([bomb], { encoding: 'gzip' }),
  });
  expect((await refused(device, 'mirrors')).message).toContain('gzip');
});

test('case 8: 10,000 entries in 300 KB that would be parsed for a minute end with the worker', async () => {
  const { repository } = await known();
  repository.snapshot['meta'] = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, n) => [`r${n}.json`, { version: 1 }]),
  );
  repository.publishSnapshot();
  const size =
    repository.files.get(`metadata/${repository.snapshot['version']}.snapshot.json`)?.byteLength ?? 0;
  expect(size).toBeGreaterThan(200_000);
  // As it is, it doesn't pass its cap; with the cap lifted, the worker is ended.
  await refused(simulatedDevice(repository), 'mirrors');
  const caps = { ...deviceCaps, snapshot: 512 * 1_024 };
  const error = await refused(simulatedDevice(repository, { caps, killMs: 3_000 }));
  expect(error.message).toContain('longer than 3 s');
}, 60_000);

test('case 9: bytes that drip are not waited for, and the next source is asked', async () => {
  const { repository } = await known();
  let seconds = 0;
  const watch = { now: () => seconds * 1_000, after: () => () => undefined };
  const drip = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) {
      seconds += 1;
      yield Uint8Array.of(byte);
    }
  };
  const sources = [`${address}slow/`];
  const device = simulatedDevice(repository, {
    ...{ watch, sources: () => sources },
    get: async (url, signal) => {
      const path = url.replace(`${address}slow/`, '');
      if (path === url) return getFrom(() => repository.files)(url, signal);
      const bytes = repository.files.get(path);
      return bytes ? answerOf(drip(bytes)) : answerOf([], { status: 404 });
    },
  });
  expect((await refused(device, 'mirrors')).message).toContain('bytes a second');
  expect(seconds).toBeLessThan(60);
  sources.push(address);
  await device.metadata.refresh(never);
});
