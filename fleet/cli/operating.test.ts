/** Operators, keys, settings and alerts from the command line: the same reach as the API, while a controller runs or not. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { saveFact } from '../authority/facts.ts';
import { databaseEnv } from '../store/database.fixture.ts';
import { openStore } from '../store/open.ts';
import type { Database } from '../store/tables.ts';
import { command } from '../test/process.fixture.ts';
import { addDevices } from '../views/many-devices.fixture.ts';

let home: string;
let db: Database;
let passwordFile: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-fleet-operating-'));
  passwordFile = join(home, 'password');
  writeFileSync(passwordFile, 'correct horse battery\n');
  db = await openStore((await databaseEnv(home))['ROCKPOOL_FLEET_DATABASE'] ?? home);
  await saveFact(db, 'url', 'https://127.0.0.1:8443');
  await addDevices(db, [
    { id: 1, name: 'leeds', labels: { branch: 'leeds' }, state: {} },
    { id: 2, name: 'york', labels: { branch: 'york' }, state: { presence: 'offline' } },
    { id: 3, name: 'hull', labels: { branch: 'york' } },
  ]);
});
afterAll(async () => {
  await db.destroy();
  rmSync(home, { recursive: true, force: true });
});

async function json<T>(...args: string[]): Promise<T> {
  const said = await command(home, [...args, '--json']);
  if (said.code !== 0) throw new Error(`${said.code}: ${said.stdout}${said.stderr}`);
  return JSON.parse(said.stdout) as T;
}
const codeOf = async (...args: string[]): Promise<number> => (await command(home, args)).code;

describe('operators', () => {
  test('are let in, listed, given another role and password, and put out; the last admin stays', async () => {
    const file = ['--password-file', passwordFile];
    expect(await json('operator', 'create', 'anna', '--role', 'admin', ...file)).toMatchObject({
      role: 'admin',
    });
    await json('operator', 'create', 'olga', '--role', 'viewer', ...file);
    expect(await json('operator', 'role', 'olga', 'operator')).toMatchObject({
      name: 'olga',
      role: 'operator',
    });
    expect(await json('operator', 'list')).toMatchObject({
      operators: [{ name: 'anna' }, { name: 'olga', role: 'operator' }],
    });
    expect(await codeOf('operator', 'password', 'olga', ...file)).toBe(0);
    expect(await codeOf('operator', 'remove', 'anna')).toBe(4);
    expect(await codeOf('operator', 'role', 'anna', 'viewer')).toBe(4);
    expect(await codeOf('operator', 'remove', 'olga')).toBe(0);
    expect(await codeOf('operator', 'remove', 'olga')).toBe(3);
  });

  test.each([
    [['operator', 'create', 'eve', '--role', 'root'], 2, 'viewer, operator or admin'],
    [['operator', 'create', 'eve', '--role', 'viewer'], 2, '--password-file'],
    [['operator', 'role', 'nobody', 'viewer'], 3, 'no operator nobody'],
    [['api-key', 'create', 'x'], 2, '--operator'],
    [['api-key', 'create', 'x', '--operator', 'nobody'], 3, 'no operator nobody'],
    [['api-key', 'revoke', 'x'], 2, 'by its number'],
    [['api-key', 'revoke', '99'], 3, 'no such key'],
    [['alerts', 'ack', '99'], 3, 'no alert 99'],
    [['alerts', 'ack', 'x'], 2, 'by its number'],
    [['device', 'command', 'dance', 'leeds'], 2, 'no command dance'],
    [['device', 'command', 'reboot'], 2, 'which devices'],
    [['device', 'command', 'reboot', 'nowhere'], 3, 'no device nowhere'],
    [['device', 'command', 'use-model', 'leeds'], 2, '--model'],
    [['device', 'config', 'leeds', 'colour=red'], 2, 'is no setting'],
    [['device', 'config', 'leeds', 'heartbeatS=1'], 2, 'heartbeatS'],
    [['device', 'config', 'nowhere'], 3, 'no device nowhere'],
    [['device', 'cancel', 'x'], 3, 'no such command'],
    [['device', 'commands', 'nowhere'], 3, 'no device nowhere'],
    [['device', 'list', '--presence', 'asleep'], 2, 'online, degraded'],
    [['device', 'list', '--after', 'x'], 2, 'no page'],
    [['device', 'list', '--database', 'mysql://x'], 2, 'postgres://'],
  ])('%j ends with %i and says "%s"', async (args, code, says) => {
    const said = await command(home, args);
    expect([said.code, said.stderr]).toEqual([code, expect.stringContaining(says)]);
  });

  test('a key is shown once, and is good until it is revoked', async () => {
    const { key, id } = await json<{ key: string; id: number }>(
      'api-key',
      'create',
      'grafana',
      '--operator',
      'anna',
    );
    expect(key.length).toBeGreaterThan(30);
    const listed = await command(home, ['api-key', 'list']);
    expect(listed.stdout).toMatch(/grafana +viewer +anna/);
    expect(listed.stdout).not.toContain(key);
    expect(await codeOf('api-key', 'revoke', String(id))).toBe(0);
    expect(await json('api-key', 'list')).toEqual({ keys: [] });
  });
});

describe('devices', () => {
  test('are listed by what they are, page by page', async () => {
    expect(await json('device', 'list', '--presence', 'offline')).toMatchObject({
      total: 1,
      devices: [{ name: 'york' }],
    });
    expect(await json('device', 'list', '--presence', 'offline', '--presence', 'never')).toMatchObject({
      total: 2,
    });
    const first = await command(home, ['device', 'list', '--limit', '2']);
    const [, after = ''] = /--after (\S+)/.exec(first.stderr) ?? [];
    expect(first.stderr).toContain('2 of 3');
    expect(
      (await json<{ devices: { name: string }[] }>('device', 'list', '--after', after)).devices,
    ).toMatchObject([{ name: 'york' }]);
    expect(await json('device', 'show', 'leeds')).toMatchObject({
      state: 'in-force',
      presence: 'online',
      timeline: [],
    });
    expect((await command(home, ['device', 'show', 'leeds'])).stdout).toMatch(/presence +online/);
  });

  test('are told what to do by label, which waits until a controller runs and the devices come; it can be called back', async () => {
    const { commands } = await json<{ commands: { id: string; device: string; state: string }[] }>(
      ...['device', 'command', 'restart-agent', '--label', 'branch=york', '--ttl', '24h'],
    );
    expect(commands.map(({ device, state }) => [device, state])).toEqual([
      ['york', 'queued'],
      ['hull', 'queued'],
    ]);
    expect((await command(home, ['device', 'commands', 'york'])).stdout).toMatch(/restart-agent +queued/);
    expect(await json('device', 'cancel', commands[0]?.id ?? '')).toMatchObject({ state: 'cancelled' });
    expect(await codeOf('device', 'cancel', commands[0]?.id ?? '')).toBe(4);
  });

  test('are set by versions, each on top of the last', async () => {
    await json('device', 'config', 'leeds', 'heartbeatS=60', 'logLevel=debug');
    const config = await json('device', 'config', 'leeds', 'supportBundles=true', 'logLevel-');
    expect(config).toMatchObject({
      desired: { heartbeatS: 60, supportBundles: true },
      desiredVersion: 2,
      reportedVersion: 0,
    });
    expect(config).not.toHaveProperty('desired.logLevel');
    expect((await command(home, ['device', 'config', 'leeds'])).stdout).toMatch(/heartbeatS +60 +-/);
  });
});

test('alerts are listed, and somebody looks after one', async () => {
  expect((await command(home, ['alerts', 'list'])).stdout).toContain('Nothing is wrong.');
  const row = {
    ...{
      code: 'offline',
      severity: 'critical' as const,
      subject: 'york',
      open_key: 'offline york',
      detail: null,
    },
    ...{ devices: '["york"]', raised_at: 1, cleared_at: null, gone_at: null, returns: 0, hidden_by: null },
    ...{ acknowledged_by: null, acknowledged_at: null },
  };
  const { id } = await db.insertInto('alerts').values(row).returning('id').executeTakeFirstOrThrow();
  expect(await json('alerts', 'list', '--device', 'york')).toMatchObject({
    total: 1,
    alerts: [{ id, code: 'offline' }],
  });
  expect(await json('alerts', 'list', '--closed')).toMatchObject({ total: 0 });
  expect(await codeOf('alerts', 'ack', String(id))).toBe(0);
  expect((await command(home, ['alerts', 'list'])).stdout).toMatch(/offline +york .*@/);
});

test('all of it stands in the audit, with who did it', async () => {
  const { deeds } = await json<{ deeds: { action: string; who: string }[] }>('audit', 'show');
  expect(new Set(deeds.map(({ action }) => action))).toEqual(
    new Set([
      ...[
        'operator-add',
        'operator-role',
        'operator-password',
        'operator-remove',
        'key-create',
        'key-revoke',
      ],
      ...['command-create', 'command-cancel', 'alert-acknowledge'],
    ]),
  );
  for (const { who } of deeds) expect(who).toMatch(/^\S+@\S+$/);
  expect(await codeOf('audit', 'verify')).toBe(0);
});

test('keys of a new fleet are made once, sealed, and over none that are there', async () => {
  const file = join(home, 'shared-keys.json');
  expect(await codeOf('keys', 'create', file, '--passphrase-file', passwordFile)).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await codeOf('keys', 'create', file, '--passphrase-file', passwordFile)).toBe(4);
  expect(await codeOf('keys', 'create', join(home, 'others.json'))).toBe(2);
  expect(existsSync(join(home, 'others.json'))).toBe(false);
});
