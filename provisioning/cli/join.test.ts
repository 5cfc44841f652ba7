/** `rockpool-provision join` against a real controller: what it leaves for the agent, and what it refuses. */
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { readEnrolled } from '@rockpool/agent/uplink/enrolled.ts';
import { type Controller, createController } from '@rockpool/fleet/controller.ts';
import type { ClaimFile } from '@rockpool/protocol/claim';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimOf } from '../enrolment/fleet.fixture.ts';
import type { Parts } from './kit.ts';
import { runCommandLine } from './main.ts';
import type { Streams } from './output.ts';

const clock = { now: Date.now };
const broker = 'mqtts://localhost:8883';
let fleet: Controller;
let home: string;
beforeAll(async () => {
  fleet = await createController({
    ...{ home: mkdtempSync(join(tmpdir(), 'fleet-')), clock, logger: pino({ level: 'silent' }) },
    mqtt: { host: '127.0.0.1', port: 0, url: broker },
    ...{ name: '127.0.0.1', host: '127.0.0.1', port: 0, passphrase: null },
  });
});
afterAll(() => fleet.close());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'desk-'));
});
afterEach(() => {
  delete process.env['ROCKPOOL_APPLIANCE'];
});

async function run(...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const told = {
    write(text: string) {
      said += text;
    },
  };
  const streams = { stdin: new PassThrough(), stdout: told, stderr: told } as unknown as Streams;
  const parts = { now: clock.now } as Parts;
  return { code: await runCommandLine(['join', ...args, '--home', home], parts, streams), said };
}

function fileOf(claim: ClaimFile): string {
  const file = join(home, 'rockpool.claim');
  writeFileSync(file, JSON.stringify(claim));
  return file;
}

test('an agent on a desk joins by a claim’s file, and finds all that its uplink needs', async () => {
  const { code, said } = await run(fileOf(await claimOf(fleet, clock)), '--name', 'desk-1');
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('desk-1') });
  const found = readEnrolled({ folder: join(home, 'device'), credentials: undefined });
  expect(found).toMatchObject({ device: 'desk-1', broker });
  expect(found?.credentials()).toMatchObject({ broker, commandKeys: [expect.any(String)] });
});

test('its keys are for their owner alone, under the names that an appliance has', async () => {
  await run(fileOf(await claimOf(fleet, clock)), '--name', 'desk-2');
  const folder = join(home, 'device');
  for (const key of ['identity-key.cred', 'device-tls-key.cred'])
    expect(statSync(join(folder, key)).mode & 0o777, key).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining(['controller.json', 'device.crt', 'enrolled.json', 'fleet-ca.crt']),
  );
});

test('a claim as typed needs to be told the controller, and then does', async () => {
  const { claim, controller, pin } = await claimOf(fleet, clock);
  const alone = await run(claim, '--name', 'desk-3');
  expect(alone.code).not.toBe(0);
  expect(alone.said).toContain('the settings name no controller');
  expect((await run(claim, '--name', 'desk-3', '--controller', controller, '--pin', pin)).code).toBe(0);
});

test('a renewal keeps the name and the identity, and makes another certificate', async () => {
  await run(fileOf(await claimOf(fleet, clock)), '--name', 'desk-4');
  const files = { folder: join(home, 'device'), credentials: undefined };
  const before = readEnrolled(files);
  const old = before?.credentials();
  expect((await run('--renew', '--new-key')).code).toBe(0);
  const after = readEnrolled(files);
  expect(after?.identity.publicKey).toBe(before?.identity.publicKey);
  expect(after?.credentials().chain).not.toBe(old?.chain);
  expect(after?.credentials().key).not.toBe(old?.key);
});

test.each<[string, () => Promise<string[]>, string]>([
  ['no claim at all', async () => ['--name', 'desk-5'], 'There is no claim'],
  ['a mistyped one', async () => ['RP-00000-00000-00000-00001'], 'mistyped'],
  [
    'a name that no device may have',
    async () => [fileOf(await claimOf(fleet, clock)), '--name', 'ctl'],
    'can’t be its name',
  ],
  ['a renewal before it joined', async () => ['--renew'], 'does not know this device'],
  [
    'a controller without its pin',
    async () => ['RP-00000-00000-00000-00000', '--controller', 'https://a.example'],
    '--pin',
  ],
])('refused in one sentence: %s', async (_, args, says) => {
  const { code, said } = await run(...(await args()));
  expect(code).not.toBe(0);
  expect(said).toContain(says);
  expect(said.trim().split('\n')).toHaveLength(1);
});

test('an agent that has joined is not taken to another fleet by a second claim', async () => {
  await run(fileOf(await claimOf(fleet, clock)), '--name', 'desk-6');
  const kept = readFileSync(join(home, 'device/enrolled.json'), 'utf8');
  const second = await run(fileOf(await claimOf(fleet, clock)), '--name', 'desk-7');
  expect(second.code).toBe(4);
  expect(second.said).toContain('This agent is desk-6 of');
  expect(readFileSync(join(home, 'device/enrolled.json'), 'utf8')).toBe(kept);
});

test('on an appliance it says what does it there', async () => {
  process.env['ROCKPOOL_APPLIANCE'] = '1';
  const { code, said } = await run(fileOf(await claimOf(fleet, clock)));
  expect({ code, said }).toMatchObject({
    code: 4,
    said: expect.stringContaining('rockpool-provision apply'),
  });
});
