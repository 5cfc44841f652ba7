/** `serve`: the controller itself. */
import { hostname } from 'node:os';
import { Refusal } from '@rockpool/protocol/refusal';
import { readDates } from '@rockpool/signing/x509-chain';
import { privateNetworks } from '@rockpool/signing/x509-name-constraints';
import type { Command } from 'commander';
import pino from 'pino';
import { z } from 'zod';
import { secretsFile } from '../authority/authority.ts';
import { hasSecrets, isSealed } from '../authority/secrets-file.ts';
import type { MqttOptions } from '../controller/brokers.ts';
import type { DashboardOptions } from '../controller/desk.ts';
import { demandLanNames } from '../registry/labels.ts';
import { define, type Kit } from './command.ts';
import { findPassphrase } from './passphrase.ts';

const Given = z.object({
  listen: z.string().default('0.0.0.0:8443'),
  mqttListen: z.string().default('0.0.0.0:8883'),
  dashboardListen: z.string().default('127.0.0.1:8444'),
  dashboardCert: z.string().optional(),
  dashboardKey: z.string().optional(),
  dashboardUrl: z.url({ protocol: /^https?$/, error: '--dashboard-url is an https:// address.' }).optional(),
  broker: z.url({ protocol: /^mqtts$/, error: '--broker is an mqtts:// address.' }).optional(),
  brokerUrl: z.url({ protocol: /^mqtts$/, error: '--broker-url is an mqtts:// address.' }).optional(),
  keys: z.string().optional(),
  name: z.string().min(1).max(253).optional(),
  url: z.url({ protocol: /^https$/, error: '--url is an https:// address.' }).optional(),
  alsoName: z.array(z.string()).default([]),
  domain: z.array(z.string()).optional(),
  network: z.array(z.string()).optional(),
  passphraseFile: z.string().optional(),
  insecureKeys: z.boolean().default(false),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});

export const addServe = (program: Command, kit: Kit): void =>
  define(program, kit, {
    usage: 'serve',
    summary: 'run the controller; the first start makes its keys and roots',
    options: [
      ['--listen <host:port>', 'where devices enrol (default: 0.0.0.0:8443)'],
      ['--mqtt-listen <host:port>', 'where devices speak MQTT (default: 0.0.0.0:8883)'],
      [
        '--dashboard-listen <host:port>',
        'where operators look; anything but loopback speaks TLS (default: 127.0.0.1:8444)',
      ],
      [
        '--dashboard-cert <file>',
        'a certificate of yours for the dashboard; left out, the LAN root vouches for --name',
      ],
      ['--dashboard-key <file>', 'its key'],
      ['--dashboard-url <url>', 'where operators reach the dashboard, when something forwards to it'],
      ['--broker <url>', 'mqtts://… of a broker of yours, instead of the embedded one'],
      ['--broker-url <url>', 'mqtts://… told to devices, when something forwards to the broker'],
      ['--keys <file>', 'where the keys lie that several controllers share'],
      ['--name <name>', "the host name or address by which devices reach it (default: this machine's name)"],
      ['--url <url>', 'where devices reach it, when something forwards to where it listens'],
      ['--also-name <name>...', 'another name or address for its certificate; may be repeated'],
      [
        '--domain <domain>...',
        'first start: a domain of yours whose names chat pages may carry, besides .local; may be repeated',
      ],
      [
        '--network <network>...',
        'first start: networks of chat pages instead of all private ones, like 10.0.0.0/8; may be repeated',
      ],
      ['--passphrase-file <file>', 'whose first line seals the keys'],
      ['--insecure-keys', 'first start: leave the keys unsealed, to try things out'],
      ['--log-level <level>', 'fatal, error, warn, info, debug or silent (default: info)'],
    ],
    given: Given,
    examples: [
      'rockpool-fleet serve --name fleet.example.com --listen 0.0.0.0:8443',
      'rockpool-fleet serve --name 10.0.0.5 --domain example.com --passphrase-file /run/secrets/fleet',
      'rockpool-fleet serve --name localhost --listen 127.0.0.1:8443 --insecure-keys',
      'rockpool-fleet serve --name fleet.example.com --dashboard-listen 0.0.0.0:8444 --domain example.com',
      'rockpool-fleet serve --database postgres://fleet@db.example.com/fleet --broker mqtts://mqtt.example.com --keys /run/secrets/keys.json --passphrase-file /run/secrets/fleet',
    ],
    async run({ home, database, clock, out, streams }, _, options) {
      const keys = options.keys ?? secretsFile(home);
      const hasKeys = hasSecrets(keys);
      const passphrase = await findPassphrase(streams, {
        ...{ hasKeys, isSealed: hasKeys && isSealed(keys), insecure: options.insecureKeys },
        file: options.passphraseFile,
      });
      const constraints = constraintsOf(options);
      // Loaded here only: a command that reads a table needs no web server.
      const { createController } = await import('../controller.ts');
      const { port, host } = parseListen(options.listen);
      const controller = await createController({
        ...{ home, clock, passphrase, port, host, dashboard: dashboardOf(options), mqtt: mqttOf(options) },
        ...(database === home ? {} : { database }),
        ...(options.keys === undefined ? {} : { keys: options.keys }),
        ...{ name: options.name ?? hostname(), alsoNames: options.alsoName },
        ...(options.url === undefined ? {} : reachedAt(options.url, options.alsoName)),
        ...(constraints ? { constraints } : {}),
        logger: pino({ level: options.logLevel }, pino.destination({ dest: 2, sync: true })),
      }).catch((cause: unknown) => {
        throw told(cause);
      });
      const { url, pin, authority } = controller;
      if (passphrase === null) {
        out.note(
          `WARNING: the keys of this fleet lie unsealed in ${keys}. Whoever copies that file is the controller. For anything but a trial, stop it and run \`rockpool-fleet keys seal\`.`,
        );
      }
      const lanCaSha256 = readDates(authority.lanCa).sha256;
      const { broker, dashboard } = controller;
      const setupCode = dashboard?.setupCode;
      out.result({ url, pin, lanCaSha256, broker, dashboard: dashboard?.url, setupCode }, () => [
        ...(dashboard ? [`Dashboard: ${dashboard.url}`] : []),
        ...(setupCode === undefined
          ? []
          : [`Its first operator comes in with the code ${setupCode}, which is good once and for a day.`]),
        `Devices enrol at ${url}${broker === undefined ? '' : ` and report to ${broker}`}`,
        `Its pin is ${pin}`,
        `People install the LAN root with the SHA-256 ${lanCaSha256}`,
        'Next: rockpool-fleet claim create --name leeds --label branch=leeds --ttl 24h',
      ]);
      await stopped();
      await controller.close();
    },
  });

function constraintsOf({
  domain,
  network,
}: z.infer<typeof Given>): { dns: string[]; networks: string[] } | undefined {
  if (!domain && !network) return undefined;
  demandLanNames(domain ?? []);
  return { dns: ['local', ...(domain ?? [])], networks: [...(network ?? privateNetworks)] };
}

function dashboardOf(options: z.infer<typeof Given>): DashboardOptions {
  const { dashboardCert: cert, dashboardKey: key, dashboardUrl: url } = options;
  if ((cert === undefined) !== (key === undefined))
    throw new Refusal('bad-request', '--dashboard-cert and --dashboard-key belong together; give both.');
  return {
    ...parseListen(options.dashboardListen),
    ...(url === undefined ? {} : { url: new URL(url).origin }),
    ...(cert === undefined || key === undefined ? {} : { files: { cert, key } }),
  };
}

function mqttOf({ broker, brokerUrl, mqttListen }: z.infer<typeof Given>): MqttOptions {
  const url = brokerUrl === undefined ? {} : { url: brokerUrl };
  return broker === undefined ? { ...parseListen(mqttListen), ...url } : { broker, ...url };
}

/** What the operating system says when it refuses a place, in words that say what to do. */
export function told(cause: unknown): unknown {
  const { code, address, port } = (cause ?? {}) as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const place = `${address ?? ''}:${port ?? ''}`;
  if (code === 'EADDRINUSE')
    return new Refusal('conflict', `Something listens on ${place} already; end it, or give another place.`, {
      cause,
    });
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new Refusal('bad-request', `This machine does not let us listen on ${place} (${code}).`, {
      cause,
    });
  return cause;
}

const reachedAt = (url: string, alsoNames: readonly string[]): { url: string; alsoNames: string[] } => {
  const { origin, hostname: host } = new URL(url);
  return { url: origin, alsoNames: [...alsoNames, host.replace(/^\[|\]$/g, '')] };
};

/** `HOST:PORT`, an IPv6 address in brackets. */
function parseListen(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new Refusal('bad-request', `${text} is not HOST:PORT; give one like 0.0.0.0:8443 or [::]:8443.`);
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** Until somebody asks it to end. */
export const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
