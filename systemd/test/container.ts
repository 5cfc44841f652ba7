/** A device without a kernel of its own: the tree booted by systemd-nspawn, our release bound into it, driven by nsenter. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository, treeWithUnits } from './tree.ts';

export interface Container {
  readonly tree: string;
  /** What is mounted at /var/lib/rockpool. */
  readonly data: string;
  /** In it, as root. @throws when its exit code is not 0 */
  run(program: string, ...args: string[]): Promise<string>;
  /** In the namespaces of one of its processes, as that process' user; its paths are those inside. */
  as(pid: number, program: string, ...args: string[]): Promise<string>;
  journal(unit: string): Promise<string>;
  property(unit: string, name: string): Promise<string>;
  /** Waits until the shell line succeeds. */
  until(line: string, withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

const release = [
  'agent',
  'models',
  'protocol',
  'provisioning',
  'signing',
  'web',
  'node_modules',
  'package.json',
];
const execute = promisify(execFile);

/** @param prepare puts files into the tree and the data folder before anything runs */
export async function startContainer(
  prepare: (container: { tree: string; data: string }) => void = () => undefined,
): Promise<Container> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-container-'));
  const tree = await treeWithUnits(folder);
  const data = join(folder, 'data');
  mkdirSync(join(data, 'device'), { recursive: true, mode: 0o755 });
  prepare({ tree, data });
  const node = join(repository, `node_modules/node-linux-${process.arch}/bin/node`);
  const bound = release.map((path) => `--bind-ro=${join(repository, path)}:/opt/rockpool/current/${path}`);
  const nspawn = spawn(
    // A mount namespace of its own: what nspawn needs under /run ends with it.
    'unshare',
    [
      ...['--mount', '--propagation', 'private', 'sh', '-ec'],
      'mkdir -p /run/systemd/nspawn; mount -t tmpfs tmpfs /run/systemd/nspawn; exec systemd-nspawn "$@"',
      ...['nspawn', '--quiet', `--directory=${tree}`, '--boot', '--register=no', '--keep-unit'],
      ...['--console=pipe', '--private-network', `--machine=rp${process.pid}-${Date.now() % 100_000}`],
      ...[`--bind=${data}:/var/lib/rockpool`, ...bound, `--bind-ro=${node}:/opt/rockpool/current/bin/node`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } },
  );
  let said = '';
  for (const stream of [nspawn.stdout, nspawn.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const ended = new Promise<void>((resolve) => nspawn.once('exit', () => resolve()));
  const leader = await leaderOf(nspawn, () => said);
  const enter = async (pid: number, flags: string[], args: string[]): Promise<string> =>
    (await execute('nsenter', ['-t', String(pid), ...flags, ...args], { maxBuffer: 64 * 1024 * 1024 }))
      .stdout;
  const run = (...args: string[]): Promise<string> => enter(leader, ['-m', '-p', '-u', '-n', '-i'], args);
  const container: Container = {
    tree,
    data,
    run,
    as: (pid, ...args) => {
      const { uid, gid } = ownerOf(pid);
      return enter(pid, ['-m', '-n', '-S', uid, '-G', gid], args);
    },
    journal: (unit) => run('journalctl', '--no-pager', '--output=cat', `--unit=${unit}`),
    property: async (unit, name) =>
      (await run('systemctl', 'show', '--value', `--property=${name}`, unit)).trim(),
    async until(line, withinMs = 30_000) {
      const late = Date.now() + withinMs;
      for (;;) {
        try {
          await run('sh', '-c', line);
          return;
        } catch (error) {
          if (Date.now() > late) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop() {
      // nspawn ends with its leader, and all that is in there with it.
      const cut = (): void => {
        if (readCommand(leader) === 'systemd') process.kill(leader, 'SIGKILL');
        else nspawn.kill('SIGKILL');
      };
      const late = setTimeout(cut, 30_000);
      // As a power button does.
      await run('systemctl', 'poweroff').catch(cut);
      await ended;
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await container.until(
      'test -S /run/systemd/private && ! systemctl is-system-running | grep -q -E "starting|initializing|offline"',
    );
  } catch (cause) {
    await container.stop();
    throw new Error(`the container did not come up: ${said}`, { cause });
  }
  return container;
}

/** The container's PID 1, by the number that it has outside. */
async function leaderOf(nspawn: ChildProcess, said: () => string): Promise<number> {
  for (let tries = 0; tries < 200 && nspawn.exitCode === null; tries += 1) {
    const [child] = childrenOf(nspawn.pid ?? 0).filter((pid) => readCommand(pid) === 'systemd');
    if (child !== undefined && readCommand(nspawn.pid ?? 0) === 'systemd-nspawn') return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`systemd-nspawn did not start a system: ${said()}`);
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readProc(pid, 'status').includes(`\nPPid:\t${parent}\n`));

/** nspawn's own helpers are its children for a moment too, under its name. */
const readCommand = (pid: number): string => readProc(pid, 'comm').trim();

function ownerOf(pid: number): { uid: string; gid: string } {
  const status = readProc(pid, 'status');
  const of = (key: string): string => new RegExp(`^${key}:\\t(\\d+)`, 'm').exec(status)?.[1] ?? '0';
  return { uid: of('Uid'), gid: of('Gid') };
}

/** Empty when it is gone meanwhile. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
