import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    ROCKPOOL_NAMES: 'chat.example.com',
    CREDENTIALS_DIRECTORY: '/run/credentials/rockpool-agent.service',
  });
  expect(settings).toMatchObject({
    ...{ home: '/var/lib/rockpool/agent', host: '::', port: 443, deskRun: false },
    tls: {
      certFile: '/var/lib/rockpool/device/lan.crt',
      keyFile: '/run/credentials/rockpool-agent.service/lan-tls-key',
    },
    appliance: { dataMount: '/var/lib/rockpool', redirectPort: 80, names: ['chat.example.com'] },
  });
  expect(settings.allowedHosts).toContain('leeds.local');
  expect(settings.allowedHosts).toContain('chat.example.com');
  expect(loadSettings({}).appliance).toBeUndefined();
  expect(() => loadSettings({ ROCKPOOL_APPLIANCE: 'yes' })).toThrowError('ROCKPOOL_APPLIANCE');
  expect(() => loadSettings({ ROCKPOOL_APPLIANCE: '1', ROCKPOOL_NAMES: 'a b' })).toThrowError(
    'ROCKPOOL_NAMES',
  );
});
