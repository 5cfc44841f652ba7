/** The bytes of an update: how fast, with how little memory, and how little of it is fetched again after a cut; and a delta's size. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { unzstd } from '../../agent/update/payload/zstd.ts';
import { pieceBytes } from '../../protocol/update/release.ts';
import { type Figure, median } from '../figure.ts';
import { type ApplyResult, type ApplyTask, piecesOfZeros } from './apply-process.ts';

const run = promisify(execFile);
const gib = 2 ** 30;
const largeBytes = 4 * gib;
const connections = 2;

export async function* payloadBench(): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-bench-payload-'));
  try {
    yield* largeArtifact(folder);
    yield await afterCuts(folder);
    yield* agentDelta(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The peer reads, hashes and copies; ours hashes every piece, writes and syncs it, and reads and hashes the whole again. */
async function* largeArtifact(folder: string): AsyncGenerator<Figure> {
  const stick = join(folder, 'stick');
  const sparse = join(folder, 'sparse');
  await mkdir(join(stick, 'artifacts'), { recursive: true });
  const file = await open(sparse, 'w');
  await file.truncate(largeBytes);
  await file.close();
  const hashing = await took(() => run('sha256sum', [sparse]));
  const sha256 = hashing.result.stdout.slice(0, 64);
  const copy = join(folder, 'copy');
  const copying = await took(() =>
    run('cp', ['--sparse=never', sparse, copy]).then(() => run('sync', [copy])),
  );
  await rm(copy);
  await rm(join(folder, 'update'), { recursive: true, force: true });
  const artifact = join(stick, 'artifacts', sha256);
  await run('mv', [sparse, artifact]);
  const { ms, grownMiB, longestBlockMs, longestOwnMs } = await applied({
    folder: join(folder, 'update'),
    mirror: pathToFileURL(stick).href,
    sha256,
    bytes: largeBytes,
    hashes: piecesOfZeros(largeBytes),
    tell: false,
  });
  await rm(join(folder, 'update'), { recursive: true });
  const peerMs = hashing.ms + copying.ms;
  const note = `sha256sum ${seconds(hashing.ms)} + cp --sparse=never, sync ${seconds(copying.ms)}; ours ${seconds(ms)}, which hashes twice`;
  yield {
    name: '4 GiB: speed beside sha256sum + cp',
    value: peerMs / ms,
    unit: '×',
    reach: { atLeast: 0.8 },
    note,
  };
  yield { name: '4 GiB: memory grown by', value: grownMiB, unit: 'MiB', reach: { atMost: 64 } };
  yield {
    name: '4 GiB: event loop blocked, longest',
    value: longestBlockMs,
    unit: 'ms',
    reach: { atMost: 50 },
    note: `of which the processor worked for it ${longestOwnMs.toFixed(1)} ms at most`,
  };
}

/** Killed five times without warning, at pieces that are not foreseen. */
async function afterCuts(folder: string): Promise<Figure> {
  const bytes = 64 * pieceBytes + 99;
  const content = randomBytes(bytes);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const stick = join(folder, 'second');
  await mkdir(join(stick, 'artifacts'), { recursive: true });
  const file = await open(join(stick, 'artifacts', sha256), 'w');
  await file.writeFile(content);
  await file.close();
  const hashes = Array.from({ length: Math.ceil(bytes / pieceBytes) }, (_, piece) =>
    createHash('sha256')
      .update(content.subarray(piece * pieceBytes, (piece + 1) * pieceBytes))
      .digest('hex'),
  );
  const task = {
    folder: join(folder, 'cut'),
    mirror: pathToFileURL(stick).href,
    sha256,
    bytes,
    hashes,
    tell: true,
  };
  const asked = new Map<string, number>();
  const cuts = 5;
  for (let cut = 0; cut <= cuts; cut += 1)
    await askedUntilKilled(task, cut < cuts ? 10 : Number.POSITIVE_INFINITY, asked);
  const again = [...asked.values()].reduce((sum, times) => sum + times - 1, 0);
  const whole = createHash('sha256')
    .update(await readFile(join(folder, 'cut', 'store', sha256)))
    .digest('hex');
  if (whole !== sha256) throw new Error('what was fetched in parts is not what it was fetched from');
  return {
    name: 'pieces fetched again after a kill, per connection',
    value: again / cuts / connections,
    unit: 'pieces',
    reach: { atMost: 1 },
    note: `${cuts} kills, ${asked.size} pieces`,
  };
}

async function askedUntilKilled(task: ApplyTask, pieces: number, asked: Map<string, number>): Promise<void> {
  const child = started(task);
  if (!child.stdout) throw new Error('the process has no output');
  const closed = once(child, 'close');
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('piece ')) continue;
    asked.set(line, (asked.get(line) ?? 0) + 1);
    seen += 1;
    if (seen === pieces) child.kill('SIGKILL');
  }
  await closed;
}

/** Of a tar with what an agent is made of mostly: the runtime, and libraries. */
async function* agentDelta(folder: string): AsyncGenerator<Figure> {
  const modules = join(import.meta.dirname, '..', '..', 'node_modules');
  const tree = join(folder, 'tree');
  await mkdir(tree);
  const runtime = (await readdir(modules)).find((name) => name.startsWith('node-linux-')) ?? '';
  await copyFile(join(modules, runtime, 'bin', 'node'), join(tree, 'node'));
  for (const name of ['fastify', 'zod', 'pino', 'mqtt']) await run('cp', ['-rL', join(modules, name), tree]);
  const [old, now] = [join(folder, 'old.tar'), join(folder, 'new.tar')];
  await pack(tree, old);
  await appendFile(join(tree, 'fastify', 'fastify.js'), '\n// one line more\n');
  await pack(tree, now);
  const [full, patch] = [`${now}.zst`, `${now}.patch`];
  await run('zstd', ['-q', '-3', now, '-o', full]);
  await run('zstd', ['-q', '-3', '--long=28', '--single-thread', `--patch-from=${old}`, now, '-o', patch]);
  const sizes = { full: (await stat(full)).size, patch: (await stat(patch)).size };
  const times: number[] = [];
  for (let n = 0; n < 3; n += 1) times.push((await took(() => decoded(old, now, patch))).ms);
  yield {
    name: 'an agent release of one changed file, of the full size',
    value: (sizes.patch / sizes.full) * 100,
    unit: '%',
    reach: { atMost: 2 },
    note: `${sizes.patch} of ${sizes.full} bytes`,
  };
  yield {
    name: 'decoding that delta',
    value: median(times),
    unit: 'ms',
    note: `to ${(await stat(now)).size} bytes`,
  };
}

const pack = (tree: string, file: string): Promise<unknown> =>
  run('tar', ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-cf', file, '-C', tree, '.']);

async function decoded(old: string, now: string, patch: string): Promise<void> {
  const bytes = await readFile(old);
  const hash = createHash('sha256');
  const packed = (async function* () {
    yield await readFile(patch);
  })();
  const { size } = await stat(now);
  for await (const some of unzstd(packed, new AbortController().signal, { bytes, newBytes: size }))
    hash.update(some);
  const said = (await run('sha256sum', [now])).stdout.slice(0, 64);
  if (hash.digest('hex') !== said) throw new Error('the delta makes something else');
}

const started = (task: ApplyTask): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'apply-process.ts'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function applied(task: ApplyTask): Promise<ApplyResult> {
  const child = started(task);
  if (!child.stdout) throw new Error('the process has no output');
  let last = '';
  for await (const line of createInterface(child.stdout)) last = line;
  return JSON.parse(last) as ApplyResult;
}

async function took<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const beganAt = performance.now();
  const result = await work();
  return { ms: performance.now() - beganAt, result };
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
