/** The command line, as typed: what it prints, how it ends, and what it refuses. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClaimFile, parseClaimCode, parseClaimText } from '@rockpool/protocol/claim';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, createDevice } from '../test/fleet.fixture.ts';
import { type ControllerProcess, command, commandProcess, startProcess } from '../test/process.fixture.ts';

let home: string;
let running: ControllerProcess;
const passphraseFile = (): string => join(home, 'passphrase');

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-fleet-cli-'));
  writeFileSync(passphraseFile(), 'a long enough passphrase\n');
  running = await startProcess(home, ['--passphrase-file', passphraseFile()]);
});
afterAll(async () => {
  await running.kill('SIGTERM');
  rmSync(home, { recursive: true, force: true });
});

const json = async (...args: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await command(home, [...args, '--json'])).stdout) as Record<string, unknown>;

test('a claim made while the controller runs lets a device in, which then stands in the list', async () => {
  const file = join(home, 'rockpool.claim');
  const made = await command(home, [
    'claim',
    'create',
    '--name',
    'leeds',
    '--label',
    'branch=Leeds',
    '--file',
    file,
  ]);
  expect(made.code).toBe(0);
  const stick = ClaimFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  expect(parseClaimCode(made.stdout.split('\n')[0] ?? '')).toBe(stick.claim);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const reach = { controller: { url: stick.controller, pin: stick.pin } };
  expect(codeOf(await createDevice(reach, 'leeds').ask('enrol', { claim: stick.claim }))).toBe('ok');
  expect(await json('device', 'list', '--label', 'branch=Leeds')).toMatchObject({
    devices: [{ name: 'leeds', state: 'in-force' }],
  });
  expect(await json('device', 'list', '--label', 'branch=York')).toMatchObject({ devices: [], total: 0 });
  expect((await command(home, ['claim', 'list'])).stdout).toMatch(/used +leeds +branch=Leeds .* leeds$/m);
});

test('labels are set and removed, names allowed, a device revoked, and all of it stands in the audit', async () => {
  await command(home, ['device', 'label', 'leeds', 'floor=2', 'branch-']);
  expect(await json('device', 'show', 'leeds')).toMatchObject({ labels: { floor: '2' } });
  expect(await json('device', 'names', 'leeds', 'chat.example.com')).toMatchObject({
    lanNames: ['chat.example.com'],
  });
  expect((await command(home, ['device', 'revoke', 'leeds'])).code).toBe(2); // without a reason
  expect((await command(home, ['device', 'revoke', 'leeds', '--because', 'stolen'])).code).toBe(0);
  expect((await command(home, ['device', 'revoke', 'leeds', '--because', 'stolen'])).code).toBe(4);
  expect((await json('device', 'revoked'))['revoked']).toHaveLength(2);
  const actions = ((await json('audit', 'show'))['deeds'] as { action: string }[]).map(
    ({ action }) => action,
  );
  expect(actions).toEqual([
    'device-revoke',
    'device-names',
    'device-label',
    'enrol',
    'claim-create',
    'start',
  ]);
  expect((await command(home, ['audit', 'verify'])).code).toBe(0);
});

test('a claim is shown as one line that the setup page takes, and as a QR code of it', async () => {
  const { stdout } = await command(home, ['claim', 'create', '--qr']);
  const line = /^ROCKPOOL1 .*$/m.exec(stdout)?.[0] ?? '';
  const code = parseClaimCode(stdout.split('\n')[0] ?? '');
  expect(parseClaimText(line)).toMatchObject({ version: 1, claim: code, pin: running.pin });
  const drawn = stdout.split('\n').filter((row) => /^[█▀▄ ]+$/.test(row));
  expect(drawn.length).toBeGreaterThan(15);
  expect(Math.max(...drawn.map((row) => row.length))).toBeLessThan(80);
  expect((await command(home, ['claim', 'create'])).stdout).not.toMatch(/█/);
});

test('sealed headers are forgotten, the old ones or all, and the audit says so', async () => {
  const claim = parseClaimCode(String((await json('claim', 'create', '--name', 'hull'))['claim']));
  const controller = { url: running.url, pin: running.pin };
  const hull = createDevice({ controller }, 'hull');
  expect(codeOf(await hull.ask('enrol', { claim }))).toBe('ok');
  for (const byte of [1, 2, 3]) {
    const sealed = Buffer.alloc(4096, byte).toString('base64');
    const escrow = { kind: 'luks-header', digest: `0${byte}`.repeat(32), sealed };
    expect(codeOf(await hull.ask('escrow', escrow))).toBe('ok');
  }
  expect(await json('escrow', 'forget', 'hull', '--old')).toEqual({ device: 'hull', copies: 2 });
  expect(await json('escrow', 'list', 'hull')).toMatchObject({ escrows: [{ digest: '03'.repeat(32) }] });
  expect(await json('escrow', 'forget', 'hull', '--old')).toEqual({ device: 'hull', copies: 0 });
  expect(await json('escrow', 'forget', 'hull')).toEqual({ device: 'hull', copies: 1 });
  expect(await json('escrow', 'list', 'hull')).toEqual({ escrows: [] });
  const { deeds } = (await json('audit', 'show', '--limit', '2')) as { deeds: object[] };
  expect(deeds).toMatchObject([
    { action: 'escrow-forget', subject: 'device hull', detail: { which: 'all', copies: 1 } },
    { action: 'escrow-forget', subject: 'device hull', detail: { which: 'old', copies: 2 } },
  ]);
});

test('a claim that nobody used is taken back; a used one is not', async () => {
  const { id } = await json('claim', 'create', '--ttl', '30m');
  expect((await command(home, ['claim', 'revoke', String(id)])).code).toBe(0);
  expect((await command(home, ['claim', 'revoke', '1'])).code).toBe(4);
  expect((await command(home, ['claim', 'revoke', '99'])).code).toBe(3);
  expect((await command(home, ['claim', 'revoke', 'x'])).code).toBe(2);
});

test('commands of several processes wait for each other, and the audit stays one chain', async () => {
  const before = ((await json('claim', 'list'))['claims'] as unknown[]).length;
  const codes = await Promise.all(Array.from({ length: 5 }, () => commandProcess(home, ['claim', 'create'])));
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  expect((await json('claim', 'list'))['claims']).toHaveLength(before + 5);
  expect((await command(home, ['audit', 'verify'])).code).toBe(0);
});

test('a claim whose file can not be written is taken back at once', async () => {
  const file = join(home, 'there');
  writeFileSync(file, 'something else');
  expect((await command(home, ['claim', 'create', '--file', file])).code).toBe(4);
  expect(readFileSync(file, 'utf8')).toBe('something else');
  const { claims } = (await json('claim', 'list')) as { claims: { state: string }[] };
  expect(claims.at(-1)?.state).toBe('revoked');
});

test.each([
  [['claim', 'create', '--ttl', '1y'], 2, 'is no time'],
  [['claim', 'create', '--ttl', '0m'], 2, 'one minute to one year'],
  [['claim', 'create', '--name', 'controller'], 2, 'taken by the fleet'],
  [['claim', 'create', '--label', 'branch'], 2, 'is no label'],
  [['claim', 'create', '--label', 'Branch=x'], 2, 'is no label'],
  [['claim', 'create', '--lan-name', 'leeds.local'], 2, 'chat page'],
  [['device', 'show', 'nowhere'], 3, 'no device nowhere'],
  [['ca', 'show', 'other'], 2, 'two roots'],
  [['escrow', 'export', 'nowhere', '/nowhere/file'], 3, 'no sealed header'],
  [['escrow', 'forget', 'nowhere'], 3, 'no sealed header'],
  [['bogus'], 2, 'unknown command'],
  [['claim', 'create', '--bogus'], 2, 'unknown option'],
])('%j ends with %i and says %j', async (args, code, says) => {
  const said = await command(home, args);
  expect(said).toMatchObject({ code, stdout: '' });
  expect(said.stderr).toContain(says);
});

test('a refusal is JSON where JSON was asked for', async () => {
  const said = await command(home, ['device', 'show', 'nowhere', '--json']);
  expect(JSON.parse(said.stdout)).toMatchObject({ error: { code: 'not-found' } });
});

test('every command shows its examples', async () => {
  for (const args of [
    ['serve'],
    ['claim', 'create'],
    ['device', 'list'],
    ['device', 'command'],
    ['device', 'config'],
    ['device', 'revoke'],
    ['alerts', 'ack'],
    ['operator', 'create'],
    ['api-key', 'create'],
    ['backup', 'create'],
    ['keys', 'create'],
    ['ca', 'export'],
    ['escrow', 'create'],
    ['escrow', 'forget'],
    ['keys', 'seal'],
    ['broker', 'issue'],
    ['audit', 'verify'],
  ]) {
    const { code, stdout } = await command(home, [...args, '--help']);
    expect(code, args.join(' ')).toBe(0);
    expect(stdout, args.join(' ')).toContain(`Examples:\n  rockpool-fleet ${args.join(' ')}`);
  }
});

test('in a folder without a controller every command but serve says so', async () => {
  const said = await command(join(home, 'empty'), ['device', 'list']);
  expect(said.code).toBe(3);
  expect(said.stderr).toContain('There is no controller');
});

describe('the keys', () => {
  test('lie sealed, and open with the passphrase only', async () => {
    const bytes = readFileSync(join(home, 'keys.json'), 'utf8');
    expect(bytes).not.toContain('PRIVATE KEY');
    expect(statSync(join(home, 'keys.json')).mode & 0o777).toBe(0o600);
    const wrong = await command(home, ['serve', '--listen', '127.0.0.1:0'], {
      ROCKPOOL_FLEET_PASSPHRASE: 'another one, too',
    });
    expect(wrong).toMatchObject({ code: 4, stdout: '' });
    const none = await command(home, ['serve', '--listen', '127.0.0.1:0']);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('--passphrase-file');
  });
  test('are made with a passphrase that is long enough, or not at all', async () => {
    const fresh = join(home, 'fresh');
    const short = await command(fresh, ['serve', '--listen', '127.0.0.1:0'], {
      ROCKPOOL_FLEET_PASSPHRASE: 'short',
    });
    expect(short.code).toBe(2);
    expect(() => statSync(join(fresh, 'keys.json'))).toThrow('ENOENT');
  });
  test('that lie open are sealed later, and the fleet is the same', async () => {
    const fresh = join(home, 'unsealed');
    const first = await startProcess(fresh);
    await first.kill('SIGTERM');
    const sealed = await command(fresh, ['keys', 'seal', '--new-passphrase-file', passphraseFile()]);
    expect(sealed.code).toBe(0);
    expect(readFileSync(join(fresh, 'keys.json'), 'utf8')).not.toContain('PRIVATE KEY');
    const second = await startProcess(fresh, ['--passphrase-file', passphraseFile()]);
    await second.kill('SIGTERM');
    expect(second.pin).toBe(first.pin);
  });
  test('that are gone are not made anew: devices would not know the controller again', async () => {
    const fresh = join(home, 'gone');
    await (await startProcess(fresh)).kill('SIGTERM');
    rmSync(join(fresh, 'keys.json'));
    const said = await command(fresh, ['serve', '--listen', '127.0.0.1:0', '--insecure-keys']);
    expect(said.code).toBe(1);
    expect(said.stderr).toContain('put it back from a copy');
  });
});

test('the roots are shown and exported, and stay as they were made', async () => {
  const shown = await json('ca', 'show', 'lan');
  expect(shown).toMatchObject({ constraints: { dns: ['local'] } });
  expect((await command(home, ['ca', 'export', 'fleet'])).stdout).toMatch(/^-----BEGIN CERTIFICATE-----/);
  const said = await command(home, [
    'serve',
    '--listen',
    '127.0.0.1:0',
    '--domain',
    'example.com',
    '--passphrase-file',
    passphraseFile(),
  ]);
  expect(said.code).toBe(4);
  expect(said.stderr).toContain("can't change");
});

test('the escrow key goes to a file of its own, and is written over by none', async () => {
  const file = join(home, 'escrow.key');
  const { publicKey } = await json('escrow', 'create', file);
  expect(Buffer.from(String(publicKey), 'base64')).toHaveLength(32);
  const key = JSON.parse(readFileSync(file, 'utf8')) as { privateKey: string };
  expect(Buffer.from(key.privateKey, 'base64')).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await command(home, ['escrow', 'create', file])).code).toBe(4);
  const others = readdirSync(home, { withFileTypes: true }).filter(
    (one) => one.isFile() && one.name !== 'escrow.key',
  );
  for (const { name } of others)
    expect(readFileSync(join(home, name)).includes(key.privateKey), name).toBe(false);
});

test('a port that is taken is said in a sentence', async () => {
  const { port } = new URL(running.url);
  const said = await command(home, [
    'serve',
    '--listen',
    `127.0.0.1:${port}`,
    '--mqtt-listen',
    '127.0.0.1:0',
    '--passphrase-file',
    passphraseFile(),
  ]);
  expect(said.code).toBe(4);
  expect(said.stderr).toContain(`listens on 127.0.0.1:${port} already`);
});

test('a broker of one’s own gets a certificate by the fleet root, and the list of who is put out', async () => {
  const folder = join(home, 'mosquitto');
  mkdirSync(folder);
  const names = ['--name', 'mqtt.example.com', '--name', '10.0.0.7'];
  const unsealed = await command(home, ['broker', 'issue', folder, ...names]);
  expect([unsealed.code, unsealed.stderr]).toEqual([2, expect.stringContaining('passphrase')]);
  await json('broker', 'issue', folder, ...names, '--passphrase-file', passphraseFile());
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const shown = new X509Certificate(read('broker.pem'));
  expect(shown.verify(new X509Certificate(read('ca.pem')).publicKey)).toBe(true);
  expect(shown.subjectAltName).toBe('DNS:mqtt.example.com, IP Address:10.0.0.7');
  expect(shown.checkPrivateKey(createPrivateKey(read('broker.key')))).toBe(true);
  expect(statSync(join(folder, 'broker.key')).mode & 0o777).toBe(0o600);
  expect(read('crl.pem')).toMatch(/^-----BEGIN X509 CRL-----/);
  const before = read('crl.pem');
  await json('broker', 'revoked', join(folder, 'crl.pem'), '--passphrase-file', passphraseFile());
  expect(read('crl.pem')).not.toBe(before);
  expect((await command(home, ['broker', 'issue', folder])).code).toBe(2);
});
