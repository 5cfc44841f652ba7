import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createKeyPairP256, issue } from '@rockpool/signing/x509';
import { afterAll, expect, test } from 'vitest';
import { loadSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('with nothing set, a desk run answers on loopback port 8080 with the built-in model', () => {
  const settings = loadSettings({});
  expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, deskRun: true, builtInModel: true });
  expect(settings.chatModel).toMatch(/models\/pebble\/pebble-chat-q8_0\.gguf$/);
  expect(settings.home).toMatch(/\.rockpool$/);
  expect([...settings.allowedHosts]).toEqual(
    ['localhost', '127.0.0.1', '[::1]', '127.0.0.1'].filter((h, i, all) => all.indexOf(h) === i),
  );
});

test('an empty variable counts as absent', () => {
  expect(loadSettings({ ROCKPOOL_PORT: '', ROCKPOOL_HOME: '' }).port).toBe(8080);
});

test('what the command line says stands over the environment', () => {
  expect(loadSettings({ ROCKPOOL_PORT: '9000' }, { port: '9001' }).port).toBe(9001);
});

test.each([
  [{ ROCKPOOL_PORT: 'http' }, 'ROCKPOOL_PORT'],
  [{ ROCKPOOL_PORT: '70000' }, 'ROCKPOOL_PORT'],
  [{ ROCKPOOL_LOG: 'loud' }, 'ROCKPOOL_LOG'],
  [{ ROCKPOOL_HOST: '0.0.0.0' }, 'ROCKPOOL_TLS_CERT'],
  [{ ROCKPOOL_TLS_CERT: 'a.pem' }, 'ROCKPOOL_TLS_KEY'],
  [{ ROCKPOOL_TLS_CERT: '/nowhere.pem', ROCKPOOL_TLS_KEY: '/nowhere.key' }, '/nowhere.pem'],
])('%j is refused by a sentence that names the cure', (environment, named) => {
  expect(() => loadSettings(environment)).toThrowError(named);
});

test('with TLS it serves the office under its name and addresses', () => {
  const pem = join(folder, 'some.pem');
  writeFileSync(pem, 'PEM');
  const settings = loadSettings({
    ROCKPOOL_HOST: '0.0.0.0',
    ROCKPOOL_NAME: 'Leeds',
    ROCKPOOL_TLS_CERT: pem,
    ROCKPOOL_TLS_KEY: pem,
  });
  expect(settings.deskRun).toBe(false);
  expect(settings.allowedHosts).toContain('leeds.local');
  expect(settings.allowedHosts).not.toContain('evil.example');
});

test('an appliance serves the office on the usual ports, with certificates from its own volume, read when they are used', () => {
  const settings = loadSettings({
    ROCKPOOL_APPLIANCE: '1',
    ROCKPOOL_NAME: 'Leeds',
    CREDENTIALS_DIRECTORY: '/run/credentials/rockpool-agent.service',
  });
  expect(settings).toMatchObject({
    ...{ home: '/var/lib/rockpool/agent', host: '::', port: 443, deskRun: false },
    tls: {
      certFile: '/var/lib/rockpool/device/lan.crt',
      keyFile: '/run/credentials/rockpool-agent.service/lan-tls-key',
    },
    appliance: { dataMount: '/var/lib/rockpool', redirectPort: 80, names: [] },
  });
  expect(settings.allowedHosts).toContain('leeds.local');
  expect(loadSettings({}).appliance).toBeUndefined();
  expect(() => loadSettings({ ROCKPOOL_APPLIANCE: 'yes' })).toThrowError('ROCKPOOL_APPLIANCE');
});

test('an appliance answers to the names of the office that its certificate is for, and to no other device’s', async () => {
  const at = new Date();
  const office = await createAuthority({ name: 'office', years: 1, at });
  const leaf = await issue(office, createKeyPairP256().publicKey, {
    ...{ cn: 'leeds', dns: ['leeds.local', 'york.local', 'chat.example.com'], ips: ['10.0.0.7'] },
    ...{ days: 9, usages: ['server'], at },
  });
  writeFileSync(join(folder, 'lan.crt'), leaf);
  const settings = loadSettings({ ROCKPOOL_APPLIANCE: '1', ROCKPOOL_NAME: 'Leeds', ROCKPOOL_DEVICE: folder });
  expect(settings.appliance?.names).toEqual(['chat.example.com']);
  expect(settings.allowedHosts).toContain('chat.example.com');
  expect(settings.allowedHosts).not.toContain('york.local');
});
