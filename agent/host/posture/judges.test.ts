import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostureFinding as Finding, type PostureFinding } from '@rockpool/protocol/posture';
import { createAuthority, createKeyPairP256, issue } from '@rockpool/signing/x509';
import { afterEach, describe, expect, test } from 'vitest';
import { certificateSeen, judgeCertificate } from './certificate.ts';
import { judgeClock, parseTimedate, readSynchronised } from './clock.ts';
import { judgeCoreDumps, parseCoreLimit, readCoreDumps } from './core-dumps.ts';
import type { DiskHeader } from './disk-header.ts';
import { judgeEnrolled, readEnrolled } from './enrolled.ts';
import { judgeIdentity, readIdentity } from './identity.ts';
import { openRoot } from './root.ts';
import { judgeRecovery, judgeSeal, keysOfCommandLine, parseCrypttab } from './seal.ts';
import { makeTree, type Tree } from './tree.fixture.ts';

const made: (() => void)[] = [];
afterEach(() => {
  for (const remove of made.splice(0)) remove();
});
function treeOf(...trees: Tree[]) {
  const { root, remove } = makeTree(...trees);
  made.push(remove);
  return openRoot(root);
}

const now = Date.UTC(2026, 10, 22, 12);
const day = 86_400_000;

test('whatever is not good comes with what to do about it', () => {
  const all: PostureFinding[] = [
    judgeClock({ nowMs: 0, newestMs: undefined, isSynchronised: undefined }),
    judgeClock({ nowMs: now, newestMs: undefined, isSynchronised: false }),
    judgeCoreDumps({ pattern: 'core', limit: 1, systemd: undefined }),
    judgeSeal({ keyFiles: [], entries: [], header: undefined }),
    judgeRecovery({ header: undefined }),
    judgeIdentity({ path: '/x', kind: 'given', bytes: undefined, mode: undefined }),
    judgeEnrolled({ hasFleet: true, chain: undefined, root: undefined }, 'leeds', now),
    judgeCertificate({ shown: undefined, distrust: undefined, onDisk: undefined }, 'leeds.local', now),
  ];
  for (const finding of all) {
    expect(Finding.parse(finding).state).not.toBe('good');
    expect(finding.cure, finding.code).toMatch(/\S{3}/);
    expect(finding.says, finding.code).toMatch(/\.$/);
  }
});

describe('the clock', () => {
  test('long ago, or before what was written here, is bad', () => {
    expect(judgeClock({ nowMs: 0, newestMs: undefined, isSynchronised: true }).state).toBe('bad');
    expect(judgeClock({ nowMs: now - 2 * 3_600_000, newestMs: now, isSynchronised: true }).state).toBe('bad');
    expect(judgeClock({ nowMs: now - 60_000, newestMs: now, isSynchronised: true }).state).toBe('good');
  });
  test('that nobody confirms, as in an office without a way out, is a warning: people are served', () => {
    expect(judgeClock({ nowMs: now, newestMs: now, isSynchronised: false }).state).toBe('warning');
    expect(judgeClock({ nowMs: now, newestMs: now, isSynchronised: undefined }).state).toBe('warning');
  });
  test('was set when timesyncd left its mark, or the kernel says so', async () => {
    expect(parseTimedate('NTPSynchronized=yes\n')).toBe(true);
    expect(parseTimedate('NTPSynchronized=no\n')).toBe(false);
    expect(parseTimedate('')).toBeUndefined();
    const marked = treeOf({ files: { 'run/systemd/timesync/synchronized': '' } });
    expect(await readSynchronised(marked, async () => 'NTPSynchronized=no\n')).toBe(true);
    const unmarked = treeOf({ folders: ['run/systemd/timesync'] });
    expect(await readSynchronised(unmarked)).toBe(false);
    expect(await readSynchronised(unmarked, async () => 'NTPSynchronized=yes\n')).toBe(true);
    expect(await readSynchronised(treeOf())).toBeUndefined();
  });
});

describe('core dumps', () => {
  /** proc(5) of Linux 6.1. */
  const limits = (soft: string, hard: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax core file size        ${soft.padEnd(20)} ${hard.padEnd(20)} bytes     \n`;

  test('are off at a limit of 0, and not when a process may raise it', () => {
    expect(parseCoreLimit(limits('0', '0'))).toBe(0);
    expect(parseCoreLimit(limits('0', 'unlimited'))).toBe(Number.POSITIVE_INFINITY);
    expect(parseCoreLimit('')).toBe(Number.POSITIVE_INFINITY);
    const files = { 'proc/sys/kernel/core_pattern': 'core\n', 'proc/self/limits': limits('0', '0') };
    expect(judgeCoreDumps(readCoreDumps(treeOf({ files }))).state).toBe('good');
    const open = { ...files, 'proc/self/limits': limits('unlimited', 'unlimited') };
    expect(judgeCoreDumps(readCoreDumps(treeOf({ files: open }))).state).toBe('bad');
  });

  test('that are given to a program are given whatever the limit: only one that keeps none is good', () => {
    const given = (pattern: string, conf: Record<string, string> = {}) =>
      judgeCoreDumps(
        readCoreDumps(
          treeOf({
            files: { 'proc/sys/kernel/core_pattern': pattern, 'proc/self/limits': limits('0', '0'), ...conf },
          }),
        ),
      ).state;
    expect(given('|/bin/false\n')).toBe('good');
    expect(given('|/usr/bin/falsehood %p\n')).toBe('bad');
    expect(given('|/usr/share/apport/apport -p%p\n')).toBe('bad');
    const systemd = '|/usr/lib/systemd/systemd-coredump %P %u %g %s %t %c %h\n';
    expect(given(systemd)).toBe('bad');
    expect(given(systemd, { 'etc/systemd/coredump.conf': '[Coredump]\nStorage=none\n' })).toBe('good');
    expect(
      given(systemd, { 'usr/lib/systemd/coredump.conf.d/60-rockpool.conf': '[Coredump]\nStorage=none\n' }),
    ).toBe('good');
    expect(
      given(systemd, {
        'usr/lib/systemd/coredump.conf.d/60-rockpool.conf': '[Coredump]\nStorage=none\n',
        'etc/systemd/coredump.conf.d/90-local.conf': '[Coredump]\nStorage=external\n',
      }),
    ).toBe('bad');
    expect(given(systemd, { 'etc/systemd/coredump.conf': '#Storage=none\n' })).toBe('bad');
  });
});

describe('what opens the disk', () => {
  const entries = parseCrypttab(
    '# <name> <device> <key> <options>\n\nrockpool-data PARTLABEL=UDA none tpm2-device=auto,headless=true\n swap /dev/sda2 /dev/urandom swap\n',
  );
  test('crypttab is read as systemd reads it', () => {
    expect(entries).toEqual([
      {
        name: 'rockpool-data',
        source: 'PARTLABEL=UDA',
        keyFile: undefined,
        options: ['tpm2-device=auto', 'headless=true'],
      },
      { name: 'swap', source: '/dev/sda2', keyFile: '/dev/urandom', options: ['swap'] },
    ]);
    expect(parseCrypttab('data /dev/sda1')).toEqual([
      { name: 'data', source: '/dev/sda1', keyFile: undefined, options: [] },
    ]);
  });
  test('a key file beside the data is bad, whatever else opens it', () => {
    const header = { version: 1, uuid: 'u', slots: ['tpm2', 'recovery'], recovery: 'kept' } as const;
    const seen = {
      keyFiles: ['/etc/cryptsetup-keys.d/rockpool-data.key'],
      entries,
      header: { ...header, slots: [...header.slots] },
    };
    expect(judgeSeal(seen)).toMatchObject({
      state: 'bad',
      says: expect.stringContaining('rockpool-data.key'),
    });
    expect(judgeSeal({ ...seen, keyFiles: [] }).state).toBe('good');
    expect(
      keysOfCommandLine(
        'ro rd.luks.key=/key:UUID=1 luks.key=0c58d4d8-06d6-4d4a-8a0e-3ae5b8a0a2a8=/other quiet',
      ),
    ).toEqual(['/key', '/other']);
    expect(keysOfCommandLine('root=/dev/sda1 luks.name=x=y')).toEqual([]);
  });
  test.each([
    [['tpm2', 'recovery'], 'good'],
    [['jetson', 'recovery'], 'good'],
    [['passphrase'], 'good'],
    [['recovery'], 'bad'],
    [['tpm2', 'recovery', 'unknown'], 'bad'],
  ] as const)('key slots %j are %s', (slots, state) => {
    const header = {
      version: 1,
      uuid: 'u',
      slots: [...slots] as DiskHeader['slots'],
      recovery: 'kept',
    } as const;
    expect(judgeSeal({ keyFiles: [], entries, header }).state).toBe(state);
  });
  test.each([
    ['kept', 'good'],
    ['unconfirmed', 'bad'],
    ['none', 'bad'],
  ] as const)('a recovery key that is %s is %s', (recovery, state) => {
    expect(judgeRecovery({ header: { version: 1, uuid: 'u', slots: [], recovery } }).state).toBe(state);
  });
});

describe('the identity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-identity-'));
  const judged = (bytes: number, mode: number) => {
    const path = join(folder, 'identity-key');
    rmSync(path, { force: true });
    writeFileSync(path, Buffer.alloc(bytes));
    chmodSync(path, mode);
    return judgeIdentity(readIdentity(openRoot('/'), '/nowhere', folder));
  };
  test('is a seed of 32 bytes that others can not read', () => {
    expect(judged(32, 0o400).state).toBe('good');
    // systemd's access list for the service's user shows as the group's right.
    expect(judged(32, 0o440).state).toBe('good');
    expect(judged(32, 0o444)).toMatchObject({ state: 'bad', says: expect.stringContaining('444') });
    expect(judged(31, 0o400).state).toBe('bad');
    rmSync(folder, { recursive: true });
    expect(judgeIdentity(readIdentity(openRoot('/'), '/nowhere', folder)).state).toBe('bad');
  });
  test('sealed on the volume, it is for root alone', () => {
    const root = treeOf({ files: { 'var/lib/rockpool/device/identity-key.cred': 'x'.repeat(200) } });
    chmodSync(root.at('/var/lib/rockpool/device/identity-key.cred'), 0o600);
    expect(judgeIdentity(readIdentity(root, '/var/lib/rockpool/device', undefined)).state).toBe('good');
    chmodSync(root.at('/var/lib/rockpool/device/identity-key.cred'), 0o640);
    expect(judgeIdentity(readIdentity(root, '/var/lib/rockpool/device', undefined)).state).toBe('bad');
  });
});

describe('the certificates', async () => {
  const at = new Date(now);
  const fleet = await createAuthority({ name: 'Fleet', years: 10, at });
  const keys = createKeyPairP256();
  const device = (cn: string, days: number, usages: readonly ('client' | 'server')[] = ['client']) =>
    issue(fleet, keys.publicKey, { cn, days, usages, at });
  const enrolled = async (cert: string | undefined, root = fleet.certificate, hasFleet?: boolean) =>
    judgeEnrolled(
      readEnrolled(
        treeOf({ files: { ...(cert ? { 'd/device.crt': cert } : {}), 'd/fleet-ca.crt': root } }),
        '/d',
        hasFleet,
      ),
      'leeds',
      now,
    );

  test('the controller’s is in force, for this device, and of this fleet', async () => {
    expect((await enrolled(await device('leeds', 90))).state).toBe('good');
    expect((await enrolled(await device('leeds', 5))).state).toBe('warning');
    expect((await enrolled(await device('york', 90))).state).toBe('bad');
    expect((await enrolled(await device('leeds', 90, ['server']))).state).toBe('bad');
    expect((await enrolled(undefined)).state).toBe('bad');
    const other = await createAuthority({ name: 'Fleet', years: 10, at });
    expect((await enrolled(await device('leeds', 90), other.certificate)).state).toBe('bad');
    expect((await enrolled('no PEM')).state).toBe('bad');
  });
  test('a device without a fleet needs none; one that was to have one, does', () => {
    expect(judgeEnrolled(readEnrolled(treeOf(), '/d'), 'leeds', now).state).toBe('good');
    expect(judgeEnrolled(readEnrolled(treeOf(), '/d', true), 'leeds', now).state).toBe('bad');
  });

  test('the page’s is trusted, for this name, in force, and the one on disk', async () => {
    const pem = await issue(fleet, keys.publicKey, {
      cn: 'leeds.local',
      dns: ['leeds.local'],
      ips: ['10.0.0.5'],
      days: 90,
      usages: ['server'],
      at,
    });
    const { X509Certificate } = await import('node:crypto');
    const certificate = new X509Certificate(pem);
    const seen = certificateSeen({ spoken: [], certificate, distrust: undefined }, pem);
    const stateAt = (ms: number, name = 'leeds.local') => judgeCertificate(seen, name, ms).state;
    expect(stateAt(now)).toBe('good');
    expect(stateAt(now, '10.0.0.5')).toBe('good');
    expect(stateAt(now, '10.0.0.6')).toBe('bad');
    expect(stateAt(now, 'york.local')).toBe('bad');
    expect(stateAt(now + 80 * day)).toBe('warning');
    expect(stateAt(now + 91 * day)).toBe('bad');
    expect(stateAt(now - 2 * day)).toBe('bad');
    expect(
      judgeCertificate({ ...seen, distrust: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'leeds.local', now).state,
    ).toBe('bad');
    expect(judgeCertificate({ ...seen, onDisk: undefined }, 'leeds.local', now).state).toBe('bad');
    expect(judgeCertificate({ ...seen, onDisk: { fingerprint256: 'AB' } }, 'leeds.local', now).state).toBe(
      'warning',
    );
    expect(
      certificateSeen({ spoken: [], certificate, distrust: undefined }, 'no PEM').onDisk,
    ).toBeUndefined();
  });
});
