/** A TPM 2.0 in software, for as long as a test needs it. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SoftTpm {
  /** As systemd takes it for `--tpm2-device=`. */
  device: string;
  /** Measures something into a PCR: a changed boot chain. */
  extend(pcr: number): void;
  /** Frees what programs left behind, as the kernel's resource manager does when they end. */
  flush(): void;
  close(): Promise<void>;
}

export async function openSwtpm(): Promise<SoftTpm> {
  const folder = mkdtempSync(join(tmpdir(), 'swtpm-'));
  const socket = join(folder, 'sock');
  execFileSync('swtpm_setup', ['--tpm2', '--tpmstate', folder, '--overwrite'], { stdio: 'ignore' });
  const child = spawn(
    'swtpm',
    [
      ...['socket', '--tpm2', '--tpmstate', `dir=${folder}`, '--flags', 'not-need-init,startup-clear'],
      ...['--server', `type=unixio,path=${socket}`, '--ctrl', `type=unixio,path=${socket}.ctrl`],
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let waited = 0; !existsSync(socket); waited += 1) {
    if (waited > 200) throw new Error('swtpm did not start');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const device = `swtpm:path=${socket}`;
  return {
    device,
    extend: (pcr) => {
      const digest = 'ab'.repeat(32);
      execFileSync('tpm2_pcrextend', ['-T', device, `${pcr}:sha256=${digest}`], { stdio: 'ignore' });
    },
    flush: () => {
      for (const kind of ['--transient-object', '--loaded-session', '--saved-session']) {
        execFileSync('tpm2_flushcontext', ['-T', device, kind], { stdio: 'ignore' });
      }
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
}
