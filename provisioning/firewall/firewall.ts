/** The device's firewall: names become addresses, the profile becomes the kernel's, and the kernel is asked whether it did. */
import { lookup } from 'node:dns/promises';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import type { Config } from '../config.ts';
import type { Run } from '../exec.ts';
import { judgeFirewall, listArguments, readFirewall } from './judge.ts';
import { decideProfile, type FirewallWants, type Profile, scriptOf } from './profile.ts';

export const firewallFile = '/etc/rockpool/firewall.nft';
const brokerPort = 8883;
const httpsPort = 443;

export class FirewallError extends Error {
  override readonly name = 'FirewallError';
}

/** Every host that settings name. `controller` is where a claim sent the device, when settings don't. */
export interface Hosts {
  reach: { host: string; tcpPorts: number[] }[];
  timeServers: readonly string[];
  updateServers: readonly string[];
}

/** @param known addresses of the controller and its broker that the device was given when it enrolled */
export function hostsOf({ controller, network, tls }: Config, known: readonly string[] = []): Hosts {
  const urls = [...(controller ? [controller.url] : []), ...known].map((url) => new URL(url));
  const ports = [...new Set([httpsPort, brokerPort, ...urls.map(portOf)])];
  const acme = tls.mode === 'acme' && tls.acme ? tls.acme : undefined;
  return {
    reach: [
      ...urls.map((url) => ({ host: bare(url.hostname), tcpPorts: ports })),
      ...network.controller_hosts.map((host) => ({ host, tcpPorts: ports })),
      ...(acme
        ? [{ host: bare(new URL(acme.directory).hostname), tcpPorts: [portOf(new URL(acme.directory))] }]
        : []),
    ],
    timeServers: network.ntp,
    updateServers: acme?.rfc2136 ? [acme.rfc2136.server] : [],
  };
}

/** The parser of addresses leaves out the port that a scheme implies. */
const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'mqtts:' ? brokerPort : httpsPort);
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

export type Resolve = (host: string) => Promise<readonly string[]>;

/** A name that nobody knows just now has no address: what it stands for can't be reached, and the rest can. */
export const resolveHost: Resolve = async (host) => {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(?:ENOTFOUND|EAI_)/.test(String(error.code)))
      return [];
    throw error;
  }
};

export interface FirewallParts {
  run: Run;
  resolve: Resolve;
  /** What the office's network told the device to ask for names and time. */
  told(): Told;
}

export interface Told {
  nameServers: readonly string[];
  timeServers: readonly string[];
}

export async function wantsOf(
  config: Config,
  known: readonly string[],
  { resolve, told }: Omit<FirewallParts, 'run'>,
): Promise<FirewallWants> {
  const hosts = hostsOf(config, known);
  const { nameServers, timeServers } = told();
  const all = async (names: readonly string[]): Promise<string[]> =>
    (await Promise.all(names.map(resolve))).flat();
  return {
    interface: config.network.interface,
    nameServers,
    timeServers: await all(hosts.timeServers.length > 0 ? hosts.timeServers : timeServers),
    updateServers: await all(hosts.updateServers),
    reach: await Promise.all(
      hosts.reach.map(async ({ host, tcpPorts }) => ({ addresses: await resolve(host), tcpPorts })),
    ),
  };
}

/**
 * Into the kernel first, then into the file that the next boot loads: what nft refuses is never in the file.
 * @throws FirewallError when nft refuses it, or the kernel doesn't show it afterwards
 */
export async function loadFirewall(profile: Profile, run: Run, file = firewallFile): Promise<void> {
  const script = scriptOf(profile);
  const { code, stderr } = await run('nft', ['--file', '-'], { input: script });
  if (code !== 0) throw new FirewallError(`nft refused the firewall: ${stderr.trim()}`);
  const problems = await verifyFirewall(profile, run);
  if (problems.length > 0) throw new FirewallError(`the firewall was loaded, and ${problems.join('; ')}`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileAtomically(file, script, 0o644);
}

/** @returns what is not as decided; empty when all of it is */
export async function verifyFirewall(profile: Profile, run: Run): Promise<string[]> {
  const { code, stdout } = await run('nft', listArguments);
  return code === 0 ? judgeFirewall(readFirewall(stdout), profile) : ['no firewall is loaded'];
}

/** Loads another profile only when it is another one: counters and what they tell outlive a quiet hour. */
export async function refreshFirewall(
  config: Config,
  known: readonly string[],
  parts: FirewallParts,
  file = firewallFile,
): Promise<'kept' | 'loaded'> {
  const profile = decideProfile(await wantsOf(config, known, parts));
  const isSame = existsSync(file) && readFileSync(file, 'utf8') === scriptOf(profile);
  if (isSame && (await verifyFirewall(profile, parts.run)).length === 0) return 'kept';
  await loadFirewall(profile, parts.run, file);
  return 'loaded';
}

/** What DHCP and router advertisements said, by systemd's word; the plain file of name servers where there is none. */
export function readTold(root = '/'): Told {
  const state = readIfThere(join(root, 'run/systemd/netif/state'));
  const of = (key: string): string[] =>
    new RegExp(`^${key}=(.*)$`, 'm').exec(state)?.[1]?.split(/\s+/).filter(Boolean) ?? [];
  const asked = ['run/systemd/resolve/resolv.conf', 'etc/resolv.conf']
    .map((path) => readIfThere(join(root, path)))
    .find((text) => text !== '');
  const listed = [...(asked ?? '').matchAll(/^nameserver\s+(\S+)\s*$/gm)].map((match) => match[1] ?? '');
  return {
    nameServers: [...new Set([...of('DNS'), ...listed].map(withoutZone).filter(isElsewhere))],
    timeServers: of('NTP'),
  };
}

const readIfThere = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const withoutZone = (address: string): string => address.replace(/[%#].*$/, '');
/** Loopback is resolved's own stub. */
const isElsewhere = (address: string): boolean => isIP(address) !== 0 && !/^127\.|^::1$/.test(address);
