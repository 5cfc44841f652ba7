import { readFileSync } from 'node:fs';
import { hashSetupCode } from '@rockpool/signing/setup-code';
import { expect, test } from 'vitest';
import { lineOf, parseConfig } from './config.ts';

const minimal = 'version = 1\n';
const refused = (text: string): string => {
  try {
    parseConfig(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it was taken');
};

test('the shortest settings are those of a device of a fleet, sealed to PCR 7, behind a firewall', () => {
  expect(parseConfig(minimal)).toMatchObject({
    disk: { data: 'PARTLABEL=UDA', unlock: 'tpm2', pcrs: [7], signed_pcrs: [], erase: false },
    tls: { mode: 'fleet', names: [] },
    network: { firewall: true, nginx: false },
    fleet: true,
  });
});

test.each([
  ['version = 2', 'provisioning.toml:1: version must be 1'],
  ['name = "leeds"', 'provisioning.toml:1: version'],
  ['version = 1\n\n[disk]\nunlcok = "tpm2"', 'provisioning.toml:4: disk.unlcok is no setting; remove it'],
  [
    'version = 1\n[disk]\nunlock = "key-file"',
    'provisioning.toml:3: disk.unlock must be one of "tpm2", "passphrase", "jetson".',
  ],
  ['version = 1\n[disk]\nerase = "yes"', 'provisioning.toml:3: disk.erase must be a boolean.'],
  ['version = 1\n[disk]\ndata = "UDA"', 'provisioning.toml:3: disk.data must be PARTLABEL=…'],
  ['version = 1\n[disk]\ndata = "/dev/../etc/shadow"', 'disk.data must not climb out of /dev'],
  ['version = 1\n[disk]\npcrs = []', 'disk.pcrs must name a PCR'],
  ['version = 1\n[disk]\nsigned_pcrs = [11]', 'disk.pcr_public_key is needed with signed_pcrs'],
  ['version = 1\n[disk]\npcrs = [7, 24]', 'provisioning.toml:3: disk.pcrs'],
  ['version = 1\n[tls]\nmode = "acme"', 'tls.acme is needed with mode = "acme"'],
  ['version = 1\nfleet = false', 'tls.mode must be "own" or "acme" for a device without a fleet'],
  ['version = 1\nname = "Leeds Office"', 'provisioning.toml:2: name a name has 1 to 63 letters'],
  ['version = 1\n[setup]\ncode_hash = "1234"', 'provisioning.toml:3: setup.code_hash must be what'],
  [
    'version = 1\n[controller]\nurl = "http://fleet.example"\npin = "x"',
    'provisioning.toml:3: controller.url must be an https:// address',
  ],
  ['version = 1\nversion = 1', 'provisioning.toml:2:'],
  ['version = ', 'provisioning.toml:1:'],
  ['version = 1\n[network]\nnginx = "yes"', 'provisioning.toml:3: network.nginx must be a boolean.'],
  ['version = 1\n[escrow]\npublic_key = "c2hvcnQ="', 'escrow.public_key must be the 32 bytes'],
])('%j is refused by a sentence that names file, line, key and cure', (text, sentence) => {
  expect(refused(text)).toContain(sentence);
});

test('every wrong key is told at once', () => {
  expect(refused('version = 1\nnmae = "a"\n[disk]\nerase = 1').split('\n')).toHaveLength(2);
});

test('a line is found in tables, dotted keys and inline tables, else where the table begins', () => {
  const text = 'version = 1\n# tls.mode\n[tls]\nmode = "acme"\n\n[tls.acme]\ndirectory = "x"\n';
  expect(lineOf(text, ['tls', 'mode'])).toBe(4);
  expect(lineOf(text, ['tls', 'acme', 'directory'])).toBe(7);
  expect(lineOf(text, ['tls', 'acme', 'email'])).toBe(6);
  expect(lineOf('tls.mode = "own"\n', ['tls', 'mode'])).toBe(1);
  expect(lineOf(text, ['network'])).toBe(1);
});

const example = readFileSync(new URL('provisioning.example.toml', import.meta.url), 'utf8');

test('the example is taken as it stands, and means what is meant without it', () => {
  expect(parseConfig(example)).toEqual(parseConfig(minimal));
});

test('the example is taken with all that it leaves out', async () => {
  const all = example
    .replace(/^# (?=[a-z[])/gm, '')
    .replace(/scrypt[^"]*/, await hashSetupCode('7KQM-2XWR'))
    .replace('pin = "sha256/…"', `pin = "sha256/${'A'.repeat(43)}="`)
    .replace('public_key = "…"', `public_key = "${'A'.repeat(43)}="`)
    .replace('fleet = false', 'fleet = true');
  expect(parseConfig(all)).toMatchObject({
    name: 'leeds',
    disk: { signed_pcrs: [11] },
    tls: { acme: { challenge: 'http-01' } },
    network: { interface: 'eth0.20' },
  });
});
