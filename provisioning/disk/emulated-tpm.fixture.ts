/**
 * A TPM 2.0 (swtpm) that programs find as `/dev/tpmrm0`: each runs in a mount namespace with its own /dev and /sys/class,
 * where that node is a pseudo-terminal with the emulator behind it. So systemd's own programs seal and unseal here
 * on a machine without a TPM. Needs root, swtpm, socat and tpm2-tools.
 *
 * With ROCKPOOL_TEST_TREE, the root folder of another distribution, its programs are run instead of this machine's: so
 * the same tests hold for the versions of Debian 13 and Ubuntu 24.04.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Run, run as runHere } from '../exec.ts';

export interface EmulatedTpm {
  /** Runs programs that see the TPM. */
  run: Run;
  /** As a different thing being booted would: the value can't be taken back before `restart`. */
  extend(pcr: number, what: string): Promise<void>;
  /** As a kernel does it, which tells the TPM beforehand: PCRs start anew, what is sealed stays sealed. */
  restart(): Promise<void>;
  /** The same without a word: TPMs count these against whoever may be guessing. */
  cutPower(): Promise<void>;
  /** Files that programs see as `/run/systemd/…`. */
  write(name: string, text: string): void;
  close(): Promise<void>;
}

const namespace = `
set -e
mount -t tmpfs tmpfs "$HOLD/dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9; do
  IFS=: read -r name major minor <<EOF
$node
EOF
  mknod -m 666 "$HOLD/dev/$name" c "$major" "$minor"
done
for node in /dev/loop*; do [ -b "$node" ] && cp -a "$node" "$HOLD/dev/" ; done || true
ln -s /proc/self/fd "$HOLD/dev/fd"; ln -s /proc/self/fd/0 "$HOLD/dev/stdin"; ln -s /proc/self/fd/1 "$HOLD/dev/stdout"; ln -s /proc/self/fd/2 "$HOLD/dev/stderr"
mkdir "$HOLD/dev/pts" "$HOLD/dev/shm"
mount --bind /dev/pts "$HOLD/dev/pts"
mount -t tmpfs tmpfs "$HOLD/dev/shm"
ln -s "$TTY" "$HOLD/dev/tpmrm0"
mkdir -p /run/systemd
mount --bind "$HOLD/run" /run/systemd
mount --move "$HOLD/dev" /dev
mount -t tmpfs tmpfs /sys/class
mkdir -p /sys/class/tpmrm/tpmrm0
if [ -n "$TREE" ]; then
  for shared in /dev /sys/class /run /tmp /proc; do mkdir -p "$TREE$shared"; mount --rbind $shared "$TREE$shared"; done
  set -- chroot "$TREE" "$@"
fi
# The kernel's resource manager would take away what a program left behind; here it is taken away before the next one.
for kind in -t -l -s; do tpm2_flushcontext -T device:/dev/tpmrm0 $kind; done
exec "$@"
`;

export async function emulateTpm(): Promise<EmulatedTpm> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-tpm-'));
  for (const name of ['state', 'dev', 'run']) mkdirSync(join(folder, name));
  const state = join(folder, 'state');
  const setup = spawnSync('swtpm_setup', ['--tpm2', '--tpmstate', state, '--overwrite'], {
    encoding: 'utf8',
  });
  if (setup.status !== 0) throw new Error(`swtpm_setup: ${setup.error ?? setup.stdout + setup.stderr}`);
  const tty = join(folder, 'tty');
  let ended: (() => Promise<void>) | undefined;

  const start = async (): Promise<void> => {
    const port = await freePort();
    const children: ChildProcess[] = [];
    const begin = (program: string, args: string[]): void => {
      children.push(spawn(program, args, { stdio: 'ignore' }));
    };
    begin('swtpm', [
      ...['socket', '--tpm2', '--tpmstate', `dir=${state}`, '--flags', 'not-need-init,startup-clear'],
      ...['--server', `type=tcp,port=${port}`, '--ctrl', `type=unixio,path=${join(folder, 'ctrl')}`],
    ]);
    await until(() => existsSync(join(folder, 'ctrl')));
    begin('socat', [
      '-b',
      '4096',
      `PTY,raw,echo=0,link=${tty},ignoreeof`,
      `TCP:127.0.0.1:${port},retry=20,interval=0.1`,
    ]);
    await until(() => existsSync(tty));
    // Holds the terminal open between programs, or the bridge would end with the first.
    begin('sh', ['-c', `exec sleep 86400 < ${tty}`]);
    ended = async () => {
      for (const child of children.toReversed()) {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        if (child.exitCode === null && child.signalCode === null && child.kill()) await exited;
      }
      for (const name of ['tty', 'ctrl']) rmSync(join(folder, name), { force: true });
    };
  };

  await start();
  const tree = process.env['ROCKPOOL_TEST_TREE'] ?? '';
  const run: Run = (program, args, options) =>
    // What doesn't ask the TPM needs no namespace, which takes longer than most of it.
    program === 'cryptsetup' && args[0] !== 'open' && !args.includes('--token-type') && !tree
      ? runHere(program, args, options)
      : runHere('unshare', ['--mount', 'sh', '-c', namespace, 'sh', program, ...args], {
          ...options,
          env: { ...options?.env, HOLD: folder, TTY: readlinkSync(tty), TREE: tree },
        });
  const tpm: EmulatedTpm = {
    run,
    async extend(pcr, what) {
      const ran = await run('tpm2_pcrextend', [
        ...['-T', 'device:/dev/tpmrm0'],
        `${pcr}:sha256=${createHash('sha256').update(what).digest('hex')}`,
      ]);
      if (ran.code !== 0) throw new Error(ran.stderr);
    },
    async restart() {
      const ran = await run('tpm2_shutdown', ['-T', 'device:/dev/tpmrm0', '--clear']);
      if (ran.code !== 0) throw new Error(ran.stderr);
      await tpm.cutPower();
    },
    async cutPower() {
      await ended?.();
      await start();
    },
    write: (name, text) => writeFileSync(join(folder, 'run', name), text),
    async close() {
      await ended?.();
      rmSync(folder, { recursive: true });
    },
  };
  return tpm;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the emulated TPM did not start');
}
