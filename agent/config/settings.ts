/** Every setting of the agent: its name in the environment, its type, its default and its reason. */
import { readFileSync } from 'node:fs';
import { availableParallelism, hostname, networkInterfaces } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);
const Count = z.coerce.number().int().min(1);

/** The variables that are read, and no others; an empty one counts as absent. */
const Environment = z.object({
  ROCKPOOL_HOME: z.string().optional(),
  ROCKPOOL_HOST: z.string().default('127.0.0.1'),
  ROCKPOOL_PORT: Port.default(8080),
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
  /** Tokens a conversation may fill; left out, what the model was trained for, up to 4,096. */
  readonly contextTokens: number | undefined;
  /** Conversations decoded at once. */
  readonly sequences: number | undefined;
  /** llama.cpp's threads spin: all cores but one, so that the agent itself is never starved. */
  readonly threads: number;
  /** Below these the page may name folders to watch; on the device itself any may be named. */
  readonly folders: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly logLevel: z.infer<typeof Environment>['ROCKPOOL_LOG'];
  /** A laptop rather than an appliance: no TLS, loopback only. */
  readonly deskRun: boolean;
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
  const tls = loadTls(given.ROCKPOOL_TLS_CERT, given.ROCKPOOL_TLS_KEY);
  refuseOpenWithoutTls(given.ROCKPOOL_HOST, tls !== undefined);
  return Object.freeze({
    home: fromHere(given.ROCKPOOL_HOME ?? resolve(root, '.rockpool')),
    host: given.ROCKPOOL_HOST,
    port: given.ROCKPOOL_PORT,
    name,
    allowedHosts: hostsOf(given.ROCKPOOL_HOST, name),
    chatModel: given.ROCKPOOL_MODEL ? fromHere(given.ROCKPOOL_MODEL) : builtIn('chat'),
    embedder: given.ROCKPOOL_EMBEDDER ? fromHere(given.ROCKPOOL_EMBEDDER) : builtIn('embed'),
    builtInModel: given.ROCKPOOL_MODEL === undefined,
    contextTokens: given.ROCKPOOL_CONTEXT,
    sequences: given.ROCKPOOL_SEQUENCES,
    threads: given.ROCKPOOL_THREADS ?? Math.max(1, availableParallelism() - 1),
    folders: (given.ROCKPOOL_FOLDERS ?? '').split(':').filter(Boolean).map(fromHere),
    tls,
    logLevel: given.ROCKPOOL_LOG,
    deskRun: tls === undefined,
  });
}

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

function loadTls(certFile: string | undefined, keyFile: string | undefined): Settings['tls'] {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new Refusal('bad-request', 'Set both ROCKPOOL_TLS_CERT and ROCKPOOL_TLS_KEY, or neither.');
  }
  return { cert: readPem('ROCKPOOL_TLS_CERT', certFile), key: readPem('ROCKPOOL_TLS_KEY', keyFile) };
}

function readPem(variable: string, file: string): string {
  try {
    return readFileSync(fromHere(file), 'utf8');
  } catch (cause) {
    throw new Refusal(
      'bad-request',
      `${variable} names ${file}, which can't be read; give the path of a PEM file.`,
      { cause },
    );
  }
}

/** Loopback always; the device's own name and addresses once it listens beyond. */
function hostsOf(host: string, name: string): ReadonlySet<string> {
  const hosts = ['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host.toLowerCase()];
  if (!isLoopback(host)) {
    hosts.push(name, `${name}.local`);
    for (const address of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      hosts.push(address.family === 'IPv6' ? `[${address.address}]` : address.address);
    }
  }
  return new Set(hosts);
}
