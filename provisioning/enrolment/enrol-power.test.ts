/** Power is cut before every single change on disk while a device enrols: the next run makes the same device of it. */
import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listDevices } from '@rockpool/fleet/registry/devices.ts';
import { expect, test, vi } from 'vitest';
import { lanNames } from '../identity/lan-names.ts';
import { type Power, PowerCut } from '../identity/power.fixture.ts';
import { enrol, renewAtFleet } from './enrol.ts';
import { claimOf, openDevice, openFleet, testClock } from './fleet.fixture.ts';

vi.mock('node:fs', async (original) => {
  const { withPower } = await import('../identity/power.fixture.ts');
  return withPower(await original<typeof fs>());
});
const { power } = fs as unknown as { power: Power };
const { signal } = new AbortController();

test('what was cut off is finished by the claim that the device kept, without a person', {
  timeout: 180_000,
}, async () => {
  const clock = testClock();
  const start = Date.now();
  const fleet = await openFleet(clock);
  let afterSpending = 0;
  try {
    for (let nth = 0, finished = false; !finished; nth += 1) {
      power.restore();
      clock.atMs = start + nth * 20_000; // the controller lets an address ask so often only
      const [path, name] = [fs.mkdtempSync(join(tmpdir(), 'device-')), `leeds-${nth}`];
      const lan = lanNames(name, [], ['10.0.0.7']);
      const claim = await claimOf(fleet, clock);
      power.cutAtChange(nth);
      try {
        await enrol(await openDevice(clock, path), { name, claim, lan }, signal);
        finished = true;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      power.restore();

      const at = `cut before change ${nth}`;
      const device = await openDevice(clock, path);
      const before = await device.pairs.load('device');
      const isKnown = (await listDevices(fleet.db)).some((one) => one.name === name);
      if (isKnown && !before) afterSpending += 1;
      const kept = device.folder.pendingClaim();
      // Once the controller knows the device, the stick may be gone: what the device kept has to do.
      if (isKnown && !before) expect(kept, at).toEqual(claim);
      if (before) await renewAtFleet(device, { lan }, signal);
      else await enrol(device, { name, claim: kept ?? claim, lan }, signal);

      for (const pair of ['device', 'lan'] as const) {
        const whole = await device.pairs.load(pair);
        expect(whole && new X509Certificate(whole.chain[0]!).publicKey.equals(whole.keys.publicKey), at).toBe(
          true,
        );
      }
      expect(device.folder.load('enrolled.json')?.device, at).toBe(name);
      expect(device.folder.pendingClaim(), at).toBeNull();
    }
    const names = (await listDevices(fleet.db)).map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
    expect(afterSpending).toBeGreaterThan(5);
  } finally {
    await fleet.close();
  }
});
