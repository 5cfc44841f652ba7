import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Refusal } from '@rockpool/protocol/refusal';
import { hashSetupCode } from '@rockpool/signing/setup-code';
import { afterAll, expect, test } from 'vitest';
import { addLuksKey, formatLuks, makeKey, opensWith } from '../disk/luks.ts';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import { type Run, run } from '../exec.ts';
import type { LinuxWorld } from '../linux/world.ts';
import { claimed, FakeDevice } from '../world.fixture.ts';
import type { Parts } from './kit.ts';
import { runCommandLine } from './main.ts';
import type { Streams } from './output.ts';

const folder = mkdtempSync(join(tmpdir(), 'provision-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const recoveryKey = 'cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv';

class Device extends FakeDevice {
  run: Run = () => Promise.reject(new Error('no program is run here'));
  handedOver = false;
  takeClaim(text: string): void {
    if (!text.startsWith('RP-')) throw new Refusal('bad-request', 'This is no claim.');
    this.memory.claim = claimed;
  }
  takeStick(): Promise<void> {
    return Promise.resolve();
  }
  handOver(): Promise<void> {
    this.handedOver = true;
    return Promise.resolve();
  }
  override async replaceRecovery(): Promise<string> {
    await super.replaceRecovery();
    return recoveryKey;
  }
}

const settings = join(folder, 'provisioning.toml');
writeFileSync(
  settings,
  `version = 1\nname = "leeds"\n[setup]\ncode_hash = "${await hashSetupCode('7KQM-2XWR')}"\n`,
);

/** @param answer what a person types when asked; undefined: nobody is there */
async function command(
  args: string[],
  device = new Device(),
  answer?: (question: string, said: string) => string | undefined,
  config = settings,
) {
  const stdin = new PassThrough();
  let [stdout, stderr] = ['', ''];
  const receipts: string[] = [];
  const told = {
    write(text: string) {
      stdout += text;
    },
  };
  const noted = {
    write(text: string) {
      stderr += text;
      if (!/[?:] $/.test(text)) return;
      const typed = answer?.(text, stderr);
      // A console answers after the question, not while it is written.
      setImmediate(() => (typed === undefined ? stdin.end() : stdin.write(`${typed}\n`)));
    },
  };
  const parts: Parts = {
    openWorld: () => device as unknown as LinuxWorld,
    run: device.run,
    now: Date.now,
    posture: () => Promise.resolve([]),
    saveReceipt: (text) => void receipts.push(text),
    tellDisk: () => undefined,
    countSealedUnder: () => 0,
  };
  const streams = { stdin, stdout: told, stderr: noted } as unknown as Streams;
  const code = await runCommandLine([...args, '--config', config], parts, streams);
  return { code, stdout, stderr, receipts, device };
}

/** Reads the words off the console, as a person does. */
function reads(question: string, said: string): string | undefined {
  if (question.startsWith('The claim')) return 'RP-AAAAA-AAAAA-AAAAA-AAAAA';
  const place = Number(/word (\d+)/.exec(question)?.[1]);
  // What was told before has numbers of its own: “Slot 2 is sealed”.
  const page = said.slice(said.indexOf('The recovery key of this disk'));
  return new RegExp(`(?:^|\\s)${place} ([a-z]+)`, 'm').exec(page)?.[1];
}

test('plan says every step, touches nothing, and ends with 4 while something is missing', async () => {
  const { code, stdout, device } = await command(['plan']);
  expect(code).toBe(4);
  expect(stdout).toContain('Encrypt the data partition');
  expect(stdout).toContain('There is no claim.');
  expect(device.deeds).toEqual([]);
  const json = await command(['plan', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    steps: expect.any(Array),
    refusals: [{ id: 'enrolment' }],
  });
});

test('plan says in capitals what would be destroyed', async () => {
  const device = new Device();
  device.disk.foreign = 'ext4 “photos”';
  const { stdout } = await command(['plan'], device);
  expect(stdout).toContain('DESTROYS ext4 “photos” on /dev/fake5');
});

test('apply asks for the claim and two words of the key, and prints a receipt without either', async () => {
  const { code, stdout, stderr, receipts, device } = await command(['apply'], new Device(), reads);
  expect({ code, handedOver: device.handedOver }).toEqual({ code: 0, handedOver: true });
  expect(stdout).toMatch(/^Device\s+leeds$/m);
  expect(stderr).toContain(recoveryKey);
  expect(stdout + receipts.join('')).not.toContain(recoveryKey);
  expect(receipts).toHaveLength(1);
  const verified = await command(['verify', '--json'], device);
  expect({ code: verified.code, state: JSON.parse(verified.stdout).state }).toEqual({
    code: 0,
    state: 'good',
  });
});

test('with nobody there, apply ends before a key is kept, and the disk may be formatted again', async () => {
  const device = new Device();
  device.memory.claim = claimed;
  const { code, stderr, receipts } = await command(['apply'], device);
  expect({ code, receipts }).toEqual({ code: 1, receipts: [] });
  expect(stderr).toContain('Nobody answered');
  expect(device.disk.header?.mark).toBe('unfinished');
});

test('a wrong word is asked for again', async () => {
  let tries = 0;
  const { code, stderr } = await command(['apply'], new Device(), (question, said) => {
    tries += 1;
    return tries === 2 ? 'wrong' : reads(question, said);
  });
  expect(code).toBe(0);
  expect(stderr).toContain('That is not the word at this place');
});

test('a claim that is none is told before the disk is touched', async () => {
  const { code, device, stderr } = await command(['apply'], new Device(), () => 'hello');
  expect({ code, deeds: device.deeds }).toEqual({ code: 2, deeds: [] });
  expect(stderr).toContain('This is no claim.');
});

test('verify finds what is bad, and ends with 1', async () => {
  const device = new Device();
  await command(['apply'], device, reads);
  device.memory.firewall = false;
  const { code, stdout } = await command(['verify'], device);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^bad\s+firewall .* → Run `rockpool-provision apply`\.$/m);
});

test('a boot goes on with a device that is set up, and leaves any other to a person', async () => {
  const device = new Device();
  expect((await command(['boot'], device)).code).toBe(0);
  expect(device.deeds).toEqual([]);
  await command(['apply'], device, reads);
  device.bootEntries = 'absent';
  device.restorePower();
  expect(device.memory.open).toBe(false);
  expect((await command(['boot'], device)).code).toBe(0);
  expect(device.memory.mounted).toBe(true);
});

test.each([
  [['plan', '--confg', 'x'], 2],
  [['format'], 2],
  [['--help'], 0],
  [['apply', '--help'], 0],
])('%j ends with %i', async (args, code) => {
  expect((await command(args)).code).toBe(code);
});

test('settings that are not there are told by name, as JSON where JSON was asked for', async () => {
  const { code, stdout } = await command(['plan', '--json'], new Device(), undefined, '/nowhere.toml');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'bad-request', message: expect.stringContaining('/nowhere.toml') },
  });
});

test('every command has an example', async () => {
  for (const name of [
    'plan',
    'apply',
    'verify',
    'renew',
    'recovery-key',
    'seal',
    'passphrase',
    'wipe',
    'code',
    'serve',
    'boot',
    'tell-disk',
  ]) {
    expect((await command([name, '--help'])).stdout, name).toContain('npx rockpool-provision');
  }
});

test('a step that a controller refused tells its own reason to a script', async () => {
  const device = new Device();
  device.enrol = () => Promise.reject(new EnrolmentRefused('claim-used'));
  const { code, stdout } = await command(['apply', '--json'], device, reads);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'claim-used', message: expect.stringContaining('Join the fleet') },
  });
});

test('wipe leaves the TPM to its other users unless it is told to clear it, and says so either way', async () => {
  const device = new Device();
  await command(['apply'], device, reads);
  const wiped = async (...flags: string[]) => (await command(['wipe', ...flags], device, () => 'no')).stderr;
  expect(await wiped()).toMatch(/The TPM keeps its seed.*--clear-tpm/);
  expect(await wiped()).not.toContain('Give the TPM a new seed');
  expect(await wiped('--clear-tpm')).toContain('Give the TPM a new seed');
  device.hasTpm = false;
  expect((await command(['wipe', '--clear-tpm'], device, () => 'no')).stderr).toContain('shows no TPM');
});

test('a passphrase is for boards that can seal nothing', async () => {
  const device = new Device();
  await command(['apply'], device, reads);
  const { code, stderr } = await command(['passphrase'], device, () => 'no');
  expect({ code, says: stderr }).toMatchObject({ code: 4, says: expect.stringContaining('weakest lock') });
});

test('a person’s own passphrase opens the disk, once it was typed twice and the recovery key once', async () => {
  const path = join(folder, 'data');
  writeFileSync(path, '');
  truncateSync(path, 64 * 1024 * 1024);
  const key = makeKey();
  await formatLuks(run, path, { key, cipher: { name: 'aes-xts-plain64', keyBits: 512, sectorBytes: 4096 } });
  await addLuksKey(run, path, { key }, recoveryKey, { stretching: { kind: 'random-key' } });
  const device = new Device();
  await command(['apply'], device, reads);
  device.run = run;
  const look = device.look.bind(device);
  device.look = async () => {
    const facts = await look();
    const disk = facts.disk && { ...facts.disk, path };
    return { ...facts, disk, board: { ...facts.board, memoryBytes: 512 * 1024 * 1024 } };
  };
  const typedSettings = join(folder, 'typed.toml');
  writeFileSync(typedSettings, 'version = 1\n[disk]\nunlock = "passphrase"\n');
  const set = (recovery: string, ...typed: string[]) =>
    command(
      ['passphrase'],
      device,
      (question) => (question.startsWith('The recovery key') ? recovery : typed.shift()),
      typedSettings,
    );
  expect((await set(recoveryKey, 'four words of mine', 'for words of mine')).stderr).toContain(
    'not the same',
  );
  expect((await set(recoveryKey, 'short')).stderr).toContain('14 letters');
  expect((await set(recoveryKey.replaceAll('c', 'v'), 'four words of mine')).stderr).toContain(
    'not of this disk',
  );
  expect(await opensWith(run, path, 'four words of mine')).toBe(false);
  const { code, stdout, stderr } = await set(recoveryKey, ' four words of mine', 'four words of mine');
  expect({ code, told: (stdout + stderr).includes('four words') }).toEqual({ code: 0, told: false });
  expect(await opensWith(run, path, 'four words of mine')).toBe(true);
}, 60_000);
