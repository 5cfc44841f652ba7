import type { AgentState } from '@rockpool/protocol/update/agent-socket';
import type { Release } from '@rockpool/protocol/update/release';
import { describe, expect, test } from 'vitest';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import type { Applier } from '../parts.ts';
import { createDirectorySlots, startDirectory } from '../slots/directory.ts';
import { imagesIn, text } from '../slots/slots.fixture.ts';
import type { SlotName, Slots } from '../slots/slots.ts';
import { createSystemApplier } from './system.ts';

const calm = new AbortController().signal;
const failing = (reason: string, says = '') =>
  expect.objectContaining({ reason, message: expect.stringContaining(says) });

async function releaseOn(disk: MemoryDisk, version: string): Promise<Release> {
  const { root, boot } = await imagesIn(disk, version);
  return {
    ...{
      v: 1,
      kind: 'system',
      name: 'appliance',
      version,
      counter: 1,
      dataForm: 0,
      madeAt: 1,
      notes: '',
      compat: {},
    },
    root: { name: 'root.img', sha256: root.sha256, bytes: root.bytes },
    boot: { name: 'boot.efi', sha256: boot.sha256, bytes: boot.bytes },
  };
}

/** A device whose loader is the directory driver's. */
class Device {
  disk = new MemoryDisk();
  boots = 1;
  asked = 0;
  booted: SlotName = 'a';
  state: (slot: SlotName) => Partial<AgentState> | undefined = () => ({});
  /** Starts no system in that slot: the loader tries, and the board's watchdog resets. */
  unbootable: SlotName | undefined;

  async files(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const version of ['2', '3'])
      for (const image of Object.values(await imagesIn(this.disk, version)))
        found.set(image.sha256, image.file);
    return found;
  }

  async restart(): Promise<void> {
    do {
      this.boots += 1;
      this.booted = await startDirectory(this.disk, '/u/slots');
    } while (this.booted === this.unbootable);
  }

  slots(): Slots {
    return createDirectorySlots({ disk: this.disk, folder: '/u/slots' });
  }

  async applier(slots = this.slots()): Promise<Applier> {
    const files = await this.files();
    return createSystemApplier({
      ...{ disk: this.disk, folder: '/u/system', slots, bootId: `boot-${this.boots}` },
      fileOf: ({ sha256 }) => files.get(sha256) ?? '',
      state: async () => {
        const says = this.state(this.booted);
        return (
          says && {
            ...{ version: '1.0.0', release: null, pid: 1, uptimeMs: 1, ready: true, why: null },
            model: { id: null, sha256: null, adapter: null, busy: 0 },
            ...{ uplink: 'online', memoryAvailableMiB: 4_000 },
            ...says,
          }
        );
      },
      reboot: async () => {
        this.asked += 1;
      },
      pauses: { sleep: async () => undefined },
      holding: { times: 3, everyMs: 1, looks: 10 },
    });
  }
}

async function staged(): Promise<{ device: Device; two: Release }> {
  const device = new Device();
  await device.disk.makeFolder('/u/slots');
  for (const path of ['/u/slots', '/u', '/']) await device.disk.syncFolder(path);
  const two = await releaseOn(device.disk, '2');
  const applier = await device.applier();
  await applier.probe(two, calm);
  await applier.stage(two, calm);
  return { device, two };
}

describe('a system that works', () => {
  test('runs after a restart of the device, and stays when it was committed', async () => {
    const { device, two } = await staged();
    const before = await device.applier();
    expect(await before.activate(two, calm)).toBe('later');
    expect(device.asked).toBe(1);
    // Until the device restarts nobody can say.
    expect(await before.inForce(two, calm)).toBeUndefined();
    await device.restart();
    const after = await device.applier();
    expect(await after.inForce(two, calm)).toBe(true);
    expect(await after.activate(two, calm)).toBe('here');
    await after.prove(two, calm);
    for (const _ of [1, 2]) await after.commit(two);
    for (let n = 0; n < 5; n += 1) await device.restart();
    expect(device.booted).toBe('b');
    expect(await text(device.disk, '/u/slots/b/root.img')).toBe('root 2');
  });
});

describe('a system that does not', () => {
  test('start: the loader goes back by itself, and the updater says so', async () => {
    const { device, two } = await staged();
    device.unbootable = 'b';
    await (await device.applier()).activate(two, calm);
    await device.restart();
    expect([device.booted, device.boots]).toEqual(['a', 5]);
    const after = await device.applier();
    expect(await after.inForce(two, calm)).toBe(false);
    await expect(after.prove(two, calm)).rejects.toThrow(failing('not-that-version', 'started from slot a'));
    expect(await after.rollBack(two, calm)).toBe('here');
    for (let n = 0; n < 5; n += 1) await device.restart();
    expect(device.booted).toBe('a');
  });

  test('serve: it is taken back, by one more restart', async () => {
    const { device, two } = await staged();
    await (await device.applier()).activate(two, calm);
    await device.restart();
    device.state = (slot) => (slot === 'b' ? { ready: false, why: 'no GPU' } : {});
    const trial = await device.applier();
    await expect(trial.prove(two, calm)).rejects.toThrow(failing('unhealthy', 'no GPU'));
    expect(await trial.rollBack(two, calm)).toBe('later');
    await device.restart();
    expect(device.booted).toBe('a');
    const after = await device.applier();
    expect(await after.rollBack(two, calm)).toBe('here');
    expect(await after.inForce(two, calm)).toBe(false);
    await after.discard(two);
  });

  test('case 25: lose a connection that was not there before: it stays', async () => {
    const { device, two } = await staged();
    device.state = () => ({ uplink: 'offline' });
    await (await device.applier()).activate(two, calm);
    await device.restart();
    await (await device.applier()).prove(two, calm);
  });
});

describe('case 31: slots that are not what they say', () => {
  test('a switch that does nothing is told before the device is restarted for nothing', async () => {
    const { device, two } = await staged();
    const applier = await device.applier({ ...device.slots(), activate: async () => undefined });
    await expect(applier.activate(two, calm)).rejects.toThrow(failing('slot-failed', 'a will be'));
    expect(device.asked).toBe(0);
    expect(await applier.rollBack(two, calm)).toBe('here');
  });

  test('the slot that was started is not the intended one', async () => {
    const { device, two } = await staged();
    await (await device.applier()).activate(two, calm);
    device.boots += 1; // somebody chose the old one at the loader's menu
    const after = await device.applier();
    await expect(after.prove(two, calm)).rejects.toThrow(failing('not-that-version'));
    await expect(after.commit(two)).rejects.toThrow(failing('slot-failed'));
    expect(await after.rollBack(two, calm)).toBe('here');
    await device.restart();
    expect(device.booted).toBe('a');
  });

  test('nothing proves that there is a way back', async () => {
    const { device, two } = await staged();
    const slots: Slots = {
      ...device.slots(),
      probe: async () => ({ proven: false, says: 'The firmware has no redundancy.' }),
    };
    const applier = await device.applier(slots);
    await expect(applier.probe(two, calm)).rejects.toThrow(failing('no-slot', 'no redundancy'));
    await expect(applier.activate(two, calm)).rejects.toThrow(failing('no-slot'));
    expect(device.asked).toBe(0);
  });
});

test('power lost at any write: the old or the new system runs, and the next one can be installed', async () => {
  for (let n = 0, cut = true; cut; n += 1) {
    const device = new Device();
    await device.disk.makeFolder('/u/slots');
    for (const path of ['/u/slots', '/u', '/']) await device.disk.syncFolder(path);
    const two = await releaseOn(device.disk, '2');
    const three = await releaseOn(device.disk, '3');
    const start = await device.applier();
    device.disk.cutPowerAtWrite(n);
    try {
      await start.stage(two, calm);
      await start.activate(two, calm);
      await device.restart();
      const after = await device.applier();
      await after.prove(two, calm);
      await after.commit(two);
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    device.disk = device.disk.afterPowerCut(n);
    await device.restart();
    const runs = device.booted === 'a' ? 'old' : await text(device.disk, '/u/slots/b/root.img');
    expect(['old', 'root 2'], `cut at write ${n}`).toContain(runs);
    if (!cut) expect(runs).toBe('root 2');

    if ((await (await device.applier()).rollBack(two, calm)) === 'later') await device.restart();
    const again = await device.applier();
    if (cut) await again.rollBack(two, calm);
    await again.probe(three, calm);
    await again.stage(three, calm);
    await again.activate(three, calm);
    await device.restart();
    const last = await device.applier();
    await last.prove(three, calm);
    await last.commit(three);
    expect(await text(device.disk, `/u/slots/${device.booted}/root.img`), `after the cut at write ${n}`).toBe(
      'root 3',
    );
  }
});
