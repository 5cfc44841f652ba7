/** From a bare board to a device that serves people, by a phone; and what a thief of it, or of its disk, gets. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partitions } from '../../image/partitions.ts';
import { label, openAppliance, putOnEsp, settings } from '../appliance.ts';
import { getPlain, openBrowser } from '../browser.ts';
import { type Controller, startController } from '../controller.ts';
import { flipBit, looksOf, rootAt, wordsOn } from '../disk-bytes.ts';
import {
  admin,
  agentOf,
  healthyAt,
  onDevice,
  replaceRecovery,
  setUp,
  verdictOf,
  wipeNow,
} from '../provisioned.ts';
import type { Board, Disk, Machine, Rig } from '../rig/qemu.ts';
import { StoryError } from '../rig/serial.ts';
import { technicianAt } from '../technician.ts';
import { keepTimes } from '../times.ts';
import { cipherSuites, speaks } from '../tls-probe.ts';

keepTimes();

const planted = 'the harbour master keeps the spare key under the third buoy';

let rig: Rig;
let controller: Controller;
let machine: Machine | null = null;
/** Both as they were left, switched off, after the first story. */
let board: Board;
let disk: Disk;
let recoveryKey: string;

const powerOn = async (on: { board: Board; disk: Disk }): Promise<Machine> => {
  await machine?.cutPower();
  machine = await rig.powerOn({ ...on, reachable: controller.reachable });
  return machine;
};

const running = (): Machine => {
  if (!machine?.isOn()) throw new StoryError('the story before this one left no device that is on');
  return machine;
};

beforeAll(async () => {
  rig = await openAppliance();
  controller = await startController(join(rig.folder, 'fleet'));
});

afterAll(async () => {
  await machine?.cutPower();
  await controller[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

test('it is set up over its page, and then serves people', async () => {
  [board, disk] = [rig.board('office'), rig.disk('office')];
  const device = await powerOn({ board, disk });
  recoveryKey = await setUp(device, controller);

  const browser = await agentOf(device, controller);
  const first = await browser.post('/api/setup', { code: label.code, ...admin });
  expect(first.status, first.text).toBe(200);
  expect(first.protocol).toBe('TLSv1.3');
  const again = await browser.post('/api/setup', { code: label.code, name: 'eve', password: admin.password });
  expect(again.status, 'the code died with the first account').not.toBe(200);

  const bad = (await verdictOf(device)).findings.filter(({ state }) => state === 'bad');
  expect(bad).toEqual([]);
  await healthyAt(controller, device);
  await onDevice(device, `echo '${planted}' > /var/lib/rockpool/agent/planted && sync`);
});

test('it speaks TLS 1.3 with strong suites and nothing else, and plain HTTP only sends people there', async () => {
  const { httpsPort, httpPort } = running();
  for (const version of ['tls1', 'tls1_1', 'tls1_2'] as const)
    expect(speaks(httpsPort, version), version).toBe(false);
  expect(speaks(httpsPort, 'tls1_3')).toBe(true);
  expect(cipherSuites(httpsPort)).toEqual(
    expect.arrayContaining(['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']),
  );
  expect(cipherSuites(httpsPort, 'older')).toEqual([]);
  const plain = await getPlain(httpPort, `${label.name}.local`);
  expect(plain).toEqual({ status: 308, location: `https://${label.name}.local/` });
});

test('it opens its disk without a person after the plug was pulled', async () => {
  const device = await powerOn({ board, disk });
  const browser = await agentOf(device, controller);
  expect((await browser.post('/api/login', admin)).status).toBe(200);
  expect(await onDevice(device, 'cat /var/lib/rockpool/agent/planted')).toBe(planted);
  await device.cutPower();
});

test('what the guide gives to whoever stands before the device works there', async () => {
  const device = await powerOn({ board: board.copy('console'), disk: disk.copy('console') });
  await agentOf(device, controller);
  const before = await onDevice(
    device,
    'openssl x509 -in /var/lib/rockpool/device/lan.crt -noout -serial -pubkey',
  );
  await onDevice(device, 'rockpool-provision renew');
  await onDevice(device, 'rockpool-provision renew --force --new-key');
  const after = await onDevice(
    device,
    'openssl x509 -in /var/lib/rockpool/device/lan.crt -noout -serial -pubkey',
  );
  expect(after).not.toBe(before);
  await agentOf(device, controller);
  await onDevice(device, 'rockpool-provision renew --secrets-key');
  expect(await onDevice(device, 'nft list table inet rockpool')).toContain('policy drop');
  await agentOf(device, controller);
  expect(await onDevice(device, 'rockpool doctor --json')).toContain('"disk-encrypted"');
  const newer = await replaceRecovery(device);
  expect(newer).not.toBe(recoveryKey);
  await onDevice(device, `echo ${newer} | rockpool-provision seal --recovery`);
  const refused = await device.lab(`echo ${recoveryKey} | rockpool-provision seal --recovery`);
  expect(refused.code, refused.output).not.toBe(0);
  const bad = (await verdictOf(device)).findings.filter(({ state }) => state === 'bad');
  expect(bad).toEqual([]);
});

test('what was said is not on the disk in plain', () => {
  const raw = disk.raw();
  expect(looksOf(raw)).toBe('luks2');
  expect(wordsOn(raw, partitions.data, [planted, 'BEGIN CERTIFICATE', admin.name + admin.password])).toEqual(
    [],
  );
  // The search finds what is there: the root's own files are no secret.
  expect(wordsOn(raw, partitions.a, ['rockpool-provision'])).toEqual(['rockpool-provision']);
});

test('its disk opens on no other board, and there with the recovery key', async () => {
  const elsewhere = await powerOn({ board: rig.board('thief'), disk: disk.copy('stolen') });
  const technician = technicianAt(elsewhere);
  await technician.arrive('locked');
  const { code } = await elsewhere.lab('test -e /var/lib/rockpool/agent/planted');
  expect(code).not.toBe(0);
  const wrong = recoveryKey.replace(/^./, (first) => (first === 'b' ? 'c' : 'b'));
  expect(await technician.unlock(wrong)).not.toMatchObject({ status: 200 });
  expect(await technician.unlock(recoveryKey)).toMatchObject({ status: 200 });
  // What the first board sealed opens on no other: this one is a new device of the fleet, with the same people in it.
  await technician.arrive('refused');
  expect(await technician.typeCode(label.code)).toMatchObject({ needsClaim: true });
  controller.ask('device', 'revoke', label.name, '--because', 'its disk is in another board');
  await technician.begin(controller.claim(label.name));
  await technician.watchFor('done');
  await agentOf(elsewhere, controller);
  expect(await onDevice(elsewhere, 'cat /var/lib/rockpool/agent/planted')).toBe(planted);
});

test('it stays shut when the firmware would start anything', async () => {
  const device = await powerOn({ board: board.withoutSecureBoot('weakened'), disk: disk.copy('weakened') });
  await technicianAt(device).arrive('locked');
});

test('it stays shut when the settings beside the kernel are others', async () => {
  const others = (await settings()).replace('firewall = true', 'firewall = false');
  const changed = disk.changed('resettled', (raw) =>
    putOnEsp(raw, 'loader/credentials/provisioning.cred', others),
  );
  const device = await powerOn({ board: board.copy('resettled'), disk: changed });
  await technicianAt(device).arrive('locked');
});

test('one bit in the system, and it does not start', async () => {
  // In the superblock, which is read at every boot: the label says "soot" instead of "root".
  const changed = disk.changed('flipped', (raw) => flipBit(raw, rootAt + 1024 + 120));
  const device = await powerOn({ board: board.copy('flipped'), disk: changed });
  await device.serial.waitFor(/verity: .*corrupt|Restarting system|the root does not mount/, {
    ...{ withinMs: 400_000, isAlive: () => device.isOn() },
  });
  expect(device.serial.text()).not.toContain('Rockpool, served or set up');
});

test('after a wipe nothing opens it, and nobody finds a word', async () => {
  const gone = disk.copy('gone');
  const device = await powerOn({ board: board.copy('gone'), disk: gone });
  await agentOf(device, controller);
  await wipeNow(device);
  await device.cutPower();
  const raw = gone.raw();
  expect(looksOf(raw)).not.toBe('plain ext4');
  expect(wordsOn(raw, partitions.data, [planted])).toEqual([]);

  const again = await powerOn({ board: board.copy('after'), disk: gone.copy('after') });
  await technicianAt(again).arrive('fresh');
  const page = openBrowser({ port: again.httpsPort, name: 'rockpool.local' });
  expect((await page.post('/setup/api/unlock', { recoveryKey })).status).not.toBe(200);
});
