/** For tests: the agent as an appliance runs it, in this process, with a posture read from a tree that the test can spoil. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { hashSetupCode } from '@rockpool/signing/setup-code';
import { type Authority, createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';
import { type Agent, createAgent } from '../agent.ts';
import { openAudit } from '../audit/log.ts';
import { readSetupCode } from '../auth/setup-code.ts';
import { loadSettings } from '../config/settings.ts';
import { type Front, openFront } from '../front.ts';
import { createMetrics } from '../health/metrics.ts';
import { systemClock } from '../host/clock.ts';
import { createLog } from '../host/log.ts';
import { makeTree, recorded } from '../host/posture/tree.fixture.ts';
import { openSecrets } from '../secrets/secrets.ts';
import { openStore } from '../store/store.ts';
import { FakeModel } from './fake-model.ts';

export const setupCode = '7KQM-2XWR';
/** Hashing takes its time on purpose; once is enough for all tests of a process. */
const setupCodeHash = hashSetupCode(setupCode);
const authority: Promise<Authority> = createAuthority({ name: 'Office', years: 10, at: new Date() });

const deviceFolder = '/var/lib/rockpool/device';
const credentials = '/run/credentials/rockpool-agent.service';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A tree in which all is well: LUKS2 as a real kernel shows it, and what provisioning leaves. */
export async function wellTree() {
  const { common, trees } = recorded();
  const tree = makeTree(common, trees['luks2-ext4'] ?? {}, {
    files: {
      'proc/sys/kernel/core_pattern': '|/bin/false\n',
      'run/systemd/timesync/synchronized': '',
      'etc/crypttab': 'rockpool-data PARTLABEL=UDA none tpm2-device=auto\n',
      'run/rockpool/disk.json': JSON.stringify({
        version: 1,
        uuid: 'u',
        slots: ['tpm2', 'recovery'],
        recovery: 'kept',
      }),
      [`${credentials}/identity-key`]: 'i'.repeat(32),
      [`${credentials}/secrets-key`]: 's'.repeat(32),
      [`${credentials}/setup-code`]: `${await setupCodeHash}\n`,
    },
    folders: ['run/rockpool/acme-challenge', `.${deviceFolder}`, 'var/lib/rockpool/agent'],
  });
  for (const name of ['identity-key', 'secrets-key', 'setup-code'])
    chmodSync(join(tree.root, credentials, name), 0o400);
  await certify(tree.root);
  return tree;
}

/** A new certificate for the page, with a new key. */
export async function certify(
  root: string,
  { days = 90, name = 'leeds.local', at = new Date() } = {},
): Promise<void> {
  const keys = createKeyPairP256();
  const pem = await issue(await authority, keys.publicKey, {
    cn: name,
    dns: [name],
    days,
    usages: ['server'],
    at,
  });
  mkdirSync(join(root, deviceFolder), { recursive: true });
  writeFileSync(join(root, credentials, 'lan-tls-key'), keyToPem(keys.privateKey), { mode: 0o600 });
  writeFileSync(join(root, deviceFolder, 'lan.crt'), pem);
  writeFileSync(join(root, deviceFolder, 'lan-ca.crt'), (await authority).certificate);
}

/** Its front, listening; `open` puts the agent behind it, as main.ts does once the data is safe. */
export async function startFront(root: string, clock = systemClock) {
  const lines: string[] = [];
  const home = join(root, 'var/lib/rockpool/agent');
  const settings = loadSettings({
    ROCKPOOL_APPLIANCE: '1',
    ROCKPOOL_NAME: 'leeds',
    ROCKPOOL_HOST: '127.0.0.1',
    ROCKPOOL_PORT: '0',
    ROCKPOOL_REDIRECT_PORT: '0',
    ROCKPOOL_HOME: home,
    ROCKPOOL_DEVICE: join(root, deviceFolder),
    CREDENTIALS_DIRECTORY: join(root, credentials),
  });
  const { appliance, tls } = settings;
  if (!appliance || !tls) throw new Error('these are settings of an appliance');
  const log = createLog({
    level: 'trace',
    pretty: false,
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = createMetrics();
  const label = readSetupCode(appliance.credentials);
  const seen = {
    root,
    home: '/var/lib/rockpool/agent',
    deviceFolder,
    credentials,
    certificate: `${deviceFolder}/lan.crt`,
  };
  const front = await openFront(
    { ...settings, appliance, tls },
    // No systemd is asked: the tree tells all there is.
    {
      ...{ clock, log, metrics, label, sockets: new Map() },
      place: { ...seen, askTimedate: async () => undefined },
    },
  );
  const closers: (() => Promise<unknown> | unknown)[] = [() => metrics.close(), () => front.close()];
  const port = front.listener.address()?.port ?? 0;
  return {
    ...{ root, home, settings, front, lines, metrics, port },
    redirectPort: front.redirectPort(),
    ask: (method: string, path: string, options: AskOptions = {}) => ask(port, method, path, options),
    async openAgent(): Promise<Agent & { model: FakeModel }> {
      const model = new FakeModel();
      const store = await openStore(home);
      const audit = await openAudit(join(home, 'audit'), clock);
      const secrets = openSecrets({ home, credentials: appliance.credentials, clock });
      const agent = await createAgent(settings, {
        ...{ store, model, audit, metrics, clock, log, secrets, localCredential: 'of-a-test' },
        ...{ listener: front.listener, posture: front.watch },
        ...(label ? { label } : {}),
      });
      closers.push(
        () => store.close(),
        () => audit.close(),
        () => agent.close(),
      );
      await agent.listen();
      return { ...agent, model };
    },
    async close(): Promise<void> {
      for (const close of closers.reverse()) await close();
    },
  };
}

export type StartedFront = Awaited<ReturnType<typeof startFront>>;
export type { Front };

export interface AskOptions {
  json?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** As a browser that was given the office's authority: the certificate is checked against the name. */
export async function ask(
  port: number,
  method: string,
  path: string,
  { json, form, headers }: AskOptions = {},
): Promise<Answer> {
  const body = json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json);
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  return await new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{
          host: '127.0.0.1',
          port,
          method,
          path,
          servername: 'leeds.local',
          agent: false,
          rejectUnauthorized: false,
        },
        headers: { host: 'leeds.local', ...(body === undefined ? {} : { 'content-type': type }), ...headers },
      },
      (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

export async function askPlain(port: number, method: string, path: string, host: string): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = plainRequest(
      { host: '127.0.0.1', port, method, path, headers: { host }, agent: false },
      (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

/** Puts a file into the tree, or takes it out. */
export function spoil(root: string, path: string, content: string | undefined): void {
  rmSync(join(root, path), { force: true });
  if (content !== undefined) writeFileSync(join(root, path), content);
}

export const fileIn = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');
