/** Every setting of the agent: its name in the environment, its type, its default and its reason. */
import { X509Certificate } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { availableParallelism, hostname, networkInterfaces } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);
const Count = z.coerce.number().int().min(1);

/** The variables that are read, and no others; an empty one counts as absent. */
const Environment = z.object({
  ROCKPOOL_HOME: z.string().optional(),
  ROCKPOOL_HOST: z.string().optional(),
  ROCKPOOL_PORT: Port.optional(),
  ROCKPOOL_NAME: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i)
    .optional(),
  ROCKPOOL_MODEL: z.string().optional(),
  ROCKPOOL_EMBEDDER: z.string().optional(),
  ROCKPOOL_CONTEXT: Count.optional(),
  ROCKPOOL_SEQUENCES: Count.max(64).optional(),
  ROCKPOOL_THREADS: Count.max(256).optional(),
  ROCKPOOL_FOLDERS: z.string().optional(),
  ROCKPOOL_TLS_CERT: z.string().optional(),
  ROCKPOOL_TLS_KEY: z.string().optional(),
  ROCKPOOL_MODEL_SOCKET: z.string().optional(),
  ROCKPOOL_MODEL_CACHE: z.string().optional(),
  ROCKPOOL_APPLIANCE: z.enum(['0', '1']).default('0'),
  ROCKPOOL_REDIRECT_PORT: Port.default(80),
  ROCKPOOL_UPDATE: z.string().optional(),
  ROCKPOOL_DEVICE: z.string().default('/var/lib/rockpool/device'),
  /** systemd's, for a service with credentials. */
  CREDENTIALS_DIRECTORY: z.string().optional(),
  ROCKPOOL_LOG: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export interface Settings {
  /** Where everything that people said, added and set is kept. */
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** The device's name: `NAME.local` on the LAN. */
  readonly name: string;
  /** Lower case, without ports: what may stand in a `host` header. */
  readonly allowedHosts: ReadonlySet<string>;
  readonly chatModel: string;
  readonly embedder: string;
  readonly builtInModel: boolean;
  /** Where the model's process listens when it is a unit of its own; undefined when it is our child. */
  readonly modelSocket: string | undefined;
  /** Where that process keeps its caches of conversations; undefined: in the home. */
  readonly modelCache: string | undefined;
  /** Tokens a conversation may fill; left out, what the model was trained for, up to 4,096. */
  readonly contextTokens: number | undefined;
  /** Conversations decoded at once. */
  readonly sequences: number | undefined;
  /** llama.cpp's threads spin: all cores but one, so that the agent itself is never starved. */
  readonly threads: number;
  /** Below these the page may name folders to watch; on the device itself any may be named. */
  readonly folders: readonly string[];
  readonly tls: TlsFiles | undefined;
  readonly logLevel: z.infer<typeof Environment>['ROCKPOOL_LOG'];
  /** A laptop rather than an appliance: no TLS, loopback only. */
  readonly deskRun: boolean;
  /** Undefined on a desk. */
  readonly appliance: Appliance | undefined;
  /** What updates brought, and what is to be brought. */
  readonly updateFolder: string;
  /** Where the updater asks the agent. */
  readonly updateSocket: string;
  /** Where the fleet's word for this device lies, once it has joined one. */
  readonly device: DeviceFiles;
}

export interface DeviceFiles {
  readonly folder: string;
  /** Where systemd lays the open keys of an appliance; undefined on a desk, whose keys lie in the folder. */
  readonly credentials: string | undefined;
}

/** PEM files: the chain, leaf first, and its key. Read when they are used, for they are renewed while people are served. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A device that serves an office, and refuses to unless its posture holds. */
export interface Appliance {
  /** Certificates, and credentials as they are sealed. */
  readonly deviceFolder: string;
  /** The data volume's mount point, above the home. */
  readonly dataMount: string;
  /** Where systemd lays the open credentials; undefined for a command at the console. */
  readonly credentials: string | undefined;
  /** Plain HTTP, which only redirects. */
  readonly redirectPort: number;
  /** Names of the office's own besides NAME.local, which the certificate is for. */
  readonly names: readonly string[];
}

/** What the command line may say over the environment. */
export interface Overrides {
  model?: string | undefined;
  port?: string | undefined;
  host?: string | undefined;
}

const root = resolve(import.meta.dirname, '../..');
const builtIn = (name: string): string => resolve(root, `models/pebble/pebble-${name}-q8_0.gguf`);

/**
 * @param environment usually `process.env`
 * @throws Refusal `bad-request` with one sentence that names the setting and what it takes
 */
export function loadSettings(environment: NodeJS.ProcessEnv, overrides: Overrides = {}): Settings {
  const given = parse({
    ...environment,
    ...(overrides.model === undefined ? {} : { ROCKPOOL_MODEL: overrides.model }),
    ...(overrides.port === undefined ? {} : { ROCKPOOL_PORT: overrides.port }),
    ...(overrides.host === undefined ? {} : { ROCKPOOL_HOST: overrides.host }),
  });
  const name = (given.ROCKPOOL_NAME ?? deviceName()).toLowerCase();
  const appliance = given.ROCKPOOL_APPLIANCE === '1' ? applianceOf(given) : undefined;
  const host = given.ROCKPOOL_HOST ?? (appliance ? '::' : '127.0.0.1');
  const tls = tlsOf(given, appliance);
  refuseOpenWithoutTls(host, tls !== undefined);
  const home = fromHere(given.ROCKPOOL_HOME ?? (appliance ? applianceHome : resolve(root, '.rockpool')));
  return Object.freeze({
    home,
    host,
    port: given.ROCKPOOL_PORT ?? (appliance ? 443 : 8080),
    name,
    allowedHosts: hostsOf(host, name, appliance),
    chatModel: given.ROCKPOOL_MODEL ? fromHere(given.ROCKPOOL_MODEL) : builtIn('chat'),
    embedder: given.ROCKPOOL_EMBEDDER ? fromHere(given.ROCKPOOL_EMBEDDER) : builtIn('embed'),
    builtInModel: given.ROCKPOOL_MODEL === undefined,
    modelSocket: given.ROCKPOOL_MODEL_SOCKET,
    modelCache: given.ROCKPOOL_MODEL_CACHE,
    contextTokens: given.ROCKPOOL_CONTEXT,
    sequences: given.ROCKPOOL_SEQUENCES,
    threads: given.ROCKPOOL_THREADS ?? Math.max(1, availableParallelism() - 1),
    folders: (given.ROCKPOOL_FOLDERS ?? '').split(':').filter(Boolean).map(fromHere),
    tls,
    logLevel: given.ROCKPOOL_LOG,
    deskRun: tls === undefined,
    appliance,
    updateFolder: given.ROCKPOOL_UPDATE
      ? fromHere(given.ROCKPOOL_UPDATE)
      : join(appliance ? dataMount : home, 'update'),
    updateSocket: appliance ? '/run/rockpool/update/agent.sock' : join(home, 'run/update.sock'),
    device: appliance
      ? { folder: appliance.deviceFolder, credentials: appliance.credentials }
      : { folder: join(home, 'device'), credentials: undefined },
  });
}

const dataMount = '/var/lib/rockpool';
const applianceHome = join(dataMount, 'agent');

const applianceOf = (given: z.infer<typeof Environment>): Appliance =>
  Object.freeze({
    deviceFolder: given.ROCKPOOL_DEVICE,
    dataMount,
    credentials: given.CREDENTIALS_DIRECTORY,
    redirectPort: given.ROCKPOOL_REDIRECT_PORT,
    names: officeNamesIn(join(given.ROCKPOOL_DEVICE, 'lan.crt')),
  });

function parse(environment: NodeJS.ProcessEnv): z.infer<typeof Environment> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(present);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Refusal('bad-request', `Check ${issue?.path.join('.')}: ${issue?.message}.`);
}

/** Relative to where the person stands, also when npm has changed the folder. */
const fromHere = (path: string): string =>
  isAbsolute(path) ? path : resolve(process.env['INIT_CWD'] ?? '.', path);

/** A host name may hold what a DNS label may not; the office still needs a name to type. */
const deviceName = (): string =>
  hostname()
    .split('.')[0]
    ?.replaceAll(/[^a-z0-9-]/gi, '-')
    .replaceAll(/^-+|-+$/g, '') || 'rockpool';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

function refuseOpenWithoutTls(host: string, secure: boolean): void {
  if (secure || isLoopback(host)) return;
  throw new Refusal(
    'bad-request',
    `Without TLS the agent listens on this machine only: set ROCKPOOL_TLS_CERT and ROCKPOOL_TLS_KEY to serve ${host}, or leave ROCKPOOL_HOST at 127.0.0.1.`,
  );
}

function tlsOf(given: z.infer<typeof Environment>, appliance: Appliance | undefined): TlsFiles | undefined {
  const { ROCKPOOL_TLS_CERT: certFile, ROCKPOOL_TLS_KEY: keyFile } = given;
  if (certFile === undefined && keyFile === undefined) return appliance && ownTls(appliance);
  if (certFile === undefined || keyFile === undefined) {
    throw new Refusal('bad-request', 'Set both ROCKPOOL_TLS_CERT and ROCKPOOL_TLS_KEY, or neither.');
  }
  return {
    certFile: present('ROCKPOOL_TLS_CERT', certFile),
    keyFile: present('ROCKPOOL_TLS_KEY', keyFile),
  };
}

/**
 * The operator decides them where the certificate is ordered; the agent reads what came of it. Names under `.local` are the
 * devices' own, and one that is none of ours must not pass for one of the office's.
 */
function officeNamesIn(file: string): string[] {
  const names = certificateIn(file)?.subjectAltName?.toLowerCase() ?? '';
  return [...names.matchAll(/\bdns:([a-z0-9.-]+)/g)].flatMap(([, name]) =>
    name && !name.endsWith('.local') ? name : [],
  );
}

/** Undefined for one that is absent or damaged: the posture says so. */
function certificateIn(file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return undefined;
  }
}

/** Whether they are there is a question of the posture: an appliance without them still tells what is missing. */
const ownTls = ({ deviceFolder, credentials }: Appliance): TlsFiles => ({
  certFile: join(deviceFolder, 'lan.crt'),
  keyFile: join(credentials ?? deviceFolder, 'lan-tls-key'),
});

function present(variable: string, file: string): string {
  const path = fromHere(file);
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch (cause) {
    throw new Refusal(
      'bad-request',
      `${variable} names ${file}, which can't be read; give the path of a PEM file.`,
      { cause },
    );
  }
}

/** Loopback always; the device's own name and addresses once it listens beyond. */
function hostsOf(host: string, name: string, appliance: Appliance | undefined): ReadonlySet<string> {
  const own = host.includes(':') ? `[${host}]` : host.toLowerCase();
  const hosts = ['localhost', '127.0.0.1', '[::1]', own, ...(appliance?.names ?? [])];
  // On an appliance's loopback a proxy may stand, which people reach by the device's names.
  if (!isLoopback(host) || appliance) {
    hosts.push(name, `${name}.local`);
    for (const address of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      hosts.push(address.family === 'IPv6' ? `[${address.address}]` : address.address);
    }
  }
  return new Set(hosts);
}
