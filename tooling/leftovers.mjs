/** Processes that a test run leaves behind, whatever group or session they moved to: they carry its mark. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @param mark `NAME=value` in the environment that the run was started with
 * @param graceMs for those that are just ending: a browser's children outlive it by a moment
 */
export async function leftovers(mark, graceMs = 3000) {
  for (let waitedMs = 0; ; waitedMs += 50) {
    const left = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => marked(Number(name), mark))
      .filter((found) => found !== undefined);
    if (left.length === 0 || waitedMs >= graceMs) return left;
    await wait(50);
  }
}

function marked(pid, mark) {
  try {
    if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 200);
    return { pid, command };
  } catch {
    return undefined; // another user's, or it ended while it was looked at
  }
}

export async function endLeftovers(processes) {
  signal(processes, 'SIGTERM');
  await wait(1000);
  signal(processes, 'SIGKILL');
}

function signal(processes, name) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}
