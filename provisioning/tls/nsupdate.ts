/** Driver for `nsupdate`: proves a name by a record in its zone (RFC 2136), for devices that nobody reaches from outside. */
import type { Run } from '../exec.ts';
import type { ChallengeAsked, Challenges } from './http-challenges.ts';
import { TlsRefused } from './refused.ts';
import type { TsigKey } from './tsig.ts';

export interface Zone {
  /** `ns1.example.com`, `192.0.2.1`, or either with `:port`. */
  server: string;
  zone: string;
  key: TsigKey;
}

export interface DnsParts {
  run: Run;
  /**
   * Resolves when every name server of the zone shows the record, or after so long that the authority may as well ask:
   * it asks any of them, and the one that took the update is only the first to know.
   */
  settled(zone: string, record: string, value: string, signal: AbortSignal): Promise<void>;
}

/** Short: the record is gone in a minute. */
const ttlS = 60;

export function dnsChallenges({ run, settled }: DnsParts, zone: Zone): Challenges {
  const update = async (lines: readonly string[], signal: AbortSignal): Promise<void> => {
    const [host = '', port] = hostAndPort(zone.server);
    const { algorithm, name, secret } = zone.key;
    const script = [
      `server ${host}${port ? ` ${port}` : ''}`,
      `zone ${zone.zone}.`,
      // By standard input: an argument would stand in /proc, a file on the disk.
      `key ${algorithm}:${name} ${secret}`,
      ...lines,
      'send',
      '',
    ].join('\n');
    // -v: over TCP, so that a reply from somebody else on the network isn't taken for the server's.
    const { code, stderr } = await run('nsupdate', ['-v', '-t', '15'], {
      input: script,
      timeoutMs: 30_000,
      signal,
    });
    if (code !== 0) {
      throw new TlsRefused('dns-refused', stderr.replaceAll(secret, '…').trim().split('\n').at(-1));
    }
  };
  return {
    type: 'dns-01',
    show: async (asked, signal) => {
      const record = recordOf(asked);
      await update([`update add ${record}. ${ttlS} TXT "${asked.answer}"`], signal);
      await settled(zone.zone, record, asked.answer, signal);
    },
    // This value only: two names under one wildcard have two values at one record.
    hide: (asked, signal) => update([`update delete ${recordOf(asked)}. TXT "${asked.answer}"`], signal),
  };
}

/** Both end up in a script of lines: neither may hold one. */
function recordOf({ name, answer }: ChallengeAsked): string {
  if (!/^[a-z0-9.-]{1,253}$/i.test(name) || !/^[A-Za-z0-9_-]{1,128}$/.test(answer)) {
    throw new RangeError('a name, and a digest in base64url');
  }
  return `_acme-challenge.${name}`;
}

/** IPv6 with a port stands in brackets. */
function hostAndPort(server: string): [string, string | undefined] {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(server);
  if (bracketed) return [bracketed[1] ?? '', bracketed[2]];
  const [host = '', port, ...more] = server.split(':');
  return more.length > 0 ? [server, undefined] : [host, port];
}
