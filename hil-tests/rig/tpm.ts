/** A TPM 2.0 of a machine: its state is a folder, which belongs to the board and not to the disk. */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Running, runNow, start } from './processes.ts';
import { StoryError } from './serial.ts';

/** A board's own TPM, as it leaves the factory. */
export function makeTpm(folder: string): void {
  mkdirSync(folder, { recursive: true });
  // swtpm takes relative paths for those of another folder.
  runNow('swtpm_setup', ['--tpm2', '--tpmstate', resolve(folder), '--overwrite', '--pcr-banks', 'sha256']);
}

export function copyTpm(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

export async function startTpm(folder: string): Promise<{ socket: string; program: Running }> {
  const socket = resolve(join(folder, 'socket'));
  const program = start('swtpm', [
    ...['socket', '--tpm2', '--tpmstate', `dir=${resolve(folder)}`],
    ...['--ctrl', `type=unixio,path=${socket}`],
  ]);
  for (let tries = 0; !existsSync(socket); tries += 1) {
    if (!program.isAlive() || tries > 100) throw new StoryError(`swtpm did not start: ${program.said()}`);
    await sleep(50);
  }
  return { socket, program };
}
