/** From the start of the process to /readyz, and what the agent holds in memory beside weights and cache. */
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { type Appliance, startAppliance } from '../agent/test/appliance.ts';
import { type Figure, median } from './figure.ts';

const rounds = 5;
/** V8 gives back what starting took once nothing happens. */
const settlingMs = 10_000;

export async function* startAndMemory(): AsyncGenerator<Figure> {
  const seconds: number[] = [];
  const megabytes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    const appliance = await startAppliance();
    await appliance.ready();
    seconds.push((performance.now() - begin) / 1000);
    await wait(settlingMs);
    megabytes.push(memoryOf(appliance));
    await appliance.remove();
  }
  yield {
    name: 'start to /readyz',
    value: median(seconds),
    unit: 's',
    reach: { atMost: 2 },
    note: `median of ${rounds}, ${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
  };
  yield {
    name: 'memory beside weights and cache',
    value: median(megabytes),
    unit: 'MB',
    reach: { atMost: 200 },
    note: 'all processes, 10 s after the start, less the KV cache; pages that several share counted in parts (PSS)',
  };
}

/** Bytes of keys and values: Pebble has 12 layers, 2 heads of 64, 16-bit, both keys and values. */
const cacheBytes = (tokens: number, sequences: number): number => tokens * sequences * 12 * 2 * 64 * 2 * 2;

/** PSS of the process tree, less what the mapped weights and the cache take. */
function memoryOf({ pid }: Appliance): number {
  const pids = [pid, ...childrenOf(pid)];
  const kibibytes = pids.reduce((sum, each) => sum + pssOf(each), 0);
  return (kibibytes * 1024 - cacheBytes(4096, 8)) / 1e6;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => [Number(child), ...childrenOf(Number(child))]),
  );
}

/** KiB, without the pages of GGUF files. */
function pssOf(pid: number): number {
  let weights = false;
  let sum = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) weights = line.endsWith('.gguf');
    const pss = /^Pss:\s+(\d+) kB/.exec(line)?.[1];
    if (pss && !weights) sum += Number(pss);
  }
  return sum;
}
