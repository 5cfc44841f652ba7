/** Puts nginx in front of the agent, and takes it away again. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import type { Run, RunOptions } from '../exec.ts';
import { agentSocketDropIn, nginxConfig, readNginxVersion } from './config.ts';

export const agentSocket = '/run/rockpool/agent.sock';
const configFile = 'etc/rockpool/nginx.conf';
const dropIn = 'etc/systemd/system/rockpool-agent.socket.d/nginx.conf';
const unit = 'rockpool-nginx.service';
const agentUnits = ['rockpool-agent.socket', 'rockpool-agent.service'] as const;
/** What the agent takes at most is its own setting; this is only not to be below it. */
const uploadBytes = 1024 ** 3;

export class NginxError extends Error {
  override readonly name = 'NginxError';
}

/** `other`: something between the two. */
export type NginxState = 'in-front' | 'away' | 'other';

export interface NginxParts {
  run: Run;
  /** `/`, or a tree that an image is made of. */
  root?: string;
}

/** What is to lie on the disk, by path below the root. */
const filesFor = (version: string): Record<string, string> => ({
  [configFile]: nginxConfig({
    certificate: '/var/lib/rockpool/device/lan.crt',
    // Opened by systemd for this unit, into memory.
    key: `/run/credentials/${unit}/lan-tls-key`,
    ...{ agentSocket, uploadBytes, version, port: 443, runtimeFolder: '/run/rockpool-nginx' },
  }),
  [dropIn]: agentSocketDropIn(agentSocket),
});

/**
 * While nobody is served, what lies on the disk is the answer: the next start of `rockpool.target` goes by it. While
 * somebody is, only one of the two can have the port, so an nginx that runs has it.
 * @param run only looks
 * @param version of what is installed; null without
 */
export async function readNginx(
  { run, root = '/' }: NginxParts,
  version: string | null,
): Promise<NginxState> {
  const there = [configFile, dropIn].filter((file) => existsSync(join(root, file)));
  // A system without systemd starts no unit of ours.
  const [agent, nginx] = await states(run, [agentUnits[0], unit]).catch(() => ['inactive', 'inactive']);
  if (there.length === 0) return nginx === 'active' ? 'other' : 'away';
  const isRight =
    version !== null &&
    Object.entries(filesFor(version)).every(
      ([file, text]) => there.includes(file) && readFileSync(join(root, file), 'utf8') === text,
    );
  return isRight && agent === nginx && (agent === 'active' || agent === 'inactive') ? 'in-front' : 'other';
}

/**
 * Where people are served, they are served by it afterwards, or by the agent as before: what nginx or systemd do not take
 * is taken away again.
 * @throws NginxError with nginx' or systemd's own words
 */
export async function putNginxInFront({ run, root = '/' }: NginxParts): Promise<void> {
  const told = await run('nginx', ['-v']);
  const files = filesFor(readNginxVersion(told.stderr + told.stdout));
  for (const [file, text] of Object.entries(files)) write(join(root, file), text);
  await demand(run, 'systemctl', ['daemon-reload']);
  // Before people are let in the setup page has the port, and rockpool.target starts all of it later.
  if (!(await isServing(run))) return;
  try {
    await restartSockets(run);
    await demand(run, 'systemctl', ['restart', unit]);
  } catch (cause) {
    await takeNginxAway({ run, root });
    throw cause;
  }
}

export async function takeNginxAway({ run, root = '/' }: NginxParts): Promise<void> {
  const wasServing = await isServing(run);
  await demand(run, 'systemctl', ['stop', unit]);
  for (const file of [configFile, dropIn]) rmSync(join(root, file), { force: true });
  await demand(run, 'systemctl', ['daemon-reload']);
  if (wasServing) await restartSockets(run);
}

async function isServing(run: Run): Promise<boolean> {
  return (await states(run, agentUnits)).some((state) => state !== 'inactive');
}

/** A word for each; its exit code says no more than they do. */
async function states(run: Run, units: readonly string[]): Promise<string[]> {
  const { stdout } = await run('systemctl', ['is-active', ...units]);
  const words = stdout.trim().split('\n');
  return units.map((_, i) => (words[i] === 'reloading' ? 'active' : words[i] || 'inactive'));
}

/** A socket unit that is up keeps what it listens on: it has to be closed with its service, and opened anew. */
async function restartSockets(run: Run): Promise<void> {
  await demand(run, 'systemctl', ['stop', ...agentUnits.toReversed()]);
  // The agent says itself when it is ready, which its unit gives three minutes for.
  await demand(run, 'systemctl', ['start', ...agentUnits], { timeoutMs: 200_000 });
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileAtomically(file, content, 0o644);
}

async function demand(
  run: Run,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const { code, stderr } = await run(program, args, options);
  if (code !== 0) throw new NginxError(`${program} ${args.join(' ')} failed: ${stderr.trim()}`);
}
