/** Puts nginx in front of the agent, and takes it away again. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import type { Run } from '../exec.ts';
import { agentSocketDropIn, nginxConfig, readNginxVersion } from './config.ts';

export const agentSocket = '/run/rockpool/agent.sock';
const configFile = 'etc/rockpool/nginx.conf';
const dropIn = 'etc/systemd/system/rockpool-agent.socket.d/nginx.conf';
const unit = 'rockpool-nginx.service';
/** What the agent takes at most is its own setting; this is only not to be below it. */
const uploadBytes = 1024 ** 3;

export class NginxError extends Error {
  override readonly name = 'NginxError';
}

export interface NginxParts {
  run: Run;
  /** `/`, or a tree that an image is made of. */
  root?: string;
}

/**
 * The configuration is tried by nginx itself before anything is switched.
 * @throws NginxError with nginx' or systemd's own words
 */
export async function putNginxInFront({ run, root = '/' }: NginxParts): Promise<void> {
  const told = await run('nginx', ['-v']);
  const version = readNginxVersion(told.stderr + told.stdout);
  const config = nginxConfig({
    certificate: '/var/lib/rockpool/device/lan.crt',
    // Opened by systemd for this unit, into memory.
    key: `/run/credentials/${unit}/lan-tls-key`,
    ...{ agentSocket, uploadBytes, version, port: 443, runtimeFolder: '/run/rockpool-nginx' },
  });
  write(join(root, configFile), config);
  write(join(root, dropIn), agentSocketDropIn(agentSocket));
  await demand(run, 'systemctl', ['daemon-reload']);
  await restartSockets(run);
  await demand(run, 'systemctl', ['restart', unit]);
}

/** Its certificate was renewed: workers with the new one take over, and the old ones end with what they have begun. */
export const reloadNginx = (run: Run): Promise<void> =>
  demand(run, 'systemctl', ['try-reload-or-restart', unit]);

export async function takeNginxAway({ run, root = '/' }: NginxParts): Promise<void> {
  if (!existsSync(join(root, configFile)) && !existsSync(join(root, dropIn))) return;
  await demand(run, 'systemctl', ['stop', unit]);
  for (const file of [configFile, dropIn]) rmSync(join(root, file), { force: true });
  await demand(run, 'systemctl', ['daemon-reload']);
  await restartSockets(run);
}

/** A socket unit that is up keeps what it listens on: it has to be closed with its service, and opened anew. */
async function restartSockets(run: Run): Promise<void> {
  await demand(run, 'systemctl', ['stop', 'rockpool-agent.service', 'rockpool-agent.socket']);
  await demand(run, 'systemctl', ['start', 'rockpool-agent.socket', 'rockpool-agent.service']);
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileAtomically(file, content, 0o644);
}

async function demand(run: Run, program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(program, args);
  if (code !== 0) throw new NginxError(`${program} ${args.join(' ')} failed: ${stderr.trim()}`);
}
