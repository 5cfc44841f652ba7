/** What a listener agrees to, by OpenSSL's own client: one connection for each version and each suite. */
import { spawnSync } from 'node:child_process';

type Version = 'tls1' | 'tls1_1' | 'tls1_2' | 'tls1_3';

export const speaks = (port: number, version: Version): boolean => connects(port, [`-${version}`]);

const newest = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['TLS_AES_128_CCM_SHA256', 'TLS_AES_128_CCM_8_SHA256'],
];

/** @returns the suites that it takes: of TLS 1.3, or of everything older that this OpenSSL knows, anonymous and broken ones too */
export function cipherSuites(port: number, which: 'newest' | 'older' = 'newest'): string[] {
  if (which === 'newest')
    return newest.filter((suite) => connects(port, ['-tls1_3', '-ciphersuites', suite]));
  const { stdout } = spawnSync('openssl', ['ciphers', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'], {
    encoding: 'utf8',
  });
  const older = stdout
    .trim()
    .split(':')
    .filter((suite) => !suite.startsWith('TLS_'));
  // All at once: whichever it took would be found.
  return connects(port, ['-no_tls1_3', '-cipher', `${older.join(':')}:@SECLEVEL=0`]) ? older : [];
}

function connects(port: number, options: readonly string[]): boolean {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'leeds.local', ...options];
  const { status, stdout } = spawnSync('openssl', args, { input: '', encoding: 'utf8', timeout: 60_000 });
  return status === 0 && /^(?:New|Reused), TLS/m.test(stdout);
}
