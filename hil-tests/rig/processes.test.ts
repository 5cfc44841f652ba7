/** What a rig starts ends with it, however the rig ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a program does not outlive whoever started it, even when that is killed', async () => {
  const rig = spawn(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import { start } from '${join(import.meta.dirname, 'processes.ts')}';
     const program = start('sleep', ['300']);
     process.stdout.write(String(program.pid));
     setInterval(() => {}, 1000);`,
  ]);
  const [said] = await once(rig.stdout, 'data');
  const pid = Number(String(said));
  expect(isAlive(pid)).toBe(true);
  rig.kill('SIGKILL');
  await once(rig, 'exit');
  await expect.poll(() => isAlive(pid)).toBe(false);
});

/** Whoever has ended and waits to be asked with what is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
