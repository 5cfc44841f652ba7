import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Run, run } from '../exec.ts';
import { loadFirewall, verifyFirewall } from './firewall.ts';
import { listArguments, readFirewall } from './judge.ts';
import type { Answers, Try } from './probe.fixture.ts';
import { decideProfile } from './profile.ts';

/** A device and an office on one wire; the office stands for everybody: people, the controller, strangers. */
const device = `rpd${process.pid}`;
const office = `rpo${process.pid}`;
const probe = new URL('./probe.fixture.ts', import.meta.url).pathname;
const inDevice: Run = (program, args, options) =>
  run('ip', ['netns', 'exec', device, program, ...args], options);
const ip = (...args: string[]): void => void execFileSync('ip', args);

const profile = decideProfile({
  nameServers: ['10.9.0.53', 'fd09::53'],
  timeServers: ['10.9.0.12'],
  reach: [{ addresses: ['10.9.0.8', 'fd09::8'], tcpPorts: [8443, 8883] }],
});

let folder: string;
const answering: ChildProcess[] = [];

async function answer(where: string, ports: Answers): Promise<void> {
  const args = ['netns', 'exec', where, process.execPath, probe, 'answer', JSON.stringify(ports)];
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  answering.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
}

async function attempt(where: string, tries: Try[]): Promise<string[]> {
  const args = ['netns', 'exec', where, process.execPath, probe, 'reach', JSON.stringify(tries)];
  return JSON.parse((await run('ip', args)).stdout) as string[];
}

/** @param echo an ICMP message, in hex @returns what came back */
async function ping(to: string, echo: string): Promise<string> {
  const args = ['netns', 'exec', office, 'socat', '-T1', '-', to];
  const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(Buffer.from(echo, 'hex'));
  return Buffer.concat(await child.stdout.toArray()).toString('hex');
}

const outcome = async (where: string, one: Try): Promise<string | undefined> =>
  (await attempt(where, [one]))[0];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-firewall-'));
  for (const name of [device, office]) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('link', 'add', 'eth0', 'netns', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', office);
  const addresses = { [device]: ['10.9.0.7/24', 'fd09::7/64'], [office]: [] as string[] };
  for (const host of [1, 8, 12, 53, 66]) addresses[office]?.push(`10.9.0.${host}/24`, `fd09::${host}/64`);
  for (const [name, all] of Object.entries(addresses)) {
    for (const one of all)
      ip('-n', name, 'address', 'add', one, 'dev', 'eth0', ...(one.includes(':') ? ['nodad'] : []));
    ip('-n', name, 'link', 'set', 'eth0', 'up');
  }
  const bare = (name: string): string[] => (addresses[name] ?? []).map((one) => one.replace(/\/.*/, ''));
  await answer(device, { addresses: bare(device), tcp: [22, 80, 443, 8080], udp: [5353, 161] });
  await answer(office, { addresses: bare(office), tcp: [53, 443, 8443, 8883], udp: [53, 123, 5353, 9999] });
});
afterAll(() => {
  for (const child of answering) child.kill('SIGKILL');
  for (const name of [device, office]) ip('netns', 'delete', name);
  rmSync(folder, { recursive: true });
});

const families = [
  ['IPv4', (host: number) => `10.9.0.${host}`],
  ['IPv6', (host: number) => `fd09::${host}`],
] as const;

test('without a profile everything passes: what follows is its doing', async () => {
  const open = [
    { protocol: 'tcp', address: '10.9.0.7', port: 22 },
    { protocol: 'udp', address: 'fd09::7', port: 161 },
  ] satisfies Try[];
  expect(await attempt(office, open)).toEqual(['reached', 'reached']);
  expect(await outcome(device, { protocol: 'tcp', address: '10.9.0.66', port: 443 })).toBe('reached');
  expect(await verifyFirewall(profile, inDevice)).toEqual(['no firewall is loaded']);
});

describe('with the profile', () => {
  beforeAll(async () => {
    await loadFirewall(profile, inDevice, join(folder, 'firewall.nft'));
  });

  test.each(families)(
    'people reach the chat page and its redirect, and nothing else, over %s',
    async (_, at) => {
      const address = at(7);
      const tcp = [443, 80, 22, 8080].map((port) => ({ protocol: 'tcp', address, port }) as const);
      const udp = [
        { protocol: 'udp', address, port: 5353, fromPort: 5353 },
        { protocol: 'udp', address, port: 161 },
      ] as const;
      // The office has an answerer on 5353 itself: ask from another of its addresses' ports.
      const asked = [...tcp, { ...udp[0], fromPort: 45_353 }, udp[1]];
      expect(await attempt(office, asked)).toEqual([
        'reached',
        'reached',
        'silent',
        'silent',
        'reached',
        'silent',
      ]);
    },
  );

  test.each(families)('the device reaches its controller, by its ports only, over %s', async (_, at) => {
    const tcp = (host: number, port: number): Try => ({ protocol: 'tcp', address: at(host), port });
    const [enrol, broker, ...others] = await attempt(device, [
      tcp(8, 8443),
      tcp(8, 8883),
      tcp(8, 443),
      tcp(66, 8443),
    ]);
    expect([enrol, broker]).toEqual(['reached', 'reached']);
    // At once, with a reason: nothing hangs.
    for (const other of others) expect(other).toBe('ECONNREFUSED');
  });

  test.each(families)('names are asked of the configured server only, over %s', async (_, at) => {
    const tries = [53, 66].flatMap((host) => [
      { protocol: 'udp', address: at(host), port: 53 } as const,
      { protocol: 'tcp', address: at(host), port: 53 } as const,
    ]);
    const [udp, tcp, ...others] = await attempt(device, tries);
    expect([udp, tcp]).toEqual(['reached', 'reached']);
    for (const other of others) expect(other).not.toBe('reached');
  });

  test('time is asked of the configured server only', async () => {
    const [known, stranger] = await attempt(device, [
      { protocol: 'udp', address: '10.9.0.12', port: 123 },
      { protocol: 'udp', address: '10.9.0.66', port: 123 },
    ]);
    expect(known).toBe('reached');
    expect(stranger).not.toBe('reached');
  });

  test('nothing else goes out, and both directions are counted', async () => {
    const before = readFirewall((await inDevice('nft', listArguments)).stdout).counted;
    const out = await attempt(device, [
      { protocol: 'udp', address: '10.9.0.66', port: 9999 },
      { protocol: 'udp', address: 'fd09::66', port: 9999 },
    ]);
    expect(out).not.toContain('reached');
    await attempt(office, [{ protocol: 'tcp', address: '10.9.0.7', port: 22 }]);
    const after = readFirewall((await inDevice('nft', listArguments)).stdout).counted;
    expect(after['refused_out']).toBeGreaterThanOrEqual((before['refused_out'] ?? 0) + 2);
    expect(after['dropped_in']).toBeGreaterThan(before['dropped_in'] ?? 0);
  });

  test('the device talks to itself, and answers a ping', async () => {
    expect(await outcome(device, { protocol: 'tcp', address: '::1', port: 8080 })).toBe('reached');
    // The kernel fills in the checksum of ICMPv6 only.
    expect(await ping('IP4:10.9.0.7:1', '0800f7fd00010001')).toContain('0000fffd00010001');
    expect(await ping('IP6:[fd09::7]:58', '8000000000010001')).toMatch(/^8100/);
  });

  test('it is seen when somebody takes a rule away, adds one, or opens the policy', async () => {
    expect(await verifyFirewall(profile, inDevice)).toEqual([]);
    const table = ['inet', 'rockpool'];
    await inDevice('nft', ['insert', 'rule', ...table, 'input', 'tcp', 'dport', '22', 'accept']);
    await inDevice('nft', ['add', 'chain', ...table, 'output', '{ policy accept; }']);
    await inDevice('nft', ['add', 'element', ...table, 'reach4', '{ 10.9.0.66 . 443 }']);
    expect(await verifyFirewall(profile, inDevice)).toEqual([
      'input has other rules: with a rule of unknown origin',
      'output lets through what no rule names',
      'reach4 holds 10.9.0.66 . 443, 10.9.0.8 . 8443, 10.9.0.8 . 8883 instead of 10.9.0.8 . 8443, 10.9.0.8 . 8883',
    ]);
    await inDevice('nft', ['flush', 'chain', ...table, 'output']);
    expect(await verifyFirewall(profile, inDevice)).toContainEqual(
      expect.stringMatching(/^output has other rules: without loopback/),
    );
    await loadFirewall(profile, inDevice, join(folder, 'firewall.nft'));
    expect(await verifyFirewall(profile, inDevice)).toEqual([]);
  });

  test('a profile that nft refuses leaves the one before it in force', async () => {
    const broken = {
      ...profile,
      rules: [...profile.rules, { chain: 'input', says: 'x', match: 'nonsense' } as const],
    };
    await expect(loadFirewall(broken, inDevice, join(folder, 'broken.nft'))).rejects.toThrow(
      'nft refused the firewall',
    );
    expect(existsSync(join(folder, 'broken.nft'))).toBe(false);
    expect(await verifyFirewall(profile, inDevice)).toEqual([]);
    expect(await outcome(office, { protocol: 'tcp', address: '10.9.0.7', port: 22 })).toBe('silent');
  });

  test('with an interface of the office, people on another one reach nothing', async () => {
    await loadFirewall(
      decideProfile({ interface: 'eth0.20', nameServers: [], timeServers: [], reach: [] }),
      inDevice,
      join(folder, 'vlan.nft'),
    );
    expect(await outcome(office, { protocol: 'tcp', address: '10.9.0.7', port: 443 })).toBe('silent');
    ip('link', 'add', 'eth0.20', 'netns', device, 'type', 'veth', 'peer', 'name', 'eth0.20', 'netns', office);
    ip('-n', device, 'address', 'add', '10.20.0.7/24', 'dev', 'eth0.20');
    ip('-n', office, 'address', 'add', '10.20.0.1/24', 'dev', 'eth0.20');
    for (const name of [device, office]) ip('-n', name, 'link', 'set', 'eth0.20', 'up');
    expect(await outcome(office, { protocol: 'tcp', address: '10.20.0.7', port: 443 })).toBe('reached');
  });
});
