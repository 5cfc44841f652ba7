import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { hostsOf, readTold, wantsOf } from './firewall.ts';
import { decideProfile, scriptOf } from './profile.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rockpool-told-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const pin = `sha256/${'A'.repeat(43)}=`;
const fleet = parseConfig(`version = 1
[controller]
url = "https://fleet.example:9443"
pin = "${pin}"
[network]
controller_hosts = ["10.1.1.1"]
ntp = ["time.example"]
`);

test('a controller is reached by its own port, and by those of HTTPS and MQTT', () => {
  expect(hostsOf(fleet, ['mqtts://broker.example:8884'])).toEqual({
    reach: [
      { host: 'fleet.example', tcpPorts: [443, 8883, 9443, 8884] },
      { host: 'broker.example', tcpPorts: [443, 8883, 9443, 8884] },
      { host: '10.1.1.1', tcpPorts: [443, 8883, 9443, 8884] },
    ],
    timeServers: ['time.example'],
    updateServers: [],
  });
});

test('a device without a fleet reaches nobody', () => {
  const alone = parseConfig('version = 1\nfleet = false\n[tls]\nmode = "own"\n');
  expect(hostsOf(alone).reach).toEqual([]);
});

test('names become addresses; one that is unknown just now takes nothing from the rest', async () => {
  const addresses: Record<string, string[]> = {
    'fleet.example': ['192.0.2.1', '2001:db8::1'],
    'time.example': ['192.0.2.5'],
  };
  const wants = await wantsOf(fleet, ['mqtts://gone.example'], {
    resolve: async (host) => addresses[host] ?? [],
    told: () => ({ nameServers: ['10.0.0.53'], timeServers: ['10.0.0.1'] }),
  });
  const { sets } = decideProfile(wants);
  expect(sets.reach4).toEqual(['192.0.2.1 . 443', '192.0.2.1 . 8883', '192.0.2.1 . 9443']);
  expect(sets.reach6).toContain('2001:db8::1 . 9443');
  // Settings come before what the office's network says.
  expect([sets.clocks4, sets.resolvers4]).toEqual([['192.0.2.5'], ['10.0.0.53']]);
});

test('name and time servers are those of the network, without the stub on loopback', () => {
  expect(readTold(root)).toEqual({ nameServers: [], timeServers: [] });
  write('etc/resolv.conf', 'nameserver 127.0.0.53\nnameserver 10.0.0.53\nsearch office\n');
  expect(readTold(root).nameServers).toEqual(['10.0.0.53']);
  write('run/systemd/resolve/resolv.conf', '# by resolved\nnameserver 10.0.0.1\nnameserver fe80::1%2\n');
  expect(readTold(root).nameServers).toEqual(['10.0.0.1', 'fe80::1']);
});

test('whatever the settings say, nothing but addresses and ports gets into the script', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('nameServers', 'timeServers', 'interface', 'reach'),
      (text, place) => {
        const wants = {
          ...{ nameServers: [], timeServers: [], reach: [] },
          [place]:
            place === 'reach'
              ? [{ addresses: [text], tcpPorts: [443] }]
              : place === 'interface'
                ? text
                : [text],
        };
        if (/^[\w.-]{1,15}$/.test(text) && place === 'interface') return;
        expect(() => scriptOf(decideProfile(wants))).toThrow(RangeError);
      },
    ),
  );
  expect(() =>
    decideProfile({ nameServers: [], timeServers: [], reach: [{ addresses: ['::1'], tcpPorts: [0] }] }),
  ).toThrow(RangeError);
});
