/** The distribution's PostgreSQL on a free port, in a temporary folder, as a user that isn't root; each test has a database of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { openPostgres } from './postgres.ts';

export interface PostgresServer {
  /** An empty database. @returns its URL */
  createEmpty(): Promise<string>;
  /** A database with all tables and no rows. @returns its URL */
  create(): Promise<string>;
  /** As a power cut would: nothing is written out. */
  kill(): Promise<void>;
  /** After `kill`, at the same address. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const user = 'rockpool';
const password = 'of a database that lives for one test file';

export async function startPostgres(): Promise<PostgresServer> {
  const bin = binaries();
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-postgres-'));
  const data = join(folder, 'data');
  const runAs = notRoot();
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'password'), password, { mode: 0o644 });
  if ('uid' in runAs) chownSync(folder, runAs.uid, runAs.gid);
  const made = spawnSync(
    join(bin, 'initdb'),
    [
      ...['-D', data, '-U', user, '--auth=scram-sha-256', `--pwfile=${join(folder, 'password')}`],
      // Sorted as people do, which isn't how SQLite sorts: what depends on it shows.
      ...['-E', 'UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US', '--no-sync'],
    ],
    { cwd: folder, encoding: 'utf8', ...runAs },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const urlOf = (name: string): string =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;

  let running: ChildProcess;
  const log = join(folder, 'log');
  async function start(): Promise<void> {
    running = spawn(
      join(bin, 'postgres'),
      [
        ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', `unix_socket_directories=${folder}`, '-c', 'max_connections=150'],
        ...['-c', 'shared_buffers=32MB', '-c', 'fsync=off', '-c', 'logging_collector=off'],
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...runAs },
    );
    running.stderr?.on('data', (piece: Buffer) => writeFileSync(log, piece, { flag: 'a' }));
    for (let tries = 0; ; tries += 1) {
      if (running.exitCode !== null || tries > 300)
        throw new Error(`postgres did not start: ${readFileSync(log, 'utf8')}`);
      const found = await ask('select 1').catch(() => undefined);
      if (found) return;
      await wait(100);
    }
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((resolve) => running.once('exit', resolve));
    if (running.exitCode === null && running.signalCode === null) {
      running.kill(signal);
      await ended;
    }
  }
  async function ask(text: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: urlOf('postgres'), connectionTimeoutMillis: 5_000 });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }

  await start();
  await ask('create database fleet_template');
  await (await openPostgres(urlOf('fleet_template'))).destroy();
  let count = 0;
  const createFrom = async (template: string): Promise<string> => {
    count += 1;
    await ask(`create database fleet_${count} template ${template}`);
    return urlOf(`fleet_${count}`);
  };
  return {
    createEmpty: () => createFrom('template1'),
    create: () => createFrom('fleet_template'),
    kill: () => end('SIGQUIT'),
    start,
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of the newest version that the distribution has. */
function binaries(): string {
  const root = '/usr/lib/postgresql';
  const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  if (newest === undefined) throw new Error(`there is no PostgreSQL in ${root}`);
  return join(root, newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
function notRoot(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const of = (what: '-u' | '-g'): number =>
    Number(spawnSync('id', [what, 'postgres'], { encoding: 'utf8' }).stdout.trim());
  return { uid: of('-u'), gid: of('-g') };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
